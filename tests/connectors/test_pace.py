"""Many threads and tasks on one connection: they share what the service says of its limits, and only time ends their waits."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from dealwright.connectors import Client, RateLimited, connections
from dealwright.connectors.connections import server
from dealwright.crm.companies import Companies
from dealwright.server.application import Application
from dealwright.server.limits import RateLimiter
from dealwright.server.rate_limit_plans import PLANS, RateLimitPolicy
from dealwright.storage.platform import Platform
from tests import company
from tests.connectors.clock import Clock
from tests.connectors.service import TOKEN, StubResponse, StubService

SPEED = 5
"""How many times faster the clock of client and server goes than time does."""


class FastClock:
    """A clock for threads that really wait, only for a shorter time."""

    def __init__(self) -> None:
        self._started = time.time()

    def time(self) -> float:
        return self._started + self.monotonic()

    def monotonic(self) -> float:
        return (time.time() - self._started) * SPEED

    def sleep(self, seconds: float, /) -> None:
        time.sleep(seconds / SPEED)


class LimitedServer:
    """A server on plan lite; ``refused`` counts the requests that were too many."""

    def __init__(self, location: str, clock: FastClock) -> None:
        self.platform = Platform(location)
        companies = Companies(self.platform, lambda: datetime.fromtimestamp(clock.time(), UTC))
        self.application = Application(companies, limits=RateLimiter(companies, RateLimitPolicy(plan=PLANS["lite"])))
        self.token = self.platform.issue_token(self.platform.list_companies()[0].id, 1)
        self.refused = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def count(message: Any) -> None:
            self.refused += message.get("status") == 429
            await send(message)

        await self.application(scope, receive, count)


@contextmanager
def run_server(location: str, clock: FastClock) -> Iterator[tuple[LimitedServer, str]]:
    """Runs a server on plan lite, and yields it with its address."""
    limited = LimitedServer(location, clock)
    web = uvicorn.Server(uvicorn.Config(limited, log_level="warning", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=web.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield limited, f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            web.should_exit = True
            thread.join()
            limited.application.close()
            limited.platform.close()


def in_threads(count: int) -> Callable[[Callable[[int], Any], int], None]:
    def run(call: Callable[[int], Any], calls: int) -> None:
        with ThreadPoolExecutor(count) as threads:
            list(threads.map(call, range(calls)))

    return run


def in_tasks(count: int) -> Callable[[Callable[[int], Any], int], None]:
    def run(call: Callable[[int], Any], calls: int) -> None:
        async def everything() -> None:
            loop = asyncio.get_running_loop()
            loop.set_default_executor(ThreadPoolExecutor(count))
            await asyncio.gather(*(asyncio.to_thread(call, number) for number in range(calls)))

        asyncio.run(everything())

    return run


def search_or_write(client: Client, number: int) -> None:
    """Half of the calls search, which has a limit of its own, and the others write."""
    if number % 2:
        client.run("get_deals_search", {"term": "Roof"})
    else:
        client.run("post_deals", {"data": {"title": f"Roof {number}"}})


@pytest.mark.parametrize(
    "run", [pytest.param(in_threads(8), id="8 threads"), pytest.param(in_threads(32), id="32 threads"),
            pytest.param(in_tasks(200), id="200 tasks")],
)  # fmt: skip
def test_no_more_are_refused_than_of_one_client_alone(
    template_folder: Path, tmp_path: Path, run: Callable[..., None]
) -> None:
    refused = []
    for number, how in enumerate((in_threads(1), run)):
        clock = FastClock()
        location = company.copy_folder(template_folder, tmp_path / str(number))
        with (
            run_server(location, clock) as (limited, url),
            Client(connections.server("crm", url, limited.token), clock=clock) as client,
        ):
            # Half of them search, which has a limit of its own, and the others write.
            how(partial(search_or_write, client), 200)
            refused.append(limited.refused)
            assert len(list(client.iterate("get_deals"))) == 100
    assert refused[1] <= refused[0]


BURST = StubResponse(
    429, {"success": False}, {"x-ratelimit-limit": "20", "x-ratelimit-remaining": "0", "retry-after": "2"}
)


def test_only_time_ends_the_wait_for_room(service: StubService, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    service.respond_with(BURST)
    with (
        caplog.at_level(logging.INFO, "dealwright"),
        Client(server("crm", service.url, TOKEN), max_wait=60, clock=clock) as client,
        pytest.raises(RateLimited),
    ):
        client.run("v2.get_deals")
    assert len(service.requests) > 10
    assert 50 < sum(clock.pauses) <= 60
    # Each wait is said.
    waits = [record for record in caplog.records if record.name.startswith("dealwright.connectors")]
    assert len(waits) >= len(service.requests) - 1


def test_clients_of_one_connection_wait_together(service: StubService, clock: Clock) -> None:
    service.respond_with(BURST, StubResponse())
    one, two = (Client(server("crm", service.url, TOKEN), clock=clock, retries=retries) for retries in (0, 4))
    with one, two:
        with pytest.raises(RateLimited):
            one.run("v2.get_deals")
        two.run("v2.get_deals")
    # The second has waited although it was never refused.
    assert len(service.requests) == 2
    assert 1.9 < sum(clock.pauses) <= 2.1


def test_a_crm_without_a_plan_is_not_paced(clock: Clock) -> None:
    with Client(clock=clock) as client:
        for _ in range(400):
            client.run("v2.get_deals", {"limit": 1})
        for _ in range(100):
            client.run("v2.get_deals_search", {"term": "Roof"})
    assert clock.pauses == []


def test_a_service_without_limits_is_not_paced(service: StubService, clock: Clock) -> None:
    always = {"x-ratelimit-limit": "120", "x-ratelimit-remaining": "120", "x-ratelimit-reset": "2"}
    service.respond_with(StubResponse(200, {"success": True, "data": []}, always))
    with Client(server("crm", service.url, TOKEN), clock=clock) as client:
        for _ in range(150):
            client.run("v2.get_deals")
    assert clock.pauses == []
