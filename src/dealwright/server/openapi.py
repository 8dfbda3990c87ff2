"""The OpenAPI 3.1 documents of this server, derived from the declarations of the endpoints that it has."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from dealwright._version import __version__
from dealwright.contract.endpoint import Download, Endpoint, Parameter, Upload, Version
from dealwright.contract.v1.envelopes import Error as V1Error
from dealwright.contract.v2.envelopes import Error as V2Error
from dealwright.crm.oauth import scopes
from dealwright.server import oauth
from dealwright.server.binding import handlers

PATHS: dict[str, Version] = {"/openapi/v1.json": "v1", "/openapi/v2.json": "v2"}

Document = dict[str, Any]

# What an operation that asks for no scope is content with.
_NO_SCOPE: list[Document] = [{"apiToken": []}, {"oauth2": []}]
_SECURITY_SCHEMES: Document = {
    "apiToken": {"type": "apiKey", "in": "header", "name": "x-api-token"},
    "oauth2": {
        "type": "oauth2",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": "/oauth/authorize",
                "tokenUrl": "/oauth/token",
                "scopes": dict(scopes.PLAIN_WORDS),
            }
        },
    },
}

_MEDIA_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data",
}


@functools.cache
def document(version: Version) -> Document:
    """The document of one version."""
    endpoints = sorted(
        (endpoint for endpoint in served() if endpoint.version == version),
        key=lambda endpoint: (endpoint.path, endpoint.method),
    )
    schemas, components = _schemas(endpoints, version)
    paths: dict[str, Document] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Dealwright API {version}",
            "version": __version__,
            "description": "A self-hosted sales CRM that speaks Pipedrive's API. Not affiliated with Pipedrive.",
        },
        "security": _NO_SCOPE,
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": _SECURITY_SCHEMES,
        },
    }


def served() -> list[Endpoint[..., Any]]:
    """Every endpoint that this server has."""
    return [*(endpoint for endpoint, _ in handlers().values()), *oauth.ENDPOINTS]


def _operation(endpoint: Endpoint[..., Any], schemas: dict[int, Document]) -> Document:
    operation: Document = {
        # Two operations can have one name; their declarations do not.
        "operationId": endpoint.declaration.__name__,
        "summary": endpoint.summary,
        "tags": [endpoint.group],
        "parameters": [_parameter(parameter, schemas) for parameter in endpoint.parameters],
        "responses": {
            str(endpoint.status): {
                "description": "Success",
                "content": {endpoint.media_type: {"schema": schemas[id(endpoint)]}},
            },
            "default": {
                "description": "Failure",
                "content": {"application/json": {"schema": schemas[id(_ERRORS[endpoint.version])]}},
            },
        },
        "x-token-cost": endpoint.cost,
    }
    if endpoint in oauth.ENDPOINTS:
        operation["security"] = []
    elif endpoint.scopes:
        operation["x-scopes"] = sorted(endpoint.scopes)
        operation["security"] = [{"apiToken": []}, *({"oauth2": [scope]} for scope in sorted(endpoint.scopes))]
    if endpoint.description:
        operation["description"] = endpoint.description
    if endpoint.deprecated:
        operation["deprecated"] = True
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": endpoint.body.required,
            "content": {_MEDIA_TYPES[endpoint.body_kind]: {"schema": schemas[id(endpoint.body)]}},
        }
    return operation


def _parameter(parameter: Parameter, schemas: dict[int, Document]) -> Document:
    schema = _unless_null(schemas[id(parameter)])
    shown: Document = {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": schema.pop("description", "") or parameter.description,
        "schema": schema,
    }
    if schema.get("type") == "array":
        shown |= {"style": "form", "explode": False}
    return shown


def _unless_null(schema: Document) -> Document:
    """The schema of a parameter without null, which nobody can write in a query: it stands for not given."""
    if "anyOf" not in schema:
        return dict(schema)
    kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return rest | (kinds[0] if len(kinds) == 1 else {"anyOf": kinds})


_ERRORS: dict[Version, Any] = {"v1": V1Error, "v2": V2Error}


def _schemas(endpoints: Iterable[Endpoint[..., Any]], version: Version) -> tuple[dict[int, Document], Document]:
    """The schema of every answer, body and parameter by the identity of what declares it, and the shared ones by name."""
    declared: list[tuple[int, Any]] = [(id(_ERRORS[version]), _ERRORS[version])]
    for endpoint in endpoints:
        declared.append((id(endpoint), endpoint.answer))
        declared += [(id(parameter), parameter.type) for parameter in endpoint.parameters]
        if endpoint.body is not None:
            declared.append((id(endpoint.body), endpoint.body.type))
    found, components = msgspec.json.schema_components(
        [type for _, type in declared], schema_hook=_file, ref_template="#/components/schemas/{name}"
    )
    by_declaration = {key: schema for (key, _), schema in zip(declared, found, strict=True)}
    # Names of generic types hold brackets, which a component's name may not.
    return _renamed(by_declaration), {_plain(name): _renamed(schema) for name, schema in components.items()}


def _file(kind: type) -> Document:
    if kind in (Upload, Download):
        return {"type": "string", "format": "binary"}
    raise NotImplementedError(kind)


def _renamed(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: f"#/components/schemas/{_plain(value.rpartition('/')[2])}" if key == "$ref" else _renamed(value)
            for key, value in schema.items()
        }
    return [_renamed(one) for one in schema] if isinstance(schema, list) else schema


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("_")
