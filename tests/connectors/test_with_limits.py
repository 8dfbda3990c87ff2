"""The connector with the limits of the real server: what it waits for, what it does not, and its budget."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from dealwright.connectors import Client, RateLimited, connections
from dealwright.crm.companies import Companies
from dealwright.server.application import Application
from dealwright.server.limits import RateLimiter
from dealwright.server.rate_limit_plans import PLANS, RateLimitPolicy
from dealwright.storage import token_usage
from dealwright.storage.platform import Platform
from tests import company
from tests.connectors.test_budget import NoonClock

BUDGET = 30_000
STAGES: Any = "v2.get_stages"
COST = 5


class LimitedCrm:
    """A CRM within the limits of the smallest plan, and a client of it; both use ``clock``."""

    def __init__(self, location: str) -> None:
        self.clock = NoonClock()
        self.platform = Platform(location)
        self.companies = Companies(self.platform, lambda: datetime.fromtimestamp(self.clock.time(), UTC))
        self.company = self.platform.list_companies()[0]
        self.token = self.platform.issue_token(self.company.id, 1)
        self.app = Application(self.companies, limits=RateLimiter(self.companies, RateLimitPolicy(plan=PLANS["lite"])))

    def spend(self, tokens: int) -> None:
        """Spends tokens as another machine."""
        token_usage.add(self.platform, self.company.id, self.companies.clock().date(), tokens)


@pytest.fixture
def crm(template_folder: Path, tmp_path: Path) -> Iterator[LimitedCrm]:
    crm = LimitedCrm(company.copy_folder(template_folder, tmp_path / "platform"))
    yield crm
    crm.app.close()
    crm.platform.close()


@pytest.fixture
def client(crm: LimitedCrm) -> Iterator[Client]:
    server = uvicorn.Server(uvicorn.Config(crm.app, log_level="warning", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with Client(connections.server("crm", url, crm.token), clock=crm.clock) as client:
            yield client
        server.should_exit = True
        thread.join()


def test_a_burst_is_waited_for(crm: LimitedCrm, client: Client) -> None:
    for number in range(20):
        client.run("v2.post_deals", {"data": {"title": f"Deal {number}"}})
    assert crm.clock.pauses == []
    client.run("v2.post_deals", {"data": {"title": "Deal 20"}})
    [pause] = crm.clock.pauses
    # The wait that the server has told of before it refused anything.
    assert 2 <= pause <= 2.5
    deals = list(client.iterate("v2.get_deals", {"limit": 1}))
    assert [deal["title"] for deal in deals] == [f"Deal {number}" for number in range(21)]
    assert len(crm.clock.pauses) == 2
    # Both sides count the same: what was refused cost nothing.
    answer = client.request(STAGES)
    assert client.budget.remaining == int(answer.headers["x-daily-ratelimit-token-remaining"])
    assert client.budget.spent == 21 * 5 + 21 * 10 + COST == BUDGET - (client.budget.remaining or 0)


def test_searches_are_waited_for(crm: LimitedCrm, client: Client) -> None:
    for _ in range(11):
        client.run("v2.get_item_search", {"term": "deal"})
    [pause] = crm.clock.pauses
    assert 2 <= pause <= 2.5


def test_a_spent_day_is_not_waited_for(crm: LimitedCrm, client: Client) -> None:
    crm.spend(BUDGET - COST - 2)
    assert client.run(STAGES)["success"]
    assert client.budget.remaining == 2
    # The tokens left are fewer than the call costs: the server accepts it, and no more calls that day.
    assert client.run(STAGES)["success"]
    assert (client.budget.limit, client.budget.remaining) == (BUDGET, 0)
    for action in (STAGES, "v2.get_deals"):
        with pytest.raises(RateLimited) as caught:
            client.run(action)
        assert caught.value.window == "daily"
        assert caught.value.retry_after == pytest.approx(12 * 3600, abs=1)
    assert crm.clock.pauses == []
    midnight = datetime(2026, 1, 6, tzinfo=UTC)
    assert abs(client.budget.resets_at - midnight) < timedelta(seconds=2)
    crm.clock.advance(12 * 3600 + 1)
    assert client.budget.remaining is None
    assert client.run(STAGES)["success"]
    assert client.budget.remaining == BUDGET - COST


def test_the_embedded_crm_has_no_limits() -> None:
    with Client() as crm:
        for _ in range(130):
            answer = crm.request(STAGES)
        assert answer.headers["x-ratelimit-remaining"] == "119"
        assert (crm.budget.limit, crm.budget.remaining) == (210_000, 210_000)
