"""Every attempt to get out comes to nothing, at each level that this machine has and that holds it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dealwright.isolation import levels, process
from dealwright.isolation.levels import Level
from dealwright.isolation.limits import Limits
from dealwright.isolation.process import Process
from tests.isolation import escapes
from tests.isolation.escapes import ATTEMPTS
from tests.waiting import wait_for

SECRET_TEXT = "what-nobody-may-read"

CASES = [(name, level) for name, attempt in ATTEMPTS.items() for level in attempt.levels]


def require(level: Level) -> None:
    reason = levels.probe(level).reason
    if reason is not None:
        pytest.skip(f"level {level}: {reason}")


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """Yields what an attempt knows of the outside: a secret, and sockets that take whoever comes."""
    folder = tmp_path_factory.mktemp("outside")
    secret = folder / "secret.txt"
    secret.write_text(SECRET_TEXT)
    abstract = f"dealwright-test-{os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as by_file,
        socket.socket(socket.AF_UNIX) as by_name,
    ):
        by_file.bind(str(folder / "s"))
        by_file.listen()
        by_name.bind(f"\0{abstract}")
        by_name.listen()
        yield {
            "SECRET": str(secret),
            "SECRET_TEXT": SECRET_TEXT,
            "HOME": str(Path.home()),
            "SOURCE": process.__file__,
            "SERVER": os.getpid(),
            "PORT": server.getsockname()[1],
            "UNIX": str(folder / "s"),
            "ABSTRACT": abstract,
        }


@pytest.mark.parametrize(("name", "level"), CASES)
def test_an_attempt_comes_to_nothing(name: str, level: Level, outside: dict[str, object]) -> None:
    require(level)
    attempt = ATTEMPTS[name]
    ran = escapes.run(attempt, level, outside)
    assert ran.is_held(attempt), (ran.ended, ran.output[-2000:])
    assert ran.ended.error is None or SECRET_TEXT not in ran.ended.error


@pytest.mark.parametrize("level", levels.LEVELS)
def test_what_scripts_need_is_there(level: Level) -> None:
    require(level)
    code = """
import asyncio, csv, datetime, decimal, io, json, re, sqlite3, statistics, threading, zoneinfo
print(datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset())
async def both():
    return await asyncio.gather(asyncio.sleep(0, "a"), asyncio.to_thread(str, "b"))
print(asyncio.run(both()))
thread = threading.Thread(target=print, args=("c",)); thread.start(); thread.join()
print(sqlite3.connect(":memory:").execute("select 7").fetchone())
"""
    output = bytearray()
    ran = Process(code, level, Limits(), answer=bytes, on_output=lambda _, content: output.extend(content)).run()
    assert ran.outcome == "finished", output
    assert output.decode().split("\n") == ["2:00:00", "['a', 'b']", "c", "(7,)", ""]


@pytest.mark.parametrize("level", ["A", "B"])
def test_a_script_has_a_folder_of_its_own(level: Level) -> None:
    require(level)
    output = bytearray()
    code = "open('a.csv', 'w').write('1;2')\nprint(open('a.csv').read(), __import__('os').listdir())"
    for _ in range(2):
        assert (
            Process(code, level, Limits(), answer=bytes, on_output=lambda _, one: output.extend(one)).run().outcome
            == "finished"
        )
    assert output.decode() == "1;2 ['a.csv']\n" * 2


@pytest.mark.parametrize("level", levels.LEVELS)
def test_a_stop_ends_it_at_once(level: Level) -> None:
    require(level)
    begun = threading.Event()
    script = Process("print(1)\nwhile True: pass", level, Limits(), answer=bytes, on_output=lambda *_: begun.set())
    ended: list[process.Ended] = []
    thread = threading.Thread(target=lambda: ended.append(script.run()))
    thread.start()
    assert begun.wait(60)
    script.stop()
    thread.join(60)
    assert [one.outcome for one in ended] == ["stopped"]


@pytest.mark.parametrize("level", levels.LEVELS)
def test_a_script_dies_with_its_server(level: Level, tmp_path: Path) -> None:
    """A server that is killed leaves nothing that runs."""
    require(level)
    mark = f"mark{os.getpid()}{level}"
    server = textwrap.dedent(f"""
        import sys
        from dealwright.isolation.limits import Limits
        from dealwright.isolation.process import Process
        limits = Limits(wall_seconds=300.0, file_bytes={len(mark)} + 1_000_000)
        Process("print('{mark}')\\nimport time\\ntime.sleep(300)", {level!r}, limits, answer=bytes,
                on_output=lambda _, text: print(text.decode(), flush=True)).run()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", server], stdout=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(tmp_path)}
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == f"{mark}\n"
        assert running_under(started.pid)
        pids = running_under(started.pid)
        started.send_signal(signal.SIGKILL)
        started.wait()
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


def running_under(pid: int) -> list[int]:
    """Returns the descendants of a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *running_under(child)]
    return found


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("level", levels.LEVELS)
def test_calls_go_through_the_socket(level: Level) -> None:
    require(level)
    asked: list[bytes] = []

    def answer(content: bytes) -> bytes:
        asked.append(content)
        return (
            b'J{"data": [1, 2]}'
            if len(asked) < 3
            else b"B\0\1"
            if len(asked) == 3
            else b'X{"type": "ApiError", "message": "no", "status": 404}'
        )

    code = """
import datetime, decimal
from dealwright import ApiError, run_connection_action
from abstra.connectors import run_connection_action as same
assert run_connection_action is same
print(run_connection_action("local", "get_deals", {"since": datetime.date(2026, 1, 2), "value": decimal.Decimal("1.5")}))
print(run_connection_action(connection_name="local", action="a", payload={}))
print(run_connection_action("local", "a"))
try:
    run_connection_action("local", "a", idempotency_key="k")
except ApiError as error:
    print(error, error.status)
"""
    output = bytearray()
    ran = Process(code, level, Limits(), answer=answer, on_output=lambda _, content: output.extend(content)).run()
    assert (ran.outcome, output.decode()) == ("finished", "{'data': [1, 2]}\n{'data': [1, 2]}\nb'\\x00\\x01'\nno 404\n")
    assert (
        asked[0] == b'{"connection": "local", "action": "get_deals", "params": {"since": "2026-01-02", "value": 1.5}}'
    )
    assert b'"idempotency_key": "k"' in asked[3]


def test_the_manual_has_the_table() -> None:
    text = escapes.MANUAL.read_text()
    assert escapes.with_table(text) == text
    assert escapes.table() in text
