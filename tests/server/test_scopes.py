"""Scopes: every endpoint takes those that it names, and no others."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dealwright.contract import catalogue
from dealwright.contract.endpoint import Endpoint
from dealwright.crm.oauth import apps, scopes
from dealwright.crm.oauth.scopes import ALL
from dealwright.server.binding import handlers
from tests.api import Answer, Api
from tests.company import add_user
from tests.oauth import CALLBACK, granted, use

MISMATCH = {"success": False, "error": "Scope and URL mismatch"}

on_sqlite = pytest.mark.parametrize("api", ["sqlite"], indirect=True)


def token_with(api: Api, *held: str) -> str:
    app, _ = apps.register(api.companies.platform, apps.NewApp(" ".join(held), [CALLBACK], held), api.clock())
    return granted(api, app)


def call(api: Api, endpoint: Endpoint[..., Any], token: str) -> Answer:
    """Calls an endpoint about something that does not exist, with nothing in it."""
    return use(api, token, re.sub(r"\{[^}]+\}", "999999", endpoint.path), endpoint.method)


def fitting(endpoint: Endpoint[..., Any]) -> set[str]:
    """The scopes that allow an operation, each by itself."""
    named = set(endpoint.scopes)
    if endpoint.method == "GET":
        return named | {f"{scope[:-4]}full" for scope in named if scope.endswith(":read")} & set(ALL)
    full = {scope for scope in named if scope.endswith(":full")}
    return named - {f"{scope[:-4]}read" for scope in full}


def test_what_is_declared_but_not_there_yet_has_its_scopes_too() -> None:
    for entry in catalogue.entries().values():
        endpoint = catalogue.load(entry.qualified_name)
        writes = endpoint.method != "GET"
        allowed = {scope for scope in ALL if scopes.cover(scopes.granted(scope), endpoint.scopes, writes=writes)}
        if not endpoint.scopes:
            assert endpoint.group == "Oauth"
        else:
            assert allowed == (set(ALL) if "base" in endpoint.scopes else fitting(endpoint)), endpoint


@on_sqlite
def test_every_endpoint_takes_its_scopes_and_no_others(api: Api) -> None:
    single = {scope: token_with(api, scope) for scope in ALL}
    everything_but: dict[frozenset[str], str] = {}
    wrong = []
    for endpoint, _ in handlers().values():
        right = fitting(endpoint)
        assert right
        for scope in right:
            if call(api, endpoint, single[scope]).body == MISMATCH:
                wrong.append(f"{endpoint!r} refuses {scope}")
        rest = frozenset(ALL) - right
        if "base" in right:
            continue
        if rest not in everything_but:
            everything_but[rest] = token_with(api, *rest)
        answer = call(api, endpoint, everything_but[rest])
        if (answer.status, answer.body) != (403, MISMATCH):
            wrong.append(f"{endpoint!r} takes one of {sorted(rest)}: {answer.status}")
    assert wrong == []


@on_sqlite
def test_a_scope_is_no_more_than_the_user_may(api: Api) -> None:
    rep = add_user(api, "Rep")
    token = token_with(rep, "admin")
    body = b'{"name": "Pipeline"}'
    answer = api.send("POST", "/api/v2/pipelines", body, headers={"authorization": f"Bearer {token}"})
    assert answer.status == 403
    assert answer.body != MISMATCH


@on_sqlite
def test_a_refused_call_changes_nothing(api: Api) -> None:
    headers = {"authorization": f"Bearer {token_with(api, 'deals:read')}"}
    answer = api.send("POST", "/v1/deals", b'{"title": "Not allowed"}', headers=headers)
    assert (answer.status, answer.body) == (403, MISMATCH)
    assert api.get("/v1/deals").data is None
    assert api.send("GET", "/v1/deals", headers=headers).status == 200
