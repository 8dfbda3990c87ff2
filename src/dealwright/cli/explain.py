"""Explains an action as text: parameters, body, scopes, cost, examples."""

from __future__ import annotations

import datetime as dt
import textwrap
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
import orjson
from msgspec import UnsetType
from msgspec.structs import FieldInfo

from dealwright.contract import catalogue
from dealwright.contract.bodies import V1RecordBody
from dealwright.contract.body_parser import body_struct
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import Endpoint, Upload
from dealwright.contract.validation import convert
from dealwright.contract.values import FORMATTED_TIMES

_TYPE_NAMES: dict[Any, str] = {
    int: "integer",
    str: "text",
    float: "number",
    bool: "true or false",
    dt.date: "date",
    **dict.fromkeys(FORMATTED_TIMES, "moment"),
    dt.time: "time",
    dict: "object",
    Upload: "file",
}
_EXAMPLES: dict[Any, Any] = {
    int: 1,
    str: "text",
    float: 1.5,
    bool: True,
    dt.date: "2026-01-31",
    **{kind: kind.example for kind in FORMATTED_TIMES},
    dt.time: "12:00",
    dict: {},
    Upload: "photo.png",
}


# Examples for texts and numbers that must have a certain form.
_EXAMPLE_TEXTS = (
    "00000000-0000-4000-8000-000000000001",
    "12:00",
    "USD",
    "a",
    "#00ff00",
    "https://example.com",
    "me@example.com",
)
_EXAMPLE_NUMBERS = (0, 10, 100)


def explain(entry: Entry) -> str:
    """Returns the explanation of an action, of several lines."""
    endpoint = catalogue.load(entry.qualified_name)
    return "\n".join(_lines(entry, endpoint))


def _lines(entry: Entry, endpoint: Endpoint[..., Any]) -> Iterator[str]:
    yield f"{entry.qualified_name}  {endpoint.method} {endpoint.path}"
    yield f"  {endpoint.summary}"
    if endpoint.description:
        yield textwrap.indent(endpoint.description, "  ")
    if endpoint.deprecated:
        yield f"  Deprecated{f'; use {endpoint.replaced_by}' if endpoint.replaced_by else ''}."
    scopes = f"one of the scopes {', '.join(sorted(endpoint.scopes))}" if endpoint.scopes else "no scope"
    yield f"  Costs {endpoint.cost} tokens of the daily budget; needs {scopes}."
    if endpoint.paging != "none":
        yield f"  Paged by {'cursor' if endpoint.paging == 'cursor' else 'offset (start)'}; --all walks every page."
    if endpoint.parameters:
        yield ""
        yield "  Parameters"
        for parameter in endpoint.parameters:
            # A null parameter is the same as none.
            words = describe_type(parameter.type).removesuffix(" or null")
            yield _format_property(parameter.name, words, parameter.required, parameter.description)
    if endpoint.body is not None:
        yield ""
        encoding_name = {"json": "JSON", "form": "form", "multipart": "form with files"}[endpoint.body_kind]
        yield f"  Body ({encoding_name}), under data"
        struct = body_struct(endpoint)
        yield from _properties(struct, "    ") if struct else [f"    {describe_type(endpoint.body.type)}"]
        if entry.custom_fields:
            yield "    and custom fields by their 40-character keys"
    example = _example(endpoint)
    yield ""
    yield "  Python"
    params = f", {example!r}" if example else ""
    yield f'    run_connection_action("local", "{entry.qualified_name}"{params})'
    yield "  Command line"
    yield f"    dealwright run {entry.qualified_name}{_format_options(example)}"


def describe_type(declared: Any) -> str:
    """Returns a declared type in words: ``integer``, ``open | won | lost``, ``list of integer``, ``text or null``."""
    origin, arguments = get_origin(declared), get_args(declared)
    if origin is Annotated:
        return describe_type(arguments[0])
    if origin in (Union, types.UnionType):
        words = dict.fromkeys(describe_type(part) for part in arguments if part not in (UnsetType, type(None)))
        return " or ".join([*words, *(["null"] if type(None) in arguments else [])])
    if origin is Literal:
        return " | ".join(str(value) for value in arguments)
    if origin is list:
        return f"list of {describe_type(arguments[0])}"
    return _TYPE_NAMES.get(origin or declared, "object" if _struct(declared) else "any value")


