"""Sends a load of random calls to a server and collects what is wrong with its answers."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import orjson

from dealwright.server.requests import Request
from tests.api import ROUTER
from tests.fuzz.canary import Wait, Waits
from tests.fuzz.random_calls import Calls
from tests.fuzz.request_writer import Call
from tests.response_checks import check_response

CLIENTS = 4
TIMEOUT_SECONDS = 60.0
SLOW_SECONDS = 0.5
"""Calls that take longer themselves are listed, so that a long wait of another client can be traced to its cause."""

_VARYING = re.compile(r"\d+|[0-9a-f]{8,}")


class Finding(NamedTuple):
    """Something that is wrong with an answer, and the call; the same of other calls is not kept."""

    what: str
    detail: str
    call: Call


class SlowCall(NamedTuple):
    """A call that took long."""

    began: float
    seconds: float
    call: Call


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    content_type: str
    content: bytes


class Report:
    """What came of a load. Threads share it."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.statuses: Counter[int] = Counter()
        self.unanswered = 0
        self.checked = 0
        self.refused_with_token = 0
        self.findings: dict[tuple[str, str], Finding] = {}
        self.times_found: Counter[tuple[str, str]] = Counter()
        self.slow: list[SlowCall] = []
        self.waits = Waits(0, 0, [])
        self.seconds = 0.0
        self._lock = threading.Lock()

    def add(self, call: Call, what: str, detail: str = "") -> None:
        """Adds a finding unless there is one of its kind."""
        key = (call.operation, _VARYING.sub("N", what)[:200])
        with self._lock:
            self.times_found[key] += 1
            self.findings.setdefault(key, Finding(what, detail, call))

    def count(self, answer: Answer | None, *, checked: bool) -> None:
        """Counts an answer."""
        with self._lock:
            if answer is None:
                self.unanswered += 1
            else:
                self.statuses[answer.status] += 1
                self.checked += checked

    def lines(self) -> Iterator[str]:
        """Yields the report as text."""
        total = self.statuses.total() + self.unanswered
        classes = Counter({f"{status // 100}xx": 0 for status in self.statuses})
        for status, number in self.statuses.items():
            classes[f"{status // 100}xx"] += number
        yield f"{total} calls in {self.seconds:.0f} s; {self.checked} answers compared with the contract"
        yield "by class: " + ", ".join(f"{name} {number}" for name, number in sorted(classes.items()))
        yield "by status: " + ", ".join(f"{status} {number}" for status, number in sorted(self.statuses.items()))
        yield f"connections that were closed without an answer, to requests that are none: {self.unanswered}"
        yield f"another client's GETs: {self.waits.requests}, without an answer: {self.waits.unanswered}; the longest waits:"
        for wait in self.waits.longest:
            running = [
                slow
                for slow in self.slow
                if slow.began < wait.began + wait.seconds and wait.began < slow.began + slow.seconds
            ]
            during = ", ".join(
                f"{slow.call.operation} (call {slow.call.number}, {slow.seconds:.2f} s)" for slow in running
            )
            yield f"  {wait.seconds:.3f} s, in which the server computed {wait.cpu_seconds:.2f} s and waited for a processor {wait.queued_seconds:.2f} s{f', during {during}' if during else ''}"
        for slow in sorted(self.slow, key=lambda slow: slow.seconds, reverse=True)[:10]:
            yield f"slow: {slow.seconds:.2f} s {slow.call.operation} (call {slow.call.number}): {slow.call.raw[:300]!r}"
        for key, finding in self.findings.items():
            yield f"FINDING, {self.times_found[key]} times: {finding.call.operation} (call {finding.call.number}): {finding.what}"
            yield f"  {finding.call.raw[:1500]!r}"
            if finding.detail:
                yield "  " + finding.detail.replace("\n", "\n  ")


