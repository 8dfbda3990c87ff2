"""Writes the records of one company as types of Python or TypeScript.

Each kind has two: with ids, as the API answers, and with names, as an answer with ``names`` has them. The keys of custom fields are
constants.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NotRequired, TypeVar, get_args, get_origin, get_type_hints, is_typeddict

from dealwright.connectors.names.definitions import Field
from dealwright.connectors.record_types import RecordType
from dealwright.contract import python_types
from dealwright.contract.type_introspection import alternatives

_WORD = re.compile(r"[A-Za-z0-9]+")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_PYTHON: Mapping[str, str] = {
    **dict.fromkeys(("varchar", "varchar_auto", "text", "phone", "date"), "str"),
    **dict.fromkeys(("org", "people", "user"), "int"),
    **dict.fromkeys(("daterange", "timerange"), "Range"),
    "double": "float",
    "address": "dict[str, Any]",
    "monetary": "Money",
    "time": "Time",
}
_TYPESCRIPT: Mapping[str, str] = {
    **dict.fromkeys(("varchar", "varchar_auto", "text", "phone", "date"), "string"),
    **dict.fromkeys(("org", "people", "user", "double"), "number"),
    **dict.fromkeys(("daterange", "timerange"), "Range"),
    "address": "Record<string, unknown>",
    "monetary": "Money",
    "time": "Time",
}
_PYTHON_HEAD = """from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict
"""
_PYTHON_VALUES = """

class Money(TypedDict):
    value: float | None
    currency: str | None


class Range(TypedDict):
    value: str | None
    until: str | None


class Time(TypedDict):
    value: str | None
    timezone_id: NotRequired[int | None]
    timezone_name: NotRequired[str | None]
"""
_TYPESCRIPT_VALUES = """
export interface Money {
  value: number | null;
  currency: string | null;
}

export interface Range {
  value: string | null;
  until: string | null;
}