def _properties(struct: type[msgspec.Struct], indent: str) -> Iterator[str]:
    for field in _fields(struct):
        yield _format_property(field.encode_name, describe_type(field.type), field.required, "", indent)
        nested = _struct(field.type)
        if nested is not None and nested is not struct:
            yield from _properties(nested, indent + "  ")


def _fields(struct: type[msgspec.Struct]) -> list[FieldInfo]:
    """Returns the properties of a body, the custom fields last; in v1 these have no property of their own."""
    fields = sorted(msgspec.structs.fields(struct), key=lambda field: field.encode_name == "custom_fields")
    return fields[:-1] if issubclass(struct, V1RecordBody) else fields


def _format_property(name: str, words: str, required: bool, description: str, indent: str = "    ") -> str:
    must = ", required" if required else ""
    description_suffix = f"  {description}" if description else ""
    return f"{indent}{name} ({words}{must}){description_suffix}"


def _struct(declared: Any) -> type[msgspec.Struct] | None:
    """Returns the object type of a property, or of the items of its list; None for other types."""
    if isinstance(declared, type) and issubclass(declared, msgspec.Struct):
        return None if declared is Upload else declared
    if get_origin(declared) in (Annotated, Union, types.UnionType, list):
        return next((found for part in get_args(declared) if (found := _struct(part))), None)
    return None


def _example(endpoint: Endpoint[..., Any]) -> dict[str, Any]:
    """Returns the smallest call: all that is required and, if the body requires nothing, its first property."""
    example = {
        parameter.name: _example_value(parameter.type) for parameter in endpoint.parameters if parameter.required
    }
    struct = body_struct(endpoint)
    if struct is not None:
        example["data"] = _example_body(struct)
    elif endpoint.body is not None:
        example["data"] = _example_value(endpoint.body.type)
    return example


def _example_body(struct: type[msgspec.Struct]) -> dict[str, Any]:
    fields = _fields(struct)
    example_fields = [field for field in fields if field.required] or fields[:1]
    return {field.encode_name: _example_value(field.type) for field in example_fields}


def _example_value(declared: Any) -> Any:
    origin, arguments = get_origin(declared), get_args(declared)
    if origin is Annotated:
        example = _example_value(arguments[0])
        return next((one for one in (example, *_EXAMPLE_TEXTS, *_EXAMPLE_NUMBERS) if _is_valid(one, declared)), example)
    if origin in (Union, types.UnionType):
        return _example_value(next(part for part in arguments if part not in (UnsetType, type(None))))
    if origin is Literal:
        return arguments[0]
    if origin is list:
        return [_example_value(arguments[0])]
    struct = _struct(declared)
    return _example_body(struct) if struct else _EXAMPLES.get(origin or declared, "value")


def _is_valid(value: Any, declared: Any) -> bool:
    try:
        convert(value, declared, strict=True)
    except msgspec.ValidationError:
        return False
    return True


def _format_options(example: dict[str, Any]) -> str:
    parts = [f" -p {name}={_format_value(value)}" for name, value in example.items() if name != "data"]
    if "data" in example:
        data = example["data"]
        simple = isinstance(data, dict) and not any(isinstance(value, dict | list) for value in data.values())
        parts += (
            [f" -p {name}={_format_value(value)}" for name, value in data.items()] if simple else [_format_data(data)]
        )
    return "".join(parts)


def _format_data(data: Any) -> str:
    return f" --data '{orjson.dumps(data).decode()}'"


def _format_value(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_format_value, value))
    return str(value).lower() if isinstance(value, bool) else f"@{value}" if value == _EXAMPLES[Upload] else str(value)
