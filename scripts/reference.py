"""Reads operations from the vendor's OpenAPI documents, as far as a skeleton of an endpoint needs them.

The documents are no part of this repository: they are looked for in ``../shared/reference`` beside the checkout, or where
DEALWRIGHT_REFERENCE points.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from dealwright.contract.endpoint import PREFIXES, Version

VARIABLE = "DEALWRIGHT_REFERENCE"
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "reference"

# The newest document first: what it has is what clients use today.
DOCUMENTS: Mapping[Version, tuple[str, ...]] = {
    "v1": ("openapi-v1-current.yaml", "openapi-v1.yaml"),
    "v2": ("openapi-v2-current.yaml", "openapi-v2.yaml"),
}

Schema = dict[str, Any]


class Member(NamedTuple):
    """A parameter, a property of a body or of an answer; ``type`` is Python's, without null."""

    name: str
    type: str
    required: bool
    nullable: bool
    location: str = "body"


class Operation(NamedTuple):
    """An operation as documented. ``data`` are the properties of the answer's data, or of each item of a list."""

    group: str
    scopes: frozenset[str]
    cost: int
    deprecated: bool
    status: int
    parameters: tuple[Member, ...]
    body: tuple[Member, ...] | None
    data: tuple[Member, ...]
    is_list: bool


def folder() -> Path:
    """Returns where the documents are, or would be."""
    return Path(os.environ.get(VARIABLE) or BESIDE)


def find(version: Version, method: str, path: str) -> Operation | None:
    """Returns what is documented of an operation, given its path with the prefix; None where no document has it."""
    for name in DOCUMENTS[version]:
        if (folder() / name).is_file():
            document = load(folder() / name)
            documented = document["paths"].get(path.removeprefix(PREFIXES[version]), {}).get(method.lower())
            if documented:
                return _operation(document, documented)
    return None


@functools.cache
def load(path: Path) -> Schema:
    """Returns a document, which is read once."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: Schema = yaml.load(path.read_text(encoding="utf-8"), loader)
    return document


def _operation(document: Schema, documented: Schema) -> Operation:
    security = [scheme.get("oauth2", []) for scheme in documented.get("security", [])]
    status, answer = min(
        (int(code), _resolve(document, response))
        for code, response in documented["responses"].items()
        if code[0] == "2"
    )
    schema = _schema(document, answer.get("content", {}))
    data = _resolve(document, schema.get("properties", {}).get("data", {}))
    items = _resolve(document, data.get("items", {}))
    body = _resolve(document, documented["requestBody"]) if "requestBody" in documented else None
    return Operation(
        group=(documented.get("tags") or ["Other"])[0],
        scopes=frozenset(scope for scopes in security for scope in scopes),
        cost=documented.get("x-token-cost", 1),
        deprecated=documented.get("deprecated", False),
        status=status,
        parameters=tuple(_parameter(document, parameter) for parameter in documented.get("parameters", ())),
        body=None if body is None else tuple(_members(document, _schema(document, body.get("content", {})))),
        data=tuple(_members(document, items or data)),
        is_list=data.get("type") == "array",
    )


def _schema(document: Schema, content: Schema) -> Schema:
    """Returns the schema of the first media type."""
    for media_type in content.values():
        return _resolve(document, media_type.get("schema", {}))
    return {}


def _parameter(document: Schema, parameter: Schema) -> Member:
    resolved = _resolve(document, parameter)
    schema = _resolve(document, resolved.get("schema", {}))
    return Member(
        resolved["name"], python_type(document, schema), resolved.get("required", False), False, resolved["in"]
    )


def _members(document: Schema, schema: Schema) -> Iterator[Member]:
    required = schema.get("required", ())
    for name, declared in schema.get("properties", {}).items():
        resolved = _resolve(document, declared)
        yield Member(name, python_type(document, resolved), name in required, resolved.get("nullable", False))


def _resolve(document: Schema, schema: Schema) -> Schema:
    """Returns a schema with its reference followed and its parts joined."""
    if "$ref" in schema:
        found: Any = document
        for key in schema["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        return _resolve(document, found)
    joined = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema.get("allOf", ()):
        resolved = _resolve(document, part)
        properties = {**resolved.get("properties", {}), **joined.get("properties", {})}
        required = [*resolved.get("required", ()), *joined.get("required", ())]
        joined = {**resolved, **joined, "properties": properties, "required": required}
    return joined


def python_type(document: Schema, schema: Schema) -> str:
    """Returns the Python type of a documented schema, as text."""
    resolved = _resolve(document, schema)
    if choices := [choice for choice in resolved.get("enum", ()) if choice is not None]:
        return f"Literal[{', '.join(map(repr, choices))}]"
    match resolved.get("type"):
        case "integer":
            return "int"
        case "number":
            return "float"
        case "boolean":
            return "bool"
        case "string":
            return {"date": "date", "date-time": "datetime"}.get(resolved.get("format", ""), "str")
        case "array":
            return f"list[{python_type(document, resolved.get('items', {}))}]"
        case "object":
            return "dict[str, Json]"
    return "Json"
