"""The web app's own API: how it answers, and that nothing else has it."""

from __future__ import annotations

import pytest

from dealwright.contract import catalogue
from dealwright.contract.index import declarations
from dealwright.server.binding import handlers
from dealwright.server.requests import APP_PREFIX, WEB_APP_PATHS
from tests.api import Api

DECLARED = [endpoint for _, endpoint in declarations(["app"])]


def test_every_declared_endpoint_is_served_and_no_action() -> None:
    assert {(one.method, one.path) for one in DECLARED} <= set(handlers())
    assert all(one.path.startswith(WEB_APP_PATHS) and one.version == "app" for one in DECLARED)
    assert not [entry for entry in catalogue.entries().values() if APP_PREFIX in f"{entry.path}/"]
    for name in ("get_session", "app.get_session"):
        with pytest.raises(catalogue.UnknownName):
            catalogue.get_by_name(name)


def test_errors_have_one_envelope(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, method, status, code in (
        ("/app/api/nothing", "GET", 404, "not_found"),
        ("/app/api/session", "PUT", 405, "method_not_allowed"),
    ):
        answer = api.send(method, path)
        assert (answer.status, answer.body["error"]["code"]) == (status, code)
        assert set(answer.body["error"]) == {"code", "message"}
    answer = api.get("/app/api/session", nothing=1)
    assert answer.status == 400
    assert answer.body["error"]["fields"] == {"nothing": "Parameter 'nothing' is not allowed for this request"}


def test_answers_are_for_nobody_else(api: Api) -> None:
    for answer in (api.get("/app/api/session"), api.get("/app/api/nothing"), api.send("POST", "/app/api/session")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not [name for name in answer.headers if name.startswith(("access-control-", "x-ratelimit", "x-daily"))]


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_an_error_that_is_the_servers(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no such disk")

    monkeypatch.setattr("dealwright.server.app.team.session.show", fail)
    answer = api.get("/app/api/session")
    assert (answer.status, answer.body["error"]["code"]) == (503, "unavailable")
    assert answer.body["correlation_id"] == answer.headers["x-correlation-id"]
