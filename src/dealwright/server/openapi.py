"""The OpenAPI 3.1 documents of this server, derived from the declarations of the endpoints that it has."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterable
from typing import Any

import msgspec
import orjson

from dealwright._version import __version__
from dealwright.contract.abstra.envelopes import Error as AbstraError
from dealwright.contract.app.envelopes import Error as AppError
from dealwright.contract.endpoint import Endpoint, Parameter, Version
from dealwright.contract.json_schemas import custom_schema, without_null
from dealwright.contract.sandbox.envelopes import Error as SandboxError
from dealwright.contract.v1.envelopes import Error as V1Error
from dealwright.contract.v2.envelopes import Error as V2Error
from dealwright.crm.integration.oauth import scopes
from dealwright.server import oauth
from dealwright.server.binding import handlers, sandbox_handlers

PATHS: dict[str, Version] = {
    "/openapi/v1.json": "v1",
    "/openapi/v2.json": "v2",
    "/openapi/app.json": "app",
    "/openapi/abstra.json": "abstra",
}
SANDBOX_PATHS: dict[str, Version] = {**PATHS, "/openapi/sandbox.json": "sandbox"}

Document = dict[str, Any]

# The security of an operation that needs no scope.
_DEFAULT_SECURITY: list[Document] = [{"apiToken": []}, {"oauth2": []}]
_SECURITY_SCHEMES: Document = {
    "apiToken": {"type": "apiKey", "in": "header", "name": "x-api-token"},
    "oauth2": {
        "type": "oauth2",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": "/oauth/authorize",
                "tokenUrl": "/oauth/token",
                "scopes": dict(scopes.DESCRIPTIONS),
            }
        },
    },
}

_APP_SECURITY_SCHEMES: Document = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "dealwright",
        "description": "The session of a browser. What writes sends its CSRF token in the header x-csrf-token, too. Behind TLS "
        "the cookie is called __Host-dealwright.",
    },
}

_ABSTRA_SECURITY_SCHEMES: Document = {
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "api-authorization",
        "description": "Bearer and an API token. Below /apps, where all of this is as well, the token alone, in the header shared-token.",
    },
}

_SECURITY: dict[Version, tuple[list[Document], Document]] = {
    "v1": (_DEFAULT_SECURITY, _SECURITY_SCHEMES),
    "v2": (_DEFAULT_SECURITY, _SECURITY_SCHEMES),
    "app": ([{"session": []}], _APP_SECURITY_SCHEMES),
    "abstra": ([{"key": []}], _ABSTRA_SECURITY_SCHEMES),
    "sandbox": ([{"apiToken": []}], {"apiToken": _SECURITY_SCHEMES["apiToken"]}),
}
"""What each version asks for, and the schemes of that."""

_lock = threading.Lock()
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_MEDIA_TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data",
}


def encoded_document(version: Version) -> bytes:
    """Returns the document of one version as JSON. It is made once, however many ask for it meanwhile."""
    with _lock:
        return _encoded_document(version)


@functools.cache
def _encoded_document(version: Version) -> bytes:
    return orjson.dumps(document(version))


@functools.cache
def document(version: Version) -> Document:
    """Returns the document of one version."""
    endpoints = sorted(
        (endpoint for endpoint in served_endpoints(is_sandbox=True) if endpoint.version == version),
        key=lambda endpoint: (endpoint.path, endpoint.method),
    )
    schemas, components = _schemas(endpoints, version)
    security, schemes = _SECURITY[version]
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
        "security": security,
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": schemes},
    }


def served_endpoints(*, is_sandbox: bool = False) -> list[Endpoint[..., Any]]:
    """Returns every endpoint that a server has, or a sandbox."""
    bound = handlers() | (sandbox_handlers() if is_sandbox else {})
    return [*(endpoint for endpoint, _ in bound.values()), *oauth.ENDPOINTS]


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
    }
    if endpoint.version in ("v1", "v2"):
        operation["x-token-cost"] = endpoint.cost
    if endpoint.public:
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
    schema = without_null(schemas[id(parameter)])
    shown: Document = {
        "name": parameter.name,
        "in": parameter.location,
        "required": parameter.required,
        "description": schema.pop("description", "") or parameter.description,
        "schema": schema,
    }
    if schema.get("type") == "array":
        shown |= {"style": "form", "explode": False}
    return shown


_ERRORS: dict[Version, Any] = {
    "v1": V1Error,
    "v2": V2Error,
    "app": AppError,
    "abstra": AbstraError,
    "sandbox": SandboxError,
}


def _schemas(endpoints: Iterable[Endpoint[..., Any]], version: Version) -> tuple[dict[int, Document], Document]:
    """Returns the schemas of answers, bodies and parameters by the `id` of their declaration; shared ones by name."""
    declared: list[tuple[int, Any]] = [(id(_ERRORS[version]), _ERRORS[version])]
    for endpoint in endpoints:
        declared.append((id(endpoint), endpoint.response_type))
        declared += [(id(parameter), parameter.type) for parameter in endpoint.parameters]
        if endpoint.body is not None:
            declared.append((id(endpoint.body), endpoint.body.type))
    found, components = msgspec.json.schema_components(
        [type for _, type in declared], schema_hook=custom_schema, ref_template="#/components/schemas/{name}"
    )
    by_declaration = {key: schema for (key, _), schema in zip(declared, found, strict=True)}
    # Names of generic types hold brackets, which a component's name may not.
    return _rename_refs(by_declaration), {
        _component_name(name): _rename_refs(schema) for name, schema in components.items()
    }


def _rename_refs(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: f"#/components/schemas/{_component_name(value.rpartition('/')[2])}"
            if key == "$ref"
            else _rename_refs(value)
            for key, value in schema.items()
        }
    return [_rename_refs(one) for one in schema] if isinstance(schema, list) else schema


def _component_name(name: str) -> str:
    return _NOT_IN_NAMES.sub("_", name).strip("_")
