"""The embedded kind: an application in this process, opened once for each folder."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dealwright import connectors, run_connection_action
from dealwright.connectors import Client, Unavailable, UnusableConnection, connections, embedded
from dealwright.connectors.asgi import Application
from dealwright.connectors.client import MAX_OPEN_CRMS
from tests.waiting import wait_for


class EchoApplication:
    """An application that answers, from a thread of its own, with the request that it got."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.api_token = "inside"
        self.closed = False
        self.threads = ThreadPoolExecutor(4)
        self.app: Application = self.handle

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        if scope["query_string"] == b"limit=99":
            raise ZeroDivisionError("as asked")
        if scope["query_string"] == b"limit=98":
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        request_data = {"method": scope["method"], "path": scope["path"], "query": scope["query_string"].decode(),
                "token": headers.get("x-api-token"), "body": body.decode()}  # fmt: skip
        content = await asyncio.get_running_loop().run_in_executor(
            self.threads, lambda: json.dumps({"success": True, "data": request_data}).encode()
        )
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": content[:10], "more_body": True})
        await send({"type": "http.response.body", "body": content[10:]})

    def is_there(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True
        self.threads.shutdown()


@pytest.fixture
def opened_applications(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EchoApplication]]:
    """Yields the opened applications, in their order."""
    found: list[EchoApplication] = []
    module = types.ModuleType(embedded.MODULE)

    def open_application(folder: Path | None = None) -> EchoApplication:
        found.append(EchoApplication(folder))
        return found[-1]

    module.open_application = open_application  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, embedded.MODULE, module)
    yield found
    embedded.close_all()
    assert all(one.closed for one in found)


def test_a_call(opened_applications: list[EchoApplication]) -> None:
    result = run_connection_action("local", "post_deals", {"data": {"title": "Rööf"}})
    assert result["data"] == {
        "method": "POST",
        "path": "/api/v2/deals",
        "query": "",
        "token": "inside",
        "body": '{"title":"Rööf"}',
    }
    assert [one.folder for one in opened_applications] == [None]


def test_paths_and_queries_arrive_as_over_http(opened_applications: list[EchoApplication]) -> None:
    with Client() as client:
        data = client.run("get_goals_by_id_results", {"id": "a/ü", "period.start": "2026-01-01",
                                                      "period.end": "2026-01-02"})["data"]  # fmt: skip
    assert (data["path"], data["query"]) == ("/v1/goals/a/ü/results", "period.start=2026-01-01&period.end=2026-01-02")


def test_one_application_for_each_folder(opened_applications: list[EchoApplication], tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two, one, tmp_path / "two" / ".." / "one"):
        with Client(connections.embedded("sandbox", folder)) as client:
            client.run("v2.get_deals")
    assert [application.folder for application in opened_applications] == [x.resolve() for x in (one, two, one, one)]
    assert all(application.closed for application in opened_applications)


def test_clients_of_a_folder_share_its_application_until_the_last_is_closed(
    opened_applications: list[EchoApplication], tmp_path: Path
) -> None:
    first, second = (Client(connections.embedded(name, tmp_path)) for name in ("one", "two"))
    first.run("v2.get_deals"), second.run("v2.get_deals")
    first.close()
    second.run("v2.get_deals")
    assert [one.closed for one in opened_applications] == [False]
    second.close()
    assert [one.closed for one in opened_applications] == [True]


def test_a_client_that_is_forgotten_keeps_nothing_open(
    opened_applications: list[EchoApplication], tmp_path: Path
) -> None:
    client = Client(connections.embedded("one", tmp_path))
    client.run("v2.get_deals")
    del client
    gc.collect()
    wait_for(lambda: opened_applications[0].closed)


def test_only_so_many_are_kept_open_without_a_client(
    opened_applications: list[EchoApplication], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(MAX_OPEN_CRMS + 3):
        monkeypatch.setenv("DEALWRIGHT_CONNECTION_ONE", f"embedded:{tmp_path / str(number)}")
        run_connection_action("one", "v2.get_deals")
    wait_for(lambda: [one.closed for one in opened_applications] == [True] * 3 + [False] * MAX_OPEN_CRMS)
    connectors.close_all()
    assert all(one.closed for one in opened_applications)


def test_from_many_threads(opened_applications: list[EchoApplication]) -> None:
    with Client() as client, ThreadPoolExecutor(8) as threads:
        starting = threading.Barrier(8)

        def work(number: int) -> list[str]:
            starting.wait()
            return [client.run("get_deals_by_id", {"id": number + 1})["data"]["path"] for _ in range(20)]

        results = list(threads.map(work, range(8)))
    assert results == [[f"/api/v2/deals/{number + 1}"] * 20 for number in range(8)]
    assert len(opened_applications) == 1


def test_from_inside_a_running_loop(opened_applications: list[EchoApplication]) -> None:
    async def caller() -> Any:
        with Client() as client:
            return client.run("get_deals_by_id", {"id": 7})["data"]["path"]

    assert asyncio.run(caller()) == "/api/v2/deals/7"


def test_opened_anew_after_closing(opened_applications: list[EchoApplication]) -> None:
    with Client() as client:
        client.run("v2.get_deals")
        client.close()
        client.run("v2.get_deals")
        assert [one.closed for one in opened_applications] == [True, False]
        embedded.close_all()
        with pytest.raises(UnusableConnection, match="was closed"):
            client.run("v2.get_deals")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
def test_a_forked_child_opens_its_own(opened_applications: list[EchoApplication]) -> None:
    code = (
        "import multiprocessing, sys, types\n"
        "from tests.connectors.test_embedded import EchoApplication\n"
        "sys.modules['dealwright.embedded'] = types.SimpleNamespace(open_application=EchoApplication)\n"
        "from dealwright import run_connection_action as run\n"
        "ask = lambda number: run('local', 'get_deals_by_id', {'id': number})['data']['path']\n"
        "first = ask(1)\n"
        "child = multiprocessing.get_context('fork').Process(target=lambda: print(ask(2), flush=True))\n"
        "child.start(), child.join(10)\n"
        "print(first, ask(3), child.exitcode)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert result.stdout.splitlines() == ["/api/v2/deals/2", "/api/v2/deals/1 /api/v2/deals/3 0"], result.stderr


@pytest.mark.parametrize(("limit", "reason"), [(99, "as asked"), (98, "did not finish")])
def test_an_application_that_fails(opened_applications: list[EchoApplication], limit: int, reason: str) -> None:
    with Client() as client, pytest.raises(Unavailable, match=reason):
        client.run("v2.get_deals", {"limit": limit})


def test_without_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType(embedded.MODULE)

    def open_application(folder: Path | None = None) -> None:
        raise ModuleNotFoundError("No module named 'sqlalchemy'", name="sqlalchemy")

    module.open_application = open_application  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, embedded.MODULE, module)
    with pytest.raises(UnusableConnection, match=r"sqlalchemy.*pip install \".+\[server\]\""):
        run_connection_action("local", "v2.get_deals")


def test_a_folder_that_cannot_be_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = types.ModuleType(embedded.MODULE)

    def open_application(folder: Path | None = None) -> None:
        raise PermissionError("not allowed")

    module.open_application = open_application  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, embedded.MODULE, module)
    with (
        Client(connections.embedded("sandbox", tmp_path)) as client,
        pytest.raises(UnusableConnection, match="not allowed"),
    ):
        client.run("v2.get_deals")
