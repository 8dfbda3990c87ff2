"""`/health` and `/ready`: without a token, outside the limits of requests, and cheap however often they are asked."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
import sqlalchemy as sa

from dealwright.crm.readiness import ReadinessCheck
from dealwright.server import health
from dealwright.server.rate_limit_plans import PLANS
from dealwright.storage.migrations import HEAD, VERSION_TABLE
from dealwright.storage.platform import Company
from tests.api import Api, Response
from tests.limited_api import LimitedApiFactory


def ask(api: Api, path: str, method: str = "GET") -> Response:
    """Asks without a token."""
    return api.send(method, path, headers={"x-api-token": ""})


def make_check_due(api: Api) -> None:
    """Lets the next question look at the databases again."""
    api.app.health._checked_at = float("-inf")


def test_a_server_that_is_well(api: Api) -> None:
    for path, status in (("/health", "ok"), ("/ready", "ready")):
        answer = ask(api, path)
        assert (answer.status, answer.body) == (200, {"status": status})
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-correlation-id"]
        assert ask(api, path, "HEAD").status == 200
        refused = ask(api, path, "POST")
        assert (refused.status, refused.headers["allow"]) == (405, "GET")


def test_tables_of_another_version_are_a_reason(api: Api) -> None:
    with api.principal.company.database.write() as db:
        db.execute(sa.update(VERSION_TABLE).values(version_num="0001"))
    answer = ask(api, "/ready")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert answer.body == {"status": "not ready", "reasons": ["tables are of another version: 1 of 1 companies"]}
    assert ask(api, "/health").status == 200
    with api.principal.company.database.write() as db:
        db.execute(sa.update(VERSION_TABLE).values(version_num=HEAD))
    make_check_due(api)
    assert ask(api, "/ready").status == 200


def test_a_database_that_does_not_answer_is_a_reason(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    database = api.principal.company.database
    with database.write() as db:
        # Stands for a file that is damaged or a schema that is gone.
        db.execute_sql(f"drop table {f'{database.schema}.' if database.schema else ''}alembic_version")
    answer = ask(api, "/ready")
    assert answer.status == 503
    assert answer.body["reasons"] == ["databases do not answer: 1 of 1 companies"]
    # Strangers are not told which company it is; the log says it.
    assert "The database of tests does not answer" in caplog.text


def test_without_the_platform_nothing_is_ready(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError("postgresql://user:hunter2@db.example is away")

    monkeypatch.setattr(api.companies.platform, "list_companies", fail)
    answer = ask(api, "/ready")
    assert (answer.status, answer.body["reasons"]) == (503, ["the database of the platform does not answer"])


def test_jobs_that_do_not_run_are_a_reason(api: Api) -> None:
    runs = False
    api.app.health.jobs_run = lambda: runs
    assert ask(api, "/ready").body["reasons"] == ["background jobs do not run"]
    runs = True
    assert ask(api, "/ready").status == 200


def test_a_database_that_hangs_is_a_reason_and_waited_for_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    released, checks = threading.Event(), []

    def hang(_: ReadinessCheck) -> list[str]:
        checks.append(threading.get_ident())
        released.wait(20)
        return []

    monkeypatch.setattr(ReadinessCheck, "problems", hang)
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 0.05)

    async def ask_often() -> None:
        for _ in range(3):
            answers = await asyncio.gather(*(api.app.health.answer(health.READY) for _ in range(20)))
            assert {(answer.status, tuple(answer.body["reasons"])) for answer in answers} == {  # type: ignore[arg-type]
                (503, ("databases take too long to answer",))
            }
        assert (await api.app.health.answer(health.HEALTH)).status == 200
        released.set()
        while (await api.app.health.answer(health.READY)).status != 200:
            await asyncio.sleep(0.01)

    asyncio.run(ask_often())
    assert len(checks) == 1


def test_questions_share_one_look_at_the_databases(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    def look(_: ReadinessCheck) -> list[str]:
        looks.append(time.monotonic())
        return []

    monkeypatch.setattr(ReadinessCheck, "problems", look)

    async def ask_often() -> None:
        for _ in range(100):
            assert (await api.app.health.answer(health.READY)).status == 200

    asyncio.run(ask_often())
    assert len(looks) <= 1 + (looks[-1] - looks[0]) / health.RESULT_SECONDS


def test_companies_have_their_turn(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    company = api.principal.company
    companies = [company._replace(id=number) for number in range(1, 51)]
    seen: list[int] = []
    monkeypatch.setattr(api.companies.platform, "list_companies", lambda: companies)

    def find_problem(one: Company) -> str:
        seen.append(one.id)
        return "tables are bad"

    monkeypatch.setattr("dealwright.crm.readiness._problem", find_problem)
    check = ReadinessCheck(api.companies)
    found = [check.problems() for _ in range(3)]
    assert seen == [*range(1, 51)]
    assert found[0] == ["tables are bad: 20 of 50 companies"]
    assert found[2] == ["tables are bad: 50 of 50 companies"]


def test_limits_of_a_plan_do_not_count_them(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api()
    window = PLANS["lite"].api_token_requests
    for _ in range(3 * window):
        assert api.send("GET", "/ready").status == 200
        assert "x-ratelimit-limit" not in api.send("GET", "/health").headers
    assert api.get("/api/v2/deals").headers["x-ratelimit-remaining"] == str(window - 1)