class Client:
    """A connection that is kept open as long as the server keeps it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname, parts.port)
        self.socket: socket.socket | None = None

    def send(self, call: Call) -> Answer | None:
        """Returns the answer; None where the server closes the connection without one. Raises TimeoutError when it does nothing."""
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=TIMEOUT_SECONDS)
        try:
            self.socket.sendall(call.raw)
            if not call.is_complete:
                # The server must not wait for more.
                self.socket.shutdown(socket.SHUT_WR)
            response = HTTPResponse(self.socket, method=call.method)
            response.begin()
            answer = Answer(response.status, response.getheader("content-type", ""), response.read())
            closes = response.will_close or not call.is_complete
        except TimeoutError:
            self.close()
            raise
        except (OSError, HTTPException):
            self.close()
            return None
        if closes:
            self.close()
        return answer

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


@contextmanager
def run_canary(report: Report, url: str, token: str, pid: int) -> Iterator[None]:
    """Lets another client ask for something cheap all the time; how long it waited goes into the report."""
    command = [sys.executable, "-m", "tests.fuzz.canary", url, token, str(pid)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield
        finally:
            output, _ = process.communicate()
    requests, unanswered, longest = json.loads(output)
    report.waits = Waits(requests, unanswered, [Wait(*wait) for wait in longest])


def send_all(report: Report, calls: Calls, number: int, url: str, first: int = 0) -> None:
    """Sends so many calls, from several connections at the same time."""
    numbers = count(first)
    began = time.time()

    def work() -> None:
        client = Client(url)
        while (next_number := next(numbers)) < first + number:
            _send_one(report, client, calls.make(next_number))
        client.close()

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report.seconds += time.time() - began


def _send_one(report: Report, client: Client, call: Call) -> None:
    log_size = report.log.stat().st_size
    was_open = client.socket is not None
    began = time.time()
    try:
        answer = client.send(call)
        if answer is None and was_open and call.is_complete:
            # The server may have closed an idle connection just then.
            answer = client.send(call)
    except TimeoutError:
        report.add(call, f"no answer in {TIMEOUT_SECONDS:.0f} s")
        return
    seconds = time.time() - began
    if seconds > SLOW_SECONDS:
        report.slow.append(SlowCall(began, seconds, call))
    checked = False
    if answer is None:
        if call.is_complete:
            report.add(call, "the connection was closed without an answer")
    elif answer.status >= 500:
        time.sleep(0.1)
        report.add(call, f"{answer.status} {_exception(report.log, log_size)}", _log_since(report.log, log_size))
    else:
        try:
            checked = _check(call, answer)
        except AssertionError as error:
            report.add(call, str(error)[:1000])
    report.count(answer, checked=checked)


def _check(call: Call, answer: Answer) -> bool:
    """Whether an answer could be compared with the contract. Raises AssertionError when it is not what is declared."""
    if not answer.content_type.startswith("application/json") or answer.status == 401 or not answer.content:
        return False
    try:
        body: Any = orjson.loads(answer.content)
    except orjson.JSONDecodeError as error:
        raise AssertionError(f"the answer is no JSON: {error}") from None
    if not call.target:
        return False
    path = unquote(call.target.partition("?")[0], errors="replace")
    request = Request({"type": "http", "method": call.method, "path": path, "query_string": b"", "headers": []})
    match = ROUTER.find(call.method, request.path)
    if match.target is None or answer.status in (414, 431):
        return False
    if answer.status == 403 and "Scope" in str(body.get("error")):
        return False
    check_response(match.target.endpoint, answer.status, body, selected=request.selected_fields is not None)
    return True


def _log_since(log: Path, size: int) -> str:
    with log.open("rb") as file:
        file.seek(size)
        return file.read(6000).decode(errors="replace").strip()


def _exception(log: Path, size: int) -> str:
    """Returns the last line of a traceback that the log got since it had a size."""
    lines = _log_since(log, size).splitlines()
    return next((line for line in reversed(lines) if re.match(r"[\w.]+(Error|Exception|\w): ", line)), "")