export interface Time {
  value: string | null;
  timezone_id?: number | null;
  timezone_name?: string | null;
}
"""


def python_source(connection: str, records: Iterable[RecordType]) -> str:
    """Returns the source of a module of Python."""
    imports: set[tuple[str, str]] = set()
    parts: list[str] = []
    for record in records:
        parts.append(_constants(record, lambda name, key: f"{name} = {_text(key)}"))
        for prefix in ("", "Named"):
            name = f"{prefix}{record.name}"
            lines = [f"    {_text(key)}: {_value(one, _PYTHON, prefix)}," for key, one in _keys(record, prefix)]
            inside = "\n".join(["{", *lines, "}"]) if lines else "{}"
            # Names of fields are no names of Python.
            parts.append(f'{name}Fields = TypedDict("{name}Fields", {inside}, total=False)')
            members = []
            for member, hint in record.members.items():
                declared, is_optional = _opened(hint)
                if member == "custom_fields":
                    shown = f"{name}Fields"
                else:
                    shown = python_types.answered(declared, imports)
                    if prefix and member in record.named:
                        shown = _as_names(declared, "str", "None", "list[{}]", " | ")
                members.append(f"    {member}: {f'NotRequired[{shown}]' if is_optional else shown}")
            parts.append("\n".join([f"class {name}(TypedDict):", *members]))
    heads = [f"from {module} import {name}" for module, name in sorted(imports)]
    head = f'"""Records of connection {_text(connection)}, written by `dealwright stubs`."""\n\n{_PYTHON_HEAD}'
    own = "\n" + "\n".join(heads) + "\n" if heads else ""
    return head + own + _PYTHON_VALUES + "".join(f"\n\n{part}\n" for part in parts if part)


def typescript_source(connection: str, records: Iterable[RecordType]) -> str:
    """Returns the source of a module of TypeScript."""
    interfaces: dict[str, str] = {}
    parts: list[str] = []
    for record in records:
        parts.append(_constants(record, lambda name, key: f"export const {name} = {_text(key)};"))
        for prefix in ("", "Named"):
            name = f"{prefix}{record.name}"
            lines = [f"  {_quoted(key)}?: {_value(one, _TYPESCRIPT, prefix)};" for key, one in _keys(record, prefix)]
            parts.append("\n".join([f"export interface {name}Fields {{", *lines, "}"]))
            lines = []
            for member, hint in record.members.items():
                declared, is_optional = _opened(hint)
                shown = f"{name}Fields" if member == "custom_fields" else _typescript(declared, interfaces)
                if prefix and member in record.named:
                    shown = _as_names(declared, "string", "null", "{}[]", " | ")
                lines.append(f"  {_quoted(member)}{'?' if is_optional else ''}: {shown};")
            parts.append("\n".join([f"export interface {name} {{", *lines, "}"]))
    head = f"// Records of connection {_text(connection)}, written by `dealwright stubs`.\n{_TYPESCRIPT_VALUES}"
    return head + "".join(f"\n{part}\n" for part in (*interfaces.values(), *parts) if part)


def _keys(record: RecordType, prefix: str) -> list[tuple[str, Field]]:
    names = record.names
    return [((names.name_of(one.code) or one.name) if prefix else one.code, one) for one in record.fields]


def _value(field: Field, types: Mapping[str, str], prefix: str) -> str:
    """Returns the type of the value of a custom field."""
    is_python = types is _PYTHON
    nothing = "None" if is_python else "null"
    if field.options.items:
        options = [_text(field.options.name_of(one.id) if prefix else one.id) for one in field.options.items]
        one = f"Literal[{', '.join(options)}]" if is_python else " | ".join(options)
    elif prefix and field.kind == "user":
        one = types["varchar"]
    else:
        one = types.get(field.kind, "Any" if is_python else "unknown")
    if field.kind == "set":
        one = f"list[{one}]" if is_python else f"({one})[]"
    return f"{one} | {nothing}"


def _constants(record: RecordType, write: Callable[[str, str], str]) -> str:
    """Returns the keys of custom fields as constants, whose names are those of the fields."""
    found: dict[str, str] = {}
    for one in record.fields:
        name = f"{record.name}_{_identifier(record.names.name_of(one.code) or one.name)}".upper()
        while name in found:
            name = f"{name}_"
        found[name] = one.code
    return "\n".join(write(name, key) for name, key in found.items())


def _identifier(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "_".join(_WORD.findall(plain)) or "FIELD"


def _opened(hint: Any) -> tuple[Any, bool]:
    """Returns the type of a member, and whether the member may be missing."""
    return (get_args(hint)[0], True) if get_origin(hint) is NotRequired else (hint, False)


def _as_names(declared: Any, text: str, nothing: str, many: str, between: str) -> str:
    """Returns the type of a member that holds names in place of ids."""
    shown = [
        nothing if one is type(None) else many.format(text) if get_origin(one) is list else text
        for one in alternatives(declared)
    ]
    return between.join(dict.fromkeys(shown))


def _typescript(declared: Any, interfaces: dict[str, str]) -> str:
    """Returns a declared type of an answer, and adds the interfaces that it names."""
    shown = []
    for one in alternatives(declared):
        origin = get_origin(one)
        if origin is Literal:
            shown += [_text(value) for value in get_args(one)]
        elif origin is list:
            shown.append(f"({_typescript(get_args(one)[0], interfaces)})[]")
        elif origin is dict:
            shown.append(f"Record<string, {_typescript(get_args(one)[1], interfaces)}>")
        elif is_typeddict(origin or one):
            shown.append(_interface(origin or one, interfaces))
        else:
            shown.append(_SCALARS.get(one, "unknown"))
    return " | ".join(dict.fromkeys(shown))


_SCALARS: Mapping[Any, str] = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


def _interface(declared: Any, interfaces: dict[str, str]) -> str:
    name = str(declared.__name__)
    if name not in interfaces:
        interfaces[name] = ""
        lines = []
        for member, hint in get_type_hints(declared, include_extras=True).items():
            inside, is_optional = _opened(hint)
            shown = "unknown" if isinstance(inside, TypeVar) else _typescript(inside, interfaces)
            lines.append(f"  {_quoted(member)}{'?' if is_optional else ''}: {shown};")
        interfaces[name] = "\n".join([f"export interface {name} {{", *lines, "}"])
    return name


def _text(value: object) -> str:
    """Returns a text or a number as both languages write it."""
    return json.dumps(value, ensure_ascii=False)


def _quoted(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else _text(name)
