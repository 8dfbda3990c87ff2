"""JSON Schemas of what operations declare."""

from __future__ import annotations

from typing import Any

import msgspec

from dealwright.contract import references
from dealwright.contract.endpoint import Download, Endpoint, EventStream, Parameter, Redirect, Upload
from dealwright.contract.values import FormattedTime

Schema = dict[str, Any]

REFERENCE = "x-reference"
"""The member of a schema that says what a value is the id of."""

_MAX_DEPTH = 12
"""How deep schemas are written out; what is below may be anything."""


def custom_schema(kind: type) -> Schema:
    """Returns the schema of one of our own types, for msgspec."""
    if kind in (Upload, Download):
        return {"type": "string", "format": "binary"}
    if kind in (EventStream, Redirect):
        return {"type": "string"}
    if issubclass(kind, FormattedTime):
        return {"type": "string", "pattern": f"^{kind.pattern.pattern}$"}
    raise NotImplementedError(kind)


def without_null(schema: Schema) -> Schema:
    """Returns the schema of a parameter without null, which a query cannot express: it means that there is none."""
    if "anyOf" not in schema:
        return dict(schema)
    kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return rest | (kinds[0] if len(kinds) == 1 else {"anyOf": kinds})


def parameter_schema(endpoint: Endpoint[..., Any], parameter: Parameter) -> Schema:
    """Returns the schema of a parameter, written out, with what it is the id of."""
    schema = without_null(_whole(parameter.type))
    reference = references.find(endpoint.path, parameter.name)
    return {**schema, REFERENCE: reference} if reference else schema


def body_schema(endpoint: Endpoint[..., Any]) -> Schema | None:
    """Returns the schema of the body, written out, with what its properties are the ids of; None without a body."""
    if endpoint.body is None:
        return None
    return _with_references(endpoint.path, _whole(endpoint.body.type))


def params_schema(endpoint: Endpoint[..., Any]) -> Schema:
    """Returns the schema of all parameters of an action, as `run_connection_action` takes them: the body is under ``data``."""
    properties: Schema = {}
    for parameter in endpoint.parameters:
        schema = parameter_schema(endpoint, parameter)
        description = schema.get("description") or parameter.description
        properties[parameter.name] = {**schema, "description": description} if description else schema
    required = [parameter.name for parameter in endpoint.parameters if parameter.required]
    body = body_schema(endpoint)
    if body is not None and endpoint.body is not None:
        properties["data"] = body
        required += ["data"] if endpoint.body.required else []
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def answer_schema(endpoint: Endpoint[..., Any]) -> Schema:
    """Returns the schema of the answer, written out."""
    return _whole(endpoint.response_type)


def _whole(kind: Any) -> Schema:
    """Returns the schema of a type without references to other schemas."""
    [schema], components = msgspec.json.schema_components([kind], schema_hook=custom_schema, ref_template="#/{name}")
    found: Schema = _written_out(schema, components, 0)
    return found


def _written_out(schema: Any, components: Schema, depth: int) -> Any:
    if isinstance(schema, list):
        return [_written_out(one, components, depth) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        if depth > _MAX_DEPTH:
            return {}
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        component = components[schema["$ref"].removeprefix("#/")]
        return {**_written_out(component, components, depth + 1), **rest}
    # The names of Python's classes tell nothing.
    return {
        name: _written_out(value, components, depth)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str))
    }


def _with_references(path: str, schema: Schema, prefix: str = "") -> Schema:
    """Returns a schema of an object with what its properties are the ids of, also where they are nested."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return schema
    found: Schema = {}
    for name, value in properties.items():
        shown = _with_references(path, value, f"{prefix}{name}.")
        if isinstance(shown.get("items"), dict):
            shown = {**shown, "items": _with_references(path, shown["items"], f"{prefix}{name}.")}
        reference = references.find(path, f"{prefix}{name}") or references.find(path, name)
        found[name] = {**shown, REFERENCE: reference} if reference else shown
    return {**schema, "properties": found}
