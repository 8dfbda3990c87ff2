"""The OpenAPI documents that the server publishes about itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from dealwright.contract.endpoint import Version
from dealwright.server import oauth
from dealwright.server.binding import handlers, sandbox_handlers
from dealwright.server.openapi import document
from tests.api import Api

VERSIONS: tuple[Version, ...] = ("v1", "v2", "app", "abstra", "sandbox")


def operations(version: Version) -> dict[tuple[str, str], dict[str, Any]]:
    """Returns the operations of a document by method and path."""
    paths = document(version)["paths"]
    return {(method.upper(), path): one for path, methods in paths.items() for method, one in methods.items()}


def schema_references(schema: object) -> set[str]:
    if isinstance(schema, dict):
        own = {schema["$ref"]} if isinstance(schema.get("$ref"), str) else set()
        return own.union(*(schema_references(member) for member in schema.values()))
    return set().union(*(schema_references(member) for member in schema)) if isinstance(schema, list) else set()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_document_is_valid(version: Version) -> None:
    found = document(version)
    assert found["openapi"] == "3.1.0"
    problems = [
        f"{'/'.join(map(str, error.path))}: {error.message}" for error in OpenAPIV31SpecValidator(found).iter_errors()
    ]
    assert problems == []
    named = {f"#/components/schemas/{name}" for name in found["components"]["schemas"]}
    assert schema_references(found["paths"]) <= named
    assert schema_references(found["components"]) <= named
    ids = [operation["operationId"] for operation in operations(version).values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_document_holds_what_the_server_has_and_nothing_else(version: Version) -> None:
    every = [*(endpoint for endpoint, _ in (handlers() | sandbox_handlers()).values()), *oauth.ENDPOINTS]
    served = {(endpoint.method, endpoint.path): endpoint for endpoint in every if endpoint.version == version}
    described = operations(version)
    assert set(described) == set(served)
    for route, endpoint in served.items():
        operation = described[route]
        parameters = {(parameter["name"], parameter["in"]) for parameter in operation["parameters"]}
        assert parameters == {(parameter.name, parameter.location) for parameter in endpoint.parameters}
        assert {name for name, location in parameters if location == "path"} == set(
            re.findall(r"\{([^}]+)\}", route[1])
        )
        assert ("requestBody" in operation) == (endpoint.body is not None)
        assert str(endpoint.status) in operation["responses"]
        assert operation["summary"]


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_documents_are_served_with_their_schemas(api: Api) -> None:
    answer = api.send("GET", "/openapi/v2.json", headers={})
    assert (answer.status, answer.body) == (200, document("v2"))
    assert api.get("/openapi/v1.json").body["info"]["title"] == "Dealwright API v1"
    assert api.send("GET", "/openapi/app.json", headers={}).body == document("app")
    schemas = answer.body["components"]["schemas"]
    new = schemas["NewDeal"]
    assert (new["required"], new["additionalProperties"]) == (["title"], False)
    assert new["properties"]["title"] == {"type": "string", "minLength": 1, "maxLength": 255}
    statuses = next(p for p in answer.body["paths"]["/api/v2/deals"]["get"]["parameters"] if p["name"] == "status")
    assert (statuses["style"], statuses["explode"], statuses["required"], statuses["in"]) == (
        "form",
        False,
        False,
        "query",
    )
    one = {"enum": ["deleted", "lost", "open", "won"]}
    assert statuses["schema"] == {"type": "array", "minItems": 1, "maxItems": 1000, "items": one}
