"""Writes declared types as the source of types of Python: what a caller may give, and what an answer has.

Limits are left out; they are checked when an action runs. A body is a struct in the declarations and a ``TypedDict`` for callers.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from dealwright.contract.bodies import V1RecordBody
from dealwright.contract.endpoint import Upload
from dealwright.contract.type_introspection import alternatives, struct_fields

_GIVEN: dict[Any, tuple[str, ...]] = {
    Upload: ("FileToSend",),
    bool: ("bool",),
    date: ("date", "str"),
    datetime: ("datetime", "str"),
    float: ("float",),
    int: ("int",),
    str: ("str",),
    types.NoneType: ("None",),
}


def given(declared: Any, name_of_struct: Callable[[type[msgspec.Struct]], str]) -> str:
    """Returns the type of what a caller gives in a body; ``name_of_struct`` says how the dict of a struct is called."""
    return _union(_given(declared, name_of_struct, is_parameter=False))


def parameter(declared: Any) -> str:
    """Returns the type of what a caller gives for a parameter of the path or the query: of a list, also one item alone."""
    return _union(_given(declared, lambda struct: struct.__name__, is_parameter=True))


def _given(declared: Any, name_of_struct: Callable[[type[msgspec.Struct]], str], *, is_parameter: bool) -> list[str]:
    found: list[str] = []
    for one in alternatives(declared):
        origin = get_origin(one)
        if origin is Literal:
            found.append(f"Literal[{', '.join(repr(value) for value in get_args(one))}]")
        elif origin is list:
            inside = _given(get_args(one)[0], name_of_struct, is_parameter=is_parameter)
            found += [*(inside if is_parameter else ()), f"Sequence[{_union(inside)}]"]
        elif origin is dict:
            found.append(f"Mapping[str, {_union(_given(get_args(one)[1], name_of_struct, is_parameter=is_parameter))}]")
        elif isinstance(one, type) and issubclass(one, msgspec.Struct):
            found.append(name_of_struct(one))
        elif one is msgspec.UnsetType or (is_parameter and one is types.NoneType):
            continue
        elif one is Any or isinstance(one, str) or one is object:
            found.append("Any")
        else:
            found += next((_GIVEN[kind] for kind in getattr(one, "__mro__", (one,)) if kind in _GIVEN), ("Any",))
    return found


def body(struct: type[msgspec.Struct], name: str, name_of_struct: Callable[[type[msgspec.Struct]], str]) -> str:
    """Returns the ``TypedDict`` of a body."""
    lines = [f"class {name}(TypedDict, total=False):"]
    for field in struct_fields(struct):
        if issubclass(struct, V1RecordBody) and field.name == "custom_fields":
            # In v1 the keys of custom fields stand at the root.
            continue
        declared = given(field.type, name_of_struct)
        lines.append(f"    {field.encode_name}: {f'Required[{declared}]' if field.required else declared}")
    return "\n".join(lines if len(lines) > 1 else [f"{lines[0]} ..."])


def answered(declared: Any, imports: set[tuple[str, str]]) -> str:
    """Returns the type of an answer, and adds what it names to ``imports``, as pairs of module and name."""
    if isinstance(declared, TypeVar) or declared is Any:
        return "Any"
    origin = get_origin(declared)
    if origin is Literal:
        return f"Literal[{', '.join(repr(value) for value in get_args(declared))}]"
    members = alternatives(declared)
    if len(members) > 1 or members[0] is not declared:
        return _union([answered(one, imports) for one in members])
    if origin is not None:
        arguments = ", ".join(answered(one, imports) for one in get_args(declared))
        return f"{_named(origin, imports)}[{arguments}]"
    return _named(declared, imports)


def _named(declared: Any, imports: set[tuple[str, str]]) -> str:
    if declared in (None, types.NoneType):
        return "None"
    if declared.__module__ == "dealwright.contract.endpoint":
        # A file.
        return "bytes"
    if declared.__module__ != "builtins":
        imports.add((declared.__module__, declared.__name__))
    return str(declared.__name__)


def _union(parts: list[str]) -> str:
    unique = list(dict.fromkeys(parts))
    return "Any" if "Any" in unique or not unique else " | ".join(unique)
