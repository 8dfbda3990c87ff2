"""Checks the arguments of tools: the protocol's package passes them on as they come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dealwright.console.agents import AgentRefusal
from dealwright.mcp.offer import Tool

_TYPES: Mapping[str, type] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "object": Mapping,
    "array": list,
}


def check(tool: Tool, given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments of a call. Raises `AgentRefusal`, which names each that is wrong.

    Those of an action that is a tool of its own are its parameters, which the connector checks.
    """
    if tool.entry is not None:
        return dict(given)
    properties, problems = tool.input_schema["properties"], []
    for name in tool.input_schema.get("required", ()):
        if name not in given:
            problems.append(f"{name} is missing")
    for name, value in given.items():
        schema = properties.get(name)
        if schema is None:
            problems.append(f"{name} is no argument of {tool.name}; there are {', '.join(properties)}")
        elif problem := _problem(value, schema):
            problems.append(f"{name} {problem}")
    if problems:
        raise AgentRefusal("InvalidArguments", "; ".join(problems), f"Correct the arguments of {tool.name}")
    return {name: value for name, value in given.items() if value is not None}


def _problem(value: Any, schema: Mapping[str, Any]) -> str | None:
    if value is None:
        return None
    kind = schema["type"]
    if not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        return f"must be of the type {kind}"
    if "enum" in schema and value not in schema["enum"]:
        return f"must be one of {', '.join(schema['enum'])}"
    if kind == "integer" and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return f"must be from {schema['minimum']} to {schema['maximum']}"
    if isinstance(value, list) and not all(isinstance(one, str) for one in value):
        return "must be a list of texts"
    return None
