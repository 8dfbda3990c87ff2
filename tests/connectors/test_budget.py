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
from tests.connectors.service import TOKEN, Reply, Service
from tests.connectors.test_pages import cursor_page

LEFT = {"x-daily-ratelimit-token-limit": "30000", "x-daily-ratelimit-token-remaining": "29985"}
# A list costs 10 tokens, a deal 1, a new one 5.
LIST: tuple[str, dict[str, Any]] = ("v2.get_deals", {})
ONE = ("v2.get_deals_by_id", {"id": 1})
NEW = ("v2.post_deals", {"data": {"title": "Roof"}})


class Noon(Clock):
    """Noon of a day, in UTC."""

    def __init__(self) -> None:
        super().__init__()
        self._noon = datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp()

    def time(self) -> float:
        return self._noon + self._ahead


def client_of(service: Service, name: str = "crm", **settings: Any) -> Client:
    return Client(server(name, service.url, TOKEN), **{"clock": Noon(), **settings})


def test_a_day_at_the_service(service: Service) -> None:
    with client_of(service, max_cost=500) as client:
        service.answer(Reply(headers=LEFT))
        for call in (LIST, ONE, NEW):
            client.run(*call)
        told = client.budget
    assert (told.spent, told.requests, told.max_cost) == (16, 3, 500)
    assert (told.limit, told.remaining) == (30000, 29985)
    assert told.told_at == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert told.resets_at == datetime(2026, 1, 6, tzinfo=UTC)


def test_nothing_yet(service: Service, tmp_path: Path) -> None:
    with client_of(service) as client:
        told = client.budget
    assert (told.spent, told.requests, told.max_cost, told.limit, told.remaining) == (0, 0, None, None, None)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("max_cost", [None, 1000])
def test_what_is_counted(service: Service, max_cost: int | None) -> None:
    with client_of(service, max_cost=max_cost) as client:
        # Of these, the one that was refused for too many requests costs nothing.
        service.answer(Reply(500, {}), Reply(429, {}), Reply())
        client.run(*LIST)
    with client_of(service, max_cost=max_cost) as client:
        assert (client.budget.spent, client.budget.requests) == (20, 2)
        service.answer(Reply(404, {"success": False}))
        with pytest.raises(DealwrightError):
            client.run(*ONE)
        assert client.budget.spent == 21
    with client_of(service, "other") as client:
        assert client.budget.spent == 0


@pytest.mark.parametrize("max_cost", [None, 1000])
def test_a_request_that_never_left_costs_nothing(max_cost: int | None) -> None:
    nobody = server("crm", "http://127.0.0.1:9", TOKEN)
    with Client(nobody, max_cost=max_cost, retries=0) as client:
        with pytest.raises(Unavailable):
            client.run(*LIST)
        assert (client.budget.spent, client.budget.requests) == (0, 0)


def test_a_day_ends(service: Service) -> None:
    clock = Noon()
    with client_of(service, clock=clock) as client:
        service.answer(Reply(headers=LEFT))
        client.run(*LIST)
        clock.pass_by(11 * 3600)
        assert (client.budget.spent, client.budget.remaining) == (10, 29985)
        clock.pass_by(3600)
        assert (client.budget.spent, client.budget.remaining) == (0, None)


def test_the_day_of_a_time_zone(service: Service) -> None:
    clock = Noon()
    with client_of(service, clock=clock, time_zone=ZoneInfo("Asia/Kolkata")) as client:
        assert client.budget.resets_at == datetime(2026, 1, 5, 18, 30, tzinfo=UTC)
        client.run(*LIST)
        clock.pass_by(6.6 * 3600)
        assert client.budget.spent == 0


def test_a_spent_budget_tells_when_it_begins_anew(service: Service) -> None:
    clock = Noon()
    headers = {**LEFT, "x-daily-ratelimit-token-remaining": "0", "retry-after": "3600"}
    with client_of(service, clock=clock) as client:
        service.answer(Reply(429, {}, headers))
        with pytest.raises(RateLimited):
            client.run(*LIST)
        assert client.budget.remaining == 0
        assert client.budget.resets_at == datetime(2026, 1, 5, 13, tzinfo=UTC)
        clock.pass_by(3601)
        told = client.budget
    assert (told.limit, told.remaining, told.told_at) == (None, None, None)
    assert told.resets_at == datetime(2026, 1, 6, tzinfo=UTC)


def test_one_call_that_may_not_cost_so_much(service: Service) -> None:
    with client_of(service) as client:
        with pytest.raises(BudgetExceeded) as caught:
            client.run(*LIST, max_cost=9)
        assert isinstance(caught.value, BadCall)
        assert service.asked == []
        assert (caught.value.cost, caught.value.spent, caught.value.max_cost) == (10, 0, 9)
        with pytest.raises(BudgetExceeded):
            client.iterate(*LIST, max_cost=9)
        # Every attempt that the service may have heard counts.
        service.answer(Reply(500, {}))
        with pytest.raises(BudgetExceeded):
            client.run(*LIST, max_cost=25)
        assert len(service.asked) == 2


def test_a_walk_that_may_not_cost_so_much(service: Service) -> None:
    service.answer(cursor_page(1, "a"), cursor_page(3, "b"), cursor_page(5, None))
    with client_of(service) as client:
        walk = client.iterate(*LIST, max_cost=25)
        assert [next(walk)["id"] for _ in range(4)] == [1, 2, 3, 4]
        with pytest.raises(BudgetExceeded):
            next(walk)
    assert len(service.asked) == 2


def test_a_day_that_may_not_cost_so_much(service: Service) -> None:
    clock = Noon()
    with client_of(service, clock=clock, max_cost=25) as client, client_of(service, clock=clock, max_cost=25) as other:
        client.run(*LIST)
        other.run(*LIST)
        with pytest.raises(BudgetExceeded) as caught:
            client.run(*LIST)
        assert (caught.value.spent, caught.value.resets_at) == (20, datetime(2026, 1, 6, tzinfo=UTC))
        client.run(*NEW)
        assert len(service.asked) == 3
        clock.pass_by(timedelta(hours=12).total_seconds())
        client.run(*LIST)


def test_processes_share_the_ledger(service: Service) -> None:
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
    assert sum(sent) == len(service.asked) == 30
    with Client(server("crm", service.url, TOKEN)) as client:
        assert (client.budget.spent, client.budget.requests) == (300, 30)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_nobody_else_reads_the_ledger(service: Service, tmp_path: Path) -> None:
    with client_of(service) as client:
        client.run(*LIST)
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert modes == {0o600}


def test_a_ledger_that_cannot_be_written(service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with client_of(service) as client:
        client.run(*LIST)
        client.run(*LIST)
    assert len(caplog.records) == 1
    with client_of(service, max_cost=100) as client, pytest.raises(UnusableConnection):
        client.run(*LIST)
    assert len(service.asked) == 2
