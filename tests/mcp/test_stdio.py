"""``dealwright mcp`` as clients start it: a program of its own, spoken to over its standard input and output."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import anyio
import mcp_types as types
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from tests.connectors.service import TOKEN, StubResponse, run_service

T = TypeVar("T")

PROGRAM = [sys.executable, "-m", "dealwright"]


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DEALWRIGHT_")}
    folders = {f"DEALWRIGHT_{name}_DIR": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE")}
    return {**kept, **folders, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", **more}


def use(
    folder: Path, mode: str, work: Callable[[Client], Awaitable[T]], *options: str, ask: Any = None, **more: str
) -> T:
    server = StdioServerParameters(
        command=PROGRAM[0], args=[*PROGRAM[1:], "mcp", *options], env=environment(folder, **more)
    )

    async def run() -> T:
        async with Client(server, mode=mode, elicitation_callback=ask) as client:
            return await work(client)

    return anyio.run(run)


async def accept(context: Any, params: Any) -> types.ElicitResult:
    return types.ElicitResult(action="accept", content={})


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_an_agent_works_on_the_crm_of_this_machine(tmp_path: Path, mode: str) -> None:
    async def work(client: Client) -> list[Any]:
        assert "only read" not in (client.instructions or "")
        deal = {"action": "post_deals", "params": {"data": {"title": "Roof"}}}
        made = (await client.call_tool("run_action", deal)).structured_content
        found = (await client.call_tool("run_action", {"action": "get_deals"})).structured_content
        return [made, found]

    made, found = use(tmp_path, mode, work, "--allow", "write", ask=accept)
    assert (made["status"], made["data"]["title"]) == ("done", "Roof")
    assert [one["title"] for one in found["data"]] == ["Roof"]

    async def read(client: Client) -> Any:
        return (
            await client.call_tool("run_action", {"action": "post_deals", "params": {"data": {"title": "x"}}})
        ).structured_content

    refused = use(tmp_path, mode, read)
    assert refused["error"]["kind"] == "NotPermitted"


def test_a_connection_of_the_user_is_called_and_its_calls_are_kept_on_this_machine(tmp_path: Path) -> None:
    with run_service() as service:
        service.responder = lambda _: StubResponse(body={"success": True, "data": {"id": 7, "title": "Roof"}})
        address = service.url.replace("http://", f"http://{TOKEN}@")

        async def work(client: Client) -> Any:
            change = {"action": "patch_deals_by_id", "params": {"id": 7, "data": {"title": "Wall"}}}
            plan = (await client.call_tool("plan_action", change)).structured_content
            return plan, (await client.call_tool("apply_plan", {"plan_id": plan["plan_id"]})).structured_content

        plan, done = use(tmp_path, "auto", work, "-c", "sales", "--allow", "write", DEALWRIGHT_CONNECTION_SALES=address)
    assert (plan["connection"], plan["is_exact"]) == ("sales", False)
    assert plan["would_change"][0]["changes"] == ["title: “Roof” → “Wall”"]
    assert done["status"] == "done"
    assert [one.method for one in service.requests] == ["GET", "GET", "PATCH"]
    assert runs(tmp_path) == [("patch_deals_by_id", "sales", "mcp", "ok")]


def runs(folder: Path) -> list[tuple[str, ...]]:
    """Returns the runs that the company of this machine has."""
    with closing(sqlite3.connect(folder / "data" / "companies" / "local.sqlite3")) as database:
        return database.execute("select action, connection, source, status from runs").fetchall()


def test_groups_are_tools(tmp_path: Path) -> None:
    async def names(client: Client) -> list[str]:
        return [one.name for one in (await client.list_tools()).tools]

    assert "get_pipelines" in use(tmp_path, "auto", names, "--group", "pipelines")
    ended = subprocess.run(
        [*PROGRAM, "mcp", "--group", "nothing"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        input="",
        check=False,
    )
    assert ended.returncode == 3
    assert "There is no group 'nothing'" in ended.stderr


def test_without_the_package_it_says_what_to_install(tmp_path: Path) -> None:
    blocked = "import sys; sys.modules['mcp'] = None; from dealwright.cli import main; sys.exit(main(['mcp']))"
    ended = subprocess.run(
        [sys.executable, "-c", blocked],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        input="",
        check=False,
    )
    assert ended.returncode == 3
    assert re.search(r'pip install ".+\[server,mcp\]"', ended.stderr)


def test_the_package_is_imported_by_nobody_else() -> None:
    """Neither the command line nor a server starts with it."""
    modules = "dealwright.cli.commands, dealwright.cli.server_process, dealwright.mcp.http, dealwright.embedded"
    code = f"import {modules}, sys; print([one for one in ('mcp', 'mcp_types', 'pydantic') if one in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
