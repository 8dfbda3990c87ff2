"""Looks into declared types: what plain values they take, which choices they leave, which struct they are."""

from __future__ import annotations

import contextlib
import functools
import itertools
import threading
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import inspect
from msgspec.structs import FieldInfo

_preload_lock = threading.Lock()


@functools.cache
def preload_type(declared: Any) -> None:
    """Has msgspec look into a type for the first time while no other thread does: side by side they end the process."""
    with _preload_lock, contextlib.suppress(msgspec.ValidationError):
        msgspec.convert(None, declared)


def accepts(declared: Any, kind: type) -> bool:
    """Whether a declared type takes values of this plain type."""
    return kind in plain_types(declared)


@functools.cache
def choices(declared: Any) -> tuple[Any, ...]:
    """Returns the values of an enumeration, also of one whose values stand in a list."""
    if get_origin(declared) is Literal:
        return get_args(declared)
    return tuple(choice for part in get_args(declared) for choice in choices(part))


def struct_of(declared: Any) -> type[msgspec.Struct] | None:
    """Returns the struct that a declared type is; None when it is something else."""
    for member in plain_types(declared):
        if isinstance(member, type) and issubclass(member, msgspec.Struct):
            return member
    return None


@functools.cache
def struct_fields(struct: type[msgspec.Struct]) -> tuple[FieldInfo, ...]:
    """Returns the fields of a struct, with the metadata of their types."""
    return msgspec.structs.fields(struct)


@functools.cache
def alternatives(declared: Any) -> tuple[Any, ...]:
    """Returns the types that a declared type is made of: unions and annotations opened."""
    origin = get_origin(declared)
    if origin is Annotated:
        return alternatives(get_args(declared)[0])
    if origin in (Union, types.UnionType):
        return tuple(one for part in get_args(declared) for one in alternatives(part))
    return (declared,)


@functools.cache
def plain_types(declared: Any) -> tuple[Any, ...]:
    """Returns the plain types of a declared type: those of its choices, and `list` for a list of anything."""
    found: list[Any] = []
    for one in alternatives(declared):
        if get_origin(one) is Literal:
            found += {type(value) for value in get_args(one)}
        else:
            found.append(get_origin(one) or one)
    return tuple(found)


@functools.cache
def has_empty_text(declared: Any) -> bool:
    """Whether an empty text is a value of a declared type, or a value that its texts must not have.

    The latter are texts that people write: an empty name is a mistake, but an empty code, id, time or choice is none at all.
    """
    preload_type(declared)
    with contextlib.suppress(msgspec.ValidationError):
        msgspec.convert("", declared)
        return True
    return not accepts(declared, types.NoneType) and any(
        isinstance(one, inspect.StrType) and one.pattern is None and one.min_length == 1
        for one in described_types(inspect.type_info(declared))
    )


def described_types(info: inspect.Type) -> Iterator[inspect.Type]:
    """Yields the types of a union as msgspec describes them, annotations opened."""
    if isinstance(info, inspect.Metadata):
        yield from described_types(info.type)
    elif isinstance(info, inspect.UnionType):
        yield from itertools.chain.from_iterable(map(described_types, info.types))
    else:
        yield info


@functools.cache
def member_type(declared: Any, container: type) -> Any:
    """Returns the type of the items of a list, or of the values of a dict; None when the declared type takes none."""
    return next((get_args(one)[-1] for one in alternatives(declared) if get_origin(one) is container), None)
