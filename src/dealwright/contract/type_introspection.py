"""Looks into declared types: what plain values they take, which choices they leave, which struct they are."""

from __future__ import annotations

import contextlib
import functools
import threading
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from dealwright.contract.endpoint import Upload

_preload_lock = threading.Lock()


@functools.cache
def preload_type(declared: Any) -> None:
    """Has msgspec look into a type for the first time while no other thread does: side by side they end the process."""
    with _preload_lock, contextlib.suppress(msgspec.ValidationError):
        msgspec.convert(None, declared)


def accepts(declared: Any, kind: type) -> bool:
    """Whether a declared type takes values of this plain type."""
    return kind in _members(declared)


@functools.cache
def choices(declared: Any) -> tuple[Any, ...]:
    """Returns the values of an enumeration, also of one whose values stand in a list."""
    if get_origin(declared) is Literal:
        return get_args(declared)
    return tuple(choice for part in get_args(declared) for choice in choices(part))


def struct_of(declared: Any) -> type[msgspec.Struct] | None:
    """Returns the struct that a declared type is; None when it is something else."""
    for member in _members(declared):
        if isinstance(member, type) and issubclass(member, msgspec.Struct) and member is not Upload:
            return member
    return None


@functools.cache
def struct_fields(struct: type[msgspec.Struct]) -> tuple[FieldInfo, ...]:
    """Returns the fields of a struct, with the metadata of their types."""
    return msgspec.structs.fields(struct)


@functools.cache
def _members(declared: Any) -> tuple[Any, ...]:
    """Returns the plain types that a declared type is made of: unions and annotations opened."""
    origin = get_origin(declared)
    if origin is Annotated:
        return _members(get_args(declared)[0])
    if origin in (Union, types.UnionType):
        return tuple(member for part in get_args(declared) for member in _members(part))
    if origin is Literal:
        return tuple({type(value) for value in get_args(declared)})
    return (origin or declared,)
