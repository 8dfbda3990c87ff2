"""Describes actions for agents: what they take in words, as short as it can be said, or as JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dealwright.connectors import calls
from dealwright.console.agent_tools import answers
from dealwright.console.agents import right_for
from dealwright.contract import catalogue, json_schemas, references
from dealwright.contract.body_parser import body_names
from dealwright.contract.catalogue import Entry

EFFECTS = {"read": "reads", "write": "writes", "delete": "removes"}

_NAMES = {"string": "text", "boolean": "true or false", "object": "object", "null": "null"}
_FORMATS = {
    "date": "date YYYY-MM-DD",
    "date-time": "moment",
    "uuid": "UUID",
    "time": "time HH:MM",
    "email": "e-mail address",
}
_MAX_CHOICES = 40


def summarize(entry: Entry) -> dict[str, Any]:
    """Returns what a list of actions says of one."""
    shown: dict[str, Any] = {
        "action": entry.qualified_name,
        "summary": entry.summary,
        "effect": EFFECTS[right_for(entry)],
        "cost": entry.cost,
        "params": [*entry.parameters, *(["data"] if entry.body is not None else [])],
    }
    if entry.deprecated:
        shown["deprecated"] = f"use {entry.replaced_by}" if entry.replaced_by else "there is no successor"
    return shown


def describe(entry: Entry, *, schema: bool, max_bytes: int) -> dict[str, Any]:
    """Returns all that a call of an action needs: in words, or with JSON Schema."""
    endpoint = catalogue.load(entry.qualified_name)
    shown: dict[str, Any] = {
        **summarize(entry),
        "group": entry.group,
        "description": endpoint.description,
        "paging": {"cursor": "params.cursor, params.limit", "offset": "params.start, params.limit"}.get(entry.paging),
        "params": {one.name: _parameter(endpoint, one, schema=schema) for one in endpoint.parameters},
    }
    body = json_schemas.body_schema(endpoint)
    if body is not None and endpoint.body is not None:
        shown["data"] = body if schema else _properties(body, "")
        shown["data_required"] = endpoint.body.required or None
        if names := sorted(calls.file_properties(entry)):
            form = '{"filename": "a.txt", "text": "…"}, or "base64" in place of "text"'
            shown["files"] = f"{', '.join(names)}: {form}"
        if entry.custom_fields or "custom_fields" in body_names(endpoint):
            where = "data" if entry.custom_fields else "data.custom_fields"
            owner = references.owner(endpoint.path)
            shown["custom_fields"] = f"Under their keys in {where}; v2.get_{owner}_fields lists them with their options"
    if schema:
        shown["answer"] = json_schemas.answer_schema(endpoint) if endpoint.media_type == "application/json" else None
    shown = answers.without_empty(shown)
    if answers.size(shown) <= max_bytes - 200:
        return shown
    return _shortened(shown, max_bytes)


def _shortened(shown: dict[str, Any], max_bytes: int) -> dict[str, Any]:
    """Returns a description that fits: what is optional loses its words first, then its names."""
    left_out = "Optional properties are named only; give detail 'schema' and a larger max_bytes for all of them"
    optional: list[str] = []
    for part in ("data", "params"):
        members = shown.get(part)
        if not isinstance(members, dict):
            continue
        required = {name: one for name, one in members.items() if isinstance(one, str) and one.endswith(", required")}
        rest = [name for name in members if name not in required]
        optional += [name if part == "params" else f"data.{name}" for name in rest]
        shown = {**shown, part: required}
    shown = {**shown, "optional": optional, "left_out": left_out}
    return {**shown, **answers.fit_record({"optional": optional}, max_bytes // 2).data}


def _parameter(endpoint: Any, parameter: Any, *, schema: bool) -> Any:
    found = json_schemas.parameter_schema(endpoint, parameter)
    if schema:
        return {**found, "required": parameter.required}
    description = found.get("description") or parameter.description
    words = in_words(found) + (", required" if parameter.required else "")
    return f"{words}. {description}" if description and not parameter.required else words


def _properties(schema: Mapping[str, Any], prefix: str) -> Any:
    """Returns the properties of an object in words; nested ones under names with dots."""
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return in_words(schema)
    required = schema.get("required", ())
    return {
        f"{prefix}{name}": in_words(one) + (", required" if name in required else "")
        for name, one in properties.items()
    }


def in_words(schema: Mapping[str, Any]) -> str:
    """Returns a schema in words: ``integer``, ``open | won | lost``, ``list of integer (id of a user)``."""
    reference = schema.get(json_schemas.REFERENCE)
    of_what = f" (id of {_article(reference)} {reference.replace('_', ' ')})" if reference else ""
    return _type_in_words(schema) + of_what


def _type_in_words(schema: Mapping[str, Any]) -> str:
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(in_words(one) for one in schema[key]))
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        choices = [("null" if one is None else str(one)) for one in schema["enum"]]
        return " | ".join(choices[:_MAX_CHOICES]) + (" | …" if len(choices) > _MAX_CHOICES else "")
    kind = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(_type_in_words({**schema, "type": one}) for one in kind)
    if kind == "array":
        return f"list of {in_words(schema.get('items') or {})}"
    if kind == "object" and isinstance(schema.get("properties"), Mapping) and schema["properties"]:
        inner = ", ".join(f"{name}: {in_words(one)}" for name, one in schema["properties"].items())
        return f"{{{inner}}}"
    if kind == "string" and (form := schema.get("format")):
        return _FORMATS.get(form, f"text ({form})")
    return _NAMES.get(str(kind), str(kind) if kind else "any value")


def _article(word: str) -> str:
    return "an" if word[:1] in "aeio" else "a"
