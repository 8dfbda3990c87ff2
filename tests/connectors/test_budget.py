"""What a connection spends is counted, shared by processes, and held below a limit."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dealwright.connectors import BadCall, BudgetExceeded, Client, RateLimited, Unavailable, UnusableConnection
from dealwright.connectors.connections import server
from dealwright.connectors.errors import DealwrightError
from tests.connectors.clock import Clock
from tests.connectors.service import TOKEN, StubResponse, StubService
from tests.connectors.test_pages import cursor_page

BUDGET_HEADERS = {"x-daily-ratelimit-token-limit": "30000", "x-daily-ratelimit-token-remaining": "29985"}
# A list costs 10 tokens, a deal 1, a new one 5.
LIST_CALL: Any = ("v2.get_deals", {})
GET_CALL: Any = ("v2.get_deals_by_id", {"id": 1})
CREATE_CALL: Any = ("v2.post_deals", {"data": {"title": "Roof"}})


class NoonClock(Clock):
    """Noon of a day, in UTC."""

    def __init__(self) -> None:
        super().__init__()
        self._noon = datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp()

    def time(self) -> float:
        return self._noon + self._offset

    def monotonic(self) -> float:
        return self._offset


def make_client(service: StubService, name: str = "crm", **settings: Any) -> Client:
    return Client(server(name, service.url, TOKEN), **{"clock": NoonClock(), **settings})


def test_a_day_at_the_service(service: StubService) -> None:
    with make_client(service, max_cost=500) as client:
        service.respond_with(StubResponse(headers=BUDGET_HEADERS))
        for call in (LIST_CALL, GET_CALL, CREATE_CALL):
            client.run(*call)
        budget = client.budget
    assert (budget.spent, budget.requests, budget.max_cost) == (16, 3, 500)
    assert (budget.limit, budget.remaining) == (30000, 29985)
    assert budget.told_at == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert budget.resets_at == datetime(2026, 1, 6, tzinfo=UTC)


def test_nothing_yet(service: StubService, tmp_path: Path) -> None:
    with make_client(service) as client:
        budget = client.budget
    assert (budget.spent, budget.requests, budget.max_cost, budget.limit, budget.remaining) == (0, 0, None, None, None)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("max_cost", [None, 1000])
def test_what_is_counted(service: StubService, max_cost: int | None) -> None:
    with make_client(service, max_cost=max_cost) as client:
        # Of these, the one that was refused for too many requests costs nothing.
        service.respond_with(StubResponse(500, {}), StubResponse(429, {}), StubResponse())
        client.run(*LIST_CALL)
    with make_client(service, max_cost=max_cost) as client:
        assert (client.budget.spent, client.budget.requests) == (20, 2)
        service.respond_with(StubResponse(404, {"success": False}))
        with pytest.raises(DealwrightError):
            client.run(*GET_CALL)
        assert client.budget.spent == 21
    with make_client(service, "other") as client:
        assert client.budget.spent == 0


@pytest.mark.parametrize("max_cost", [None, 1000])
def test_a_request_that_was_not_sent_costs_nothing(max_cost: int | None) -> None:
    unreachable = server("crm", "http://127.0.0.1:9", TOKEN)
    with Client(unreachable, max_cost=max_cost, retries=0) as client:
        with pytest.raises(Unavailable):
            client.run(*LIST_CALL)
        assert (client.budget.spent, client.budget.requests) == (0, 0)


def test_a_day_ends(service: StubService) -> None:
    clock = NoonClock()
    with make_client(service, clock=clock) as client:
        service.respond_with(StubResponse(headers=BUDGET_HEADERS))
        client.run(*LIST_CALL)
        clock.advance(11 * 3600)
        assert (client.budget.spent, client.budget.remaining) == (10, 29985)
        clock.advance(3600)
        assert (client.budget.spent, client.budget.remaining) == (0, None)


def test_the_day_of_a_time_zone(service: StubService) -> None:
    clock = NoonClock()
    with make_client(service, clock=clock, time_zone=ZoneInfo("Asia/Kolkata")) as client:
        assert client.budget.resets_at == datetime(2026, 1, 5, 18, 30, tzinfo=UTC)
        client.run(*LIST_CALL)
        clock.advance(6.6 * 3600)
        assert client.budget.spent == 0


def test_a_spent_budget_has_the_time_of_its_reset(service: StubService) -> None:
    clock = NoonClock()
    headers = {**BUDGET_HEADERS, "x-daily-ratelimit-token-remaining": "0", "retry-after": "3600"}
    with make_client(service, clock=clock) as client:
        service.respond_with(StubResponse(429, {}, headers))
        with pytest.raises(RateLimited):
            client.run(*LIST_CALL)
        assert client.budget.remaining == 0
        assert client.budget.resets_at == datetime(2026, 1, 5, 13, tzinfo=UTC)
        clock.advance(3601)
        budget = client.budget
    assert (budget.limit, budget.remaining, budget.told_at) == (None, None, None)
    assert budget.resets_at == datetime(2026, 1, 6, tzinfo=UTC)


def test_a_call_above_its_max_cost(service: StubService) -> None:
    with make_client(service) as client:
        with pytest.raises(BudgetExceeded) as caught:
            client.run(*LIST_CALL, max_cost=9)
        assert isinstance(caught.value, BadCall)
        assert service.requests == []
        assert (caught.value.cost, caught.value.spent, caught.value.max_cost) == (10, 0, 9)
        with pytest.raises(BudgetExceeded):
            client.iterate(*LIST_CALL, max_cost=9)
        # Every attempt that may have reached the service counts.
        service.respond_with(StubResponse(500, {}))
        with pytest.raises(BudgetExceeded):
            client.run(*LIST_CALL, max_cost=25)
        assert len(service.requests) == 2


def test_an_iteration_above_its_max_cost(service: StubService) -> None:
    service.respond_with(cursor_page(1, "a"), cursor_page(3, "b"), cursor_page(5, None))
    with make_client(service) as client:
        iterator = client.iterate(*LIST_CALL, max_cost=25)
        assert [next(iterator)["id"] for _ in range(4)] == [1, 2, 3, 4]
        with pytest.raises(BudgetExceeded):
            next(iterator)
    assert len(service.requests) == 2


def test_a_day_above_its_max_cost(service: StubService) -> None:
    clock = NoonClock()
    with (
        make_client(service, clock=clock, max_cost=25) as client,
        make_client(service, clock=clock, max_cost=25) as other,
    ):
        client.run(*LIST_CALL)
        other.run(*LIST_CALL)
        with pytest.raises(BudgetExceeded) as caught:
            client.run(*LIST_CALL)
        assert (caught.value.spent, caught.value.resets_at) == (20, datetime(2026, 1, 6, tzinfo=UTC))
        client.run(*CREATE_CALL)
        assert len(service.requests) == 3
        clock.advance(timedelta(hours=12).total_seconds())
        client.run(*LIST_CALL)


def test_processes_share_the_ledger(service: StubService) -> None:
    code = (
        "import sys\n"
        "from dealwright.connectors import BudgetExceeded, Client\n"
        "sent = 0\n"
        "with Client('crm', max_cost=300) as client:\n"
        "    try:\n"
        "        for _ in range(200):\n"
        "            client.run('v2.get_deals')\n"
        "            sent += 1\n"
        "    except BudgetExceeded:\n"
        "        print(sent)\n"
    )
    environment = {**os.environ, "DEALWRIGHT_CONNECTION_CRM": f"{service.url.replace('//', f'//{TOKEN}@')}"}
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(2)
    ]
    sent = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sum(sent) == len(service.requests) == 30
    with Client(server("crm", service.url, TOKEN)) as client:
        assert (client.budget.spent, client.budget.requests) == (300, 30)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_only_the_user_can_read_the_ledger(service: StubService, tmp_path: Path) -> None:
    with make_client(service) as client:
        client.run(*LIST_CALL)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert modes == {0o600}


def test_a_ledger_that_cannot_be_written(
    service: StubService, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with make_client(service) as client:
        client.run(*LIST_CALL)
        client.run(*LIST_CALL)
    assert len(caplog.records) == 1
    with make_client(service, max_cost=100) as client, pytest.raises(UnusableConnection):
        client.run(*LIST_CALL)
    assert len(service.requests) == 2
