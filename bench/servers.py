"""Runs servers and load: uvicorn on one core, wrk on another; measures processor time and memory."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench.baseline import RecordedResponse

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 16
START_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]


class Server(NamedTuple):
    """A running server; ``ready_seconds`` is the time from its start to its first answer."""

    pid: int
    port: int
    ready_seconds: float

    def cpu_seconds(self) -> float:
        """Returns the processor time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> dict[str, float]:
        """Returns megabytes of memory: ``VmRSS`` (with mapped database pages) and ``RssAnon`` (the process's own)."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        values = {name: value for name, _, value in (line.partition(":") for line in lines)}
        return {name: int(values[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon")}


class Scenario(NamedTuple):
    """A request to measure, the paths it is spread over, and the number of concurrent connections."""

    name: str
    method: str
    paths: Sequence[str]
    body: str = ""
    connections: int = CONNECTIONS


class LoadResult(msgspec.Struct, frozen=True):
    """The result of one run of wrk. ``refused`` counts answers that are not successes."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int


@contextmanager
def run_uvicorn(
    factory: str, variables: Mapping[str, str], *, first_path: str = "/", token: str = ""
) -> Iterator[Server]:
    """Runs an application under uvicorn, one process on one core; yields the server once ``first_path`` is answered."""
    port = _free_port()
    command = [
        *("taskset", "--cpu-list", str(SERVER_CORE), sys.executable, "-m", "uvicorn", "--factory", factory),
        *("--host", "127.0.0.1", "--port", str(port), "--loop", "uvloop", "--http", "httptools"),
        *("--no-access-log", "--log-level", "warning"),
    ]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | variables)
    try:
        while True:
            with suppress(OSError):
                send_request(port, "GET", first_path, token)
                break
            if process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                raise RuntimeError(f"{factory} did not start")
            time.sleep(0.005)
        yield Server(process.pid, port, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait()


def send_request(port: int, method: str, path: str, token: str, body: str = "") -> RecordedResponse:
    """Sends one request, as the load does; returns the whole answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body or None, {"x-api-token": token, "content-type": "application/json"})
        answer = connection.getresponse()
        # uvicorn adds these two by itself.
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in ("date", "server")]
        return RecordedResponse(answer.status, headers, answer.read())
    finally:
        connection.close()


def run_load(wrk: str, port: int, scenario: Scenario, token: str, seconds: int, folder: Path) -> LoadResult:
    """Requests the paths at random, over and over, from another core; returns the result."""
    (folder / "paths").write_text("\n".join(scenario.paths) + "\n")
    variables = {
        "BENCH_PATHS": str(folder / "paths"),
        "BENCH_TOKEN": token,
        "BENCH_METHOD": scenario.method,
        "BENCH_BODY": scenario.body,
    }
    command = [
        *("taskset", "--cpu-list", str(LOAD_CORE), wrk, "--threads", "1", "--connections", str(scenario.connections)),
        *("--duration", f"{seconds}s", "--script", "bench/targets.lua", f"http://127.0.0.1:{port}"),
    ]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | variables, check=True, stdout=subprocess.PIPE, text=True)
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=LoadResult)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
