"""Reads request bodies into the declared types, for the server and the connector alike.

Values come as decoded JSON or as the texts of a form; what comes out fits the declaration exactly. v1 is lenient (numbers
and flags may be text, an empty text empties what is no text, unknown names are ignored), v2 is strict.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from dealwright.contract.bodies import CUSTOM_FIELD_KEY, V1RecordBody
from dealwright.contract.endpoint import Endpoint
from dealwright.contract.errors import InvalidArguments, Problem
from dealwright.contract.type_introspection import accepts, preload_type, struct_fields, struct_of
from dealwright.contract.validation import check_values, conversion_problem, unknown_name_problem


def read_body(endpoint: Endpoint[..., Any], body: object) -> object:
    """Returns the request body, from decoded JSON, a form's texts and uploads, or a caller's dict.

    An absent body that may be absent gives None. Raises `InvalidArguments`.
    """
    assert endpoint.body is not None
    if body is None:
        if not endpoint.body.required:
            return endpoint.body.default
        body = {}
    declared = endpoint.body.type
    struct = struct_of(declared)
    check_values(body, "")
    if struct is None:
        return _convert(body, declared, lenient=endpoint.version == "v1")
    if not isinstance(body, dict):
        raise InvalidArguments([Problem("", "The body must be an object")])
    if endpoint.version == "v2":
        _check_names(struct, body)
        return _convert(body, declared, lenient=False)
    if "id" in body and endpoint.method == "POST" and "{" not in endpoint.path and "id" not in body_names(endpoint):
        raise InvalidArguments([Problem("", "Inserting ID with POST request is not allowed")])
    return _convert(_coerce_body(struct, body), declared, lenient=True)


def body_struct(endpoint: Endpoint[..., Any]) -> type[msgspec.Struct] | None:
    """Returns the struct of the body's properties; None when there is no body or it is no object."""
    return struct_of(endpoint.body.type) if endpoint.body else None


def body_names(endpoint: Endpoint[..., Any]) -> tuple[str, ...]:
    """Returns the names of the body's properties on the wire; none when the body is no object."""
    return tuple(body_types(endpoint))


def body_types(endpoint: Endpoint[..., Any]) -> dict[str, Any]:
    """Returns the types of the body's properties by their names on the wire; none when the body is no object."""
    struct = body_struct(endpoint)
    return {field.encode_name: field.type for field in struct_fields(struct)} if struct else {}


def _check_names(struct: type[msgspec.Struct], body: Mapping[str, object]) -> None:
    fields = struct_fields(struct)
    names = [field.encode_name for field in fields]
    problems = [unknown_name_problem(name, names) for name in body if name not in names]
    problems += [Problem(f.encode_name, "is required") for f in fields if f.required and f.encode_name not in body]
    if problems:
        raise InvalidArguments(problems)


def _convert(body: object, declared: Any, *, lenient: bool) -> object:
    try:
        preload_type(declared)
        return msgspec.convert(body, declared, strict=not lenient)
    except msgspec.ValidationError as error:
        raise InvalidArguments([conversion_problem(error, "", declared)]) from None


def _coerce_body(struct: type[msgspec.Struct], body: Mapping[str, object]) -> dict[str, object]:
    """Returns a v1 body with the texts of forms and old clients turned into what the fields take."""
    coerced: dict[str, object] = {}
    custom: dict[str, object] = {}
    fields = {field.encode_name: field.type for field in struct_fields(struct)}
    gathers_custom = issubclass(struct, V1RecordBody)
    for name, value in body.items():
        if gathers_custom and CUSTOM_FIELD_KEY.match(name):
            custom[name] = value
        elif name in fields and name != "custom_fields":
            coerced[name] = _coerce(value, fields[name])
    if gathers_custom:
        coerced["custom_fields"] = custom
    return coerced


def _coerce(value: object, declared: Any) -> object:
    if value == "" and isinstance(value, str) and not accepts(declared, str):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and accepts(declared, str):
        return value if accepts(declared, int) or accepts(declared, float) else str(value)
    return value
