"""Scopes: every endpoint accepts those that it names, and no others."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dealwright.contract import catalogue
from dealwright.contract.endpoint import Endpoint
from dealwright.crm.integration.oauth import apps, scopes
from dealwright.crm.integration.oauth.scopes import ALL
from dealwright.server.binding import handlers
from tests.api import Api, Response
from tests.company import add_user
from tests.oauth import CALLBACK, call_with_token, issue_access_token

MISMATCH = {"success": False, "error": "Scope and URL mismatch"}

API_ENDPOINTS = [endpoint for endpoint, _ in handlers().values() if endpoint.version in ("v1", "v2")]
OTHER_ENDPOINTS = [endpoint for endpoint, _ in handlers().values() if endpoint.version not in ("v1", "v2")]

on_sqlite = pytest.mark.parametrize("api", ["sqlite"], indirect=True)


def create_token(api: Api, *scope_names: str) -> str:
    app, _ = apps.register(
        api.companies.platform, apps.NewApp(" ".join(scope_names), [CALLBACK], scope_names), api.clock()
    )
    return issue_access_token(api, app)


def call(api: Api, endpoint: Endpoint[..., Any], token: str) -> Response:
    """Calls an endpoint with an id that does not exist and without a body."""
    return call_with_token(api, token, re.sub(r"\{[^}]+\}", "999999", endpoint.path), endpoint.method)


def allowed_scopes(endpoint: Endpoint[..., Any]) -> set[str]:
    """Returns the scopes that allow an operation, each by itself."""
    named = set(endpoint.scopes)
    if endpoint.method == "GET":
        return named | {f"{scope[:-4]}full" for scope in named if scope.endswith(":read")} & set(ALL)
    full = {scope for scope in named if scope.endswith(":full")}
    return named - {f"{scope[:-4]}read" for scope in full}


def test_endpoints_without_handlers_have_their_scopes_too() -> None:
    for entry in catalogue.entries().values():
        endpoint = catalogue.load(entry.qualified_name)
        writes = endpoint.method != "GET"
        allowed = {scope for scope in ALL if scopes.is_allowed(scopes.expand(scope), endpoint.scopes, writes=writes)}
        if not endpoint.scopes:
            assert endpoint.group == "Oauth"
        else:
            assert allowed == (set(ALL) if "base" in endpoint.scopes else allowed_scopes(endpoint)), endpoint


@on_sqlite
def test_every_endpoint_accepts_its_scopes_and_no_others(api: Api) -> None:
    single = {scope: create_token(api, scope) for scope in ALL}
    everything_but: dict[frozenset[str], str] = {}
    wrong = []
    for endpoint in API_ENDPOINTS:
        allowed = allowed_scopes(endpoint)
        assert allowed
        for scope in allowed:
            if call(api, endpoint, single[scope]).body == MISMATCH:
                wrong.append(f"{endpoint!r} refuses {scope}")
        rest = frozenset(ALL) - allowed
        if "base" in allowed:
            continue
        if rest not in everything_but:
            everything_but[rest] = create_token(api, *rest)
        answer = call(api, endpoint, everything_but[rest])
        if (answer.status, answer.body) != (403, MISMATCH):
            wrong.append(f"{endpoint!r} takes one of {sorted(rest)}: {answer.status}")
    assert wrong == []


@on_sqlite
def test_no_token_of_the_api_is_taken_by_what_is_for_others(api: Api) -> None:
    for endpoint in OTHER_ENDPOINTS:
        if endpoint.public:
            continue
        path = re.sub(r"\{[^}]+\}", "1", endpoint.path)
        for headers in (
            {"authorization": f"Bearer {create_token(api, *ALL)}"},
            {"x-api-token": api.token},
            {"x-api-token": api.companies.platform.issue_token(api.principal.company.id, 1)},
        ):
            assert api.send(endpoint.method, path, headers=headers).status == 401, endpoint


@on_sqlite
def test_a_scope_is_no_more_than_the_user_may(api: Api) -> None:
    rep = add_user(api, "Rep")
    token = create_token(rep, "admin")
    body = b'{"name": "Pipeline"}'
    answer = api.send("POST", "/api/v2/pipelines", body, headers={"authorization": f"Bearer {token}"})
    assert answer.status == 403
    assert answer.body != MISMATCH


@on_sqlite
def test_a_refused_call_changes_nothing(api: Api) -> None:
    headers = {"authorization": f"Bearer {create_token(api, 'deals:read')}"}
    answer = api.send("POST", "/v1/deals", b'{"title": "Not allowed"}', headers=headers)
    assert (answer.status, answer.body) == (403, MISMATCH)
    assert api.get("/v1/deals").data is None
    assert api.send("GET", "/v1/deals", headers=headers).status == 200
