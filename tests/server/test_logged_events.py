"""What an operator reads in the log, and how often: log-ins, locks, grants, refusals, faults."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

import argon2
import pytest

from dealwright import _limit_log, _metrics
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins
from dealwright.server import application, request_log
from dealwright.server.rate_limit_plans import PLANS
from dealwright.server.request_log import log
from dealwright.server.requests import Request
from tests import company, form_browser
from tests.api import Api
from tests.limited_api import LimitedApiFactory
from tests.oauth import Client

EMAIL, PASSWORD = "ada@example.com", "a good pass phrase"


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records the lines of our modules from the level info on, and forgets which limits were reached before."""
    caplog.set_level(logging.INFO, "dealwright")
    monkeypatch.setattr(_limit_log.limit_log, "_logged_at", {})
    monkeypatch.setattr(_limit_log.limit_log, "_omitted", {})


@pytest.fixture
def client(api: Api, monkeypatch: pytest.MonkeyPatch) -> Client:
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(logins, "_hasher", lambda: hasher)
    logins.set_password(api.companies.platform, UserRef(api.principal.company.id, 1), EMAIL, PASSWORD)
    return Client(api)


def find(caplog: pytest.LogCaptureFixture, text: str) -> list[Any]:
    """Returns the lines with a text, as records with what was added to them."""
    return [record for record in caplog.records if text in record.getMessage()]


def log_in(client: Client, email: str, password: str) -> None:
    browser = form_browser.in_process(client.api)
    page = browser.get("/oauth/authorize", **client.authorization_params())
    browser.submit(page.form("/oauth/login"), email=email, password=password)


def logins_by_outcome() -> dict[str, float]:
    return {labels[0]: value[0] for labels, value in _metrics.LOGINS.read().items()}


def test_log_ins_and_locked_accounts(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    before = logins_by_outcome()
    log_in(client, EMAIL, PASSWORD)
    [line] = find(caplog, "A user has logged in")
    assert (line.levelname, line.account) == ("INFO", EMAIL)
    log_in(client, "my secret pass phrase", "x")
    [line] = find(caplog, "A log-in has failed")
    assert (line.levelname, line.account) == ("WARNING", "(unknown)")
    for _ in range(logins.MAX_FAILURES_PER_ACCOUNT):
        log_in(client, EMAIL, "wrong")
    assert len(find(caplog, "A log-in has failed")) == 1 + logins.MAX_FAILURES_PER_ACCOUNT
    [line] = find(caplog, "The account is locked")
    assert line.account == EMAIL
    for _ in range(5):
        log_in(client, EMAIL, PASSWORD)
    assert len(find(caplog, "log-ins to a locked account")) == 1
    counted = {outcome: value - before[outcome] for outcome, value in logins_by_outcome().items()}
    assert counted == {"succeeded": 1, "failed": 1 + logins.MAX_FAILURES_PER_ACCOUNT, "blocked": 5}
    assert "my secret" not in caplog.text


def test_grants(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.submit_consent("deny")
    assert find(caplog, "denied an app access")
    code = client.get_code()
    tokens = client.exchange(code).body
    client.refresh(tokens["refresh_token"])
    [granted] = find(caplog, "granted an app access")
    assert (granted.levelname, granted.app, granted.user) == ("INFO", client.id, 1)
    assert [line.grant_type for line in find(caplog, "new tokens")] == ["authorization_code", "refresh_token"]
    client.post_form("/oauth/revoke", token=tokens["refresh_token"])
    assert find(caplog, "given up its access")
    code = client.get_code()
    client.exchange(code)
    client.exchange(code)
    assert find(caplog, "used a second time")
    for secret in (code, tokens["access_token"], tokens["refresh_token"], client.secret):
        assert secret not in caplog.text


def test_missing_permissions(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    colleague = company.add_user(api, "Bob")
    company.set_permissions(api, use_api=False)
    assert colleague.get("/v1/users/me").status == 403
    [line] = [record for record in caplog.records if getattr(record, "status", 0) == 403 and record.name != log.name]
    assert line.levelname == "INFO"


def test_limits_of_the_plan(make_limited_api: LimitedApiFactory, caplog: pytest.LogCaptureFixture) -> None:
    api = make_limited_api()
    before = _metrics.RATE_LIMIT_REFUSALS.read()["window",][0]
    spent = _metrics.TOKENS_SPENT.read()[()][0]
    answers = [api.get("/api/v2/stages").status for _ in range(PLANS["lite"].api_token_requests + 7)]
    assert answers.count(429) == 7
    assert len(find(caplog, "over the limits of the plan")) == 1
    assert _metrics.RATE_LIMIT_REFUSALS.read()["window",][0] - before == 7
    assert _metrics.TOKENS_SPENT.read()[()][0] > spent


def test_strangers_are_logged_once(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(50):
        assert api.send("GET", "/api/v2/deals", headers={"x-api-token": "wrong"}).status == 401
    assert len(find(caplog, "without a valid token")) == 1


def fail_in_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "_arguments", raise_fault)


def fail_before_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application.Application, "_threads_for", raise_fault)


def raise_fault(*_: object) -> None:
    raise RuntimeError("a fault of ours")


@pytest.mark.parametrize("fail", [fail_in_endpoint, fail_before_endpoint])
@pytest.mark.parametrize("path", ["/v1/deals", "/api/v2/deals"])
def test_a_fault_is_logged_once_with_the_id_that_the_client_gets(
    api: Api,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fail: Callable[[pytest.MonkeyPatch], None],
    path: str,
) -> None:
    ids: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info:
                request = request_log.current.get()
                assert request is not None
                ids.append(request.correlation_id)

    handler = Handler()
    logging.getLogger("dealwright").addHandler(handler)
    fail(monkeypatch)
    try:
        with pytest.raises(AssertionError, match="500") as caught:
            api.post(path, {"title": "x"})
    finally:
        logging.getLogger("dealwright").removeHandler(handler)
    [id] = ids
    assert uuid.UUID(id)
    # The envelope says it too; the client of the tests shows the envelope.
    assert f"'correlation_id': '{id}'" in str(caught.value)
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_ids_are_uuids_and_never_the_same() -> None:
    scope = {"method": "GET", "path": "/", "query_string": b"", "headers": []}
    ids = {Request(scope).correlation_id for _ in range(1000)}
    assert len(ids) == 1000
    assert all(uuid.UUID(id).version == 4 for id in ids)


def test_a_client_that_leaves_is_counted(api: Api) -> None:
    import asyncio

    before = _metrics.requests.counts().get(("POST", "/v1/deals", "499"), [0])[0]

    async def leave() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(_: object) -> None:
        raise AssertionError("nobody hears that")

    headers = [(b"host", b"x"), (b"x-api-token", api.token.encode()), (b"content-length", b"9")]
    scope = {"type": "http", "method": "POST", "path": "/v1/deals", "query_string": b"", "headers": headers}
    asyncio.run(api.app(scope, leave, send))
    assert _metrics.requests.counts()["POST", "/v1/deals", "499"][0] == before + 1
