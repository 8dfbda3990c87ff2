"""Clients that want to harm a server before they have shown a token: from 127.0.0.2, while somebody works at 127.0.0.1."""

from __future__ import annotations

import json
import os
import select
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.raw_connection import RawConnection, head, json_body, memory_mb, statuses
from tests.sandbox import Sandbox, run_sandbox
from tests.waiting import wait_for

STRANGER = "127.0.0.2"
MB = 1024 * 1024
MAX_GROWTH_MB = 50
# Seconds in which a server ends what is too slow; far more than it needs, for busy machines.
PATIENCE_SECONDS = 25
OPTIONS = ("--head-seconds", "1", "--slow-seconds", "1", "--idle-seconds", "2", "--max-connections-per-address", "350")

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux: /proc and 127.0.0.2")


class HarmedServer(NamedTuple):
    """A server, and the file with what it says on standard error."""

    sandbox: Sandbox
    log: Path

    def connect(self, source: str = STRANGER, receives: int | None = None) -> RawConnection:
        return RawConnection(self.sandbox.url, source, receives)

    def ask(self, *pieces: bytes, source: str = STRANGER, pause: float = 0.0) -> bytes:
        """Sends pieces on a connection of their own; what the server says until it closes the connection."""
        with closing(self.connect(source)) as connection:
            connection.send(*pieces, pause=pause)
            return connection.read_to_end()

    def memory_mb(self) -> float:
        return memory_mb(self.sandbox.pid)

    def lines(self, text: str) -> list[str]:
        """The lines of the log that hold a text."""
        return [line for line in self.log.read_text().splitlines() if text in line]


@contextmanager
def run_harmed_server(folder: Path, *options: str, max_files: int | None = None) -> Iterator[HarmedServer]:
    """A server that writes a log into a folder, and may open only so many files."""
    log = folder / "log.txt"
    command = f'{f"ulimit -n {max_files}; " if max_files else ""}exec "$@" 2>"{log}"'
    arguments = ("--throwaway", "--empty", "--port", "0", *options)
    with run_sandbox(*arguments, wrapper=("sh", "-c", command, "sh")) as sandbox:
        yield HarmedServer(sandbox, log)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HarmedServer]:
    """A server of one process that is patient for a second."""
    with run_harmed_server(tmp_path_factory.mktemp("server"), *OPTIONS) as started:
        yield started


@contextmanager
def somebody_at_work(server: HarmedServer, name: str) -> Iterator[None]:
    """Somebody at 127.0.0.1 who asks for stages all the time, and gets them; prints how long that took."""
    finished = threading.Event()
    answers: list[tuple[int, float]] = []

    def work() -> None:
        connection = HTTPConnection(urlsplit(server.sandbox.url).netloc, timeout=60)
        while not finished.is_set():
            began = time.perf_counter()
            connection.request("GET", "/v1/stages", headers={"x-api-token": server.sandbox.api_token})
            response = connection.getresponse()
            response.read()
            answers.append((response.status, time.perf_counter() - began))
            time.sleep(0.002)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()
    assert {status for status, _ in answers} == {200}
    p99 = statistics.quantiles([seconds for _, seconds in answers], n=100)[98]
    print(f"{name}: {len(answers)} answers at 127.0.0.1, p99 {p99 * 1000:.1f} ms")


def read_all_to_end(connections: list[RawConnection]) -> list[bytes]:
    """What the server says on each of many connections until it has closed them all, in time."""
    began = time.monotonic()
    answers = [connection.read_to_end() for connection in connections]
    assert time.monotonic() - began < PATIENCE_SECONDS
    return answers


@pytest.mark.parametrize("workers", [1, 2])
def test_half_sent_requests_are_ended(tmp_path: Path, workers: int) -> None:
    options = (*OPTIONS, "--workers", str(workers))
    with run_harmed_server(tmp_path, *options) as server, somebody_at_work(server, "300 half-sent"):
        connections = [server.connect() for _ in range(300)]
        for number, connection in enumerate(connections):
            connection.send(b"GET /v1/deals HTTP/1.1\r\nHost: x\r\n" if number % 10 else b"")
        answers = read_all_to_end(connections)
        for connection in connections:
            connection.close()
    for number, answer in enumerate(answers):
        assert statuses(answer) == ([408] if number % 10 else [])
    # Each process may log each of the two kinds once in ten seconds.
    slow = [line for line in server.log.read_text().splitlines() if STRANGER in line]
    assert 0 < len(slow) <= 2 * workers * (PATIENCE_SECONDS // 10 + 1)


def trickle(pieces: dict[RawConnection, bytes], seconds: float) -> None:
    """Sends its piece on each connection again and again, ten times a second."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        for connection, piece in pieces.items():
            connection.send(piece)
        time.sleep(0.1)


def test_a_head_that_trickles_is_ended(server: HarmedServer) -> None:
    """Each byte comes in time, but the head does not; also when a request before it was answered."""
    asked = head("GET", "/v1/stages", x_api_token=server.sandbox.api_token)
    start = b"GET /v1/deals HTTP/1.1\r\nx: x"
    cases = [
        (start, b"x", [408]),
        (b"\r\n" + start, b"x", [408]),
        (asked, start, [200, 408]),
        (asked + start, b"x", [200, 408]),
        # Ends of lines before a head are part of it.
        (asked, b"\r\n", [200, 408]),
    ]
    with ExitStack() as opened:
        connections = [opened.enter_context(closing(server.connect())) for _ in cases]
        for connection, (first, _, _) in zip(connections, cases, strict=True):
            connection.send(first)
        trickle({connection: case[1] for connection, case in zip(connections, cases, strict=True)}, 2.5)
        answers = read_all_to_end(connections)
    assert [statuses(answer) for answer in answers] == [expected for _, _, expected in cases]


def test_an_idle_connection_is_closed(server: HarmedServer) -> None:
    with closing(server.connect()) as connection:
        connection.send(head("GET", "/v1/stages", x_api_token=server.sandbox.api_token))
        assert connection.read_until(b"}]")
        assert connection.read_to_end().count(b"HTTP/1.1") == 0


@pytest.mark.parametrize(
    ("start", "status"),
    [(b"GET /v1/deals HTTP/1.1\r\nx: ", 431), (b"GET /v1/deals HTTP/1.1\r\n", 431), (b"GET /v1/deals?", 414)],
)
def test_a_head_of_100_mb_is_refused(server: HarmedServer, start: bytes, status: int) -> None:
    before = server.memory_mb()
    pieces = [b"x: y\r\n" * 175_000 if start.endswith(b"\n") else b"x" * MB] * 100
    with somebody_at_work(server, f"100 MB head {start!r}"), closing(server.connect()) as connection:
        # The server says no at once, and reads on for some seconds, so that the client hears it.
        connection.send(start, b"x: y\r\n" * 30_000 if start.endswith(b"\n") else b"x" * 200_000)
        answer = connection.read_to_end()
        connection.send(*pieces)
    assert statuses(answer) == [status]
    assert server.memory_mb() - before < MAX_GROWTH_MB


@pytest.mark.parametrize("path", ["/v1/deals", "/api/v2/deals"])
def test_a_complete_head_that_is_too_large_is_refused(server: HarmedServer, path: str) -> None:
    for request, status in (
        (head("GET", path, x="y" * 70_000), 431),
        (head("GET", f"{path}?x={'y' * 17_000}"), 414),
        (head("GET", f"{path}?x={'y' * 70_000}"), 414),
    ):
        answer = server.ask(request)
        assert statuses(answer) == [status]
        assert json_body(answer)["success"] is False
        assert b"\r\naccess-control-allow-origin: *\r\n" in answer
    # Just below the limits.
    close = {"x_api_token": server.sandbox.api_token, "connection": "close"}
    assert statuses(server.ask(head("GET", path, x="y" * 60_000, **close))) == [200]
    assert statuses(server.ask(head("GET", f"/v1/stages?x={'y' * 16_000}", **close))) == [200]


def header_names(answer: bytes) -> set[bytes]:
    return {line.partition(b":")[0].lower() for line in answer.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]}


def test_refusals_of_the_protocol_look_like_all_others(server: HarmedServer) -> None:
    refused = {
        400: b"GET %s HTTP/1.1\r\nno header\r\n\r\n",
        414: b"GET %s?" + b"x" * 20_000,
        431: b"GET %s HTTP/1.1\r\nx: " + b"y" * 70_000,
        408: b"GET %s HTTP/1.1\r\nx: ",
    }
    for path in ("/v1/deals", "/api/v2/deals", "/oauth/token", "/%6fauth/token", "/app", "/app/x"):
        asked = server.ask(head("GET", "/oauth/nothing" if path not in ("/v1/deals", "/api/v2/deals") else path))
        for status, request in refused.items():
            answer = server.ask(request.replace(b"%s", path.encode()))
            assert statuses(answer) == [status]
            names = header_names(answer)
            assert {b"x-content-type-options", b"x-correlation-id", b"date", b"content-type"} <= names
            is_closed = b"access-control-allow-origin" not in names
            assert is_closed == (path not in ("/v1/deals", "/api/v2/deals")), (path, status)
            # All that is missing are the headers that a token or a log-in brings.
            missing = header_names(asked) - names
            assert all(name.startswith((b"x-ratelimit", b"x-daily", b"x-401")) for name in missing), missing
            assert json_body(answer)["success"] is False
            assert ("code" in json_body(answer)) == (path == "/api/v2/deals")


def test_a_large_body_behind_a_head_is_no_large_head(server: HarmedServer) -> None:
    body = b'{"title": "x"}' + b" " * 500_000
    request = head("POST", "/v1/deals", x_api_token=server.sandbox.api_token, content_length=len(body)) + body
    last = head("GET", "/v1/stages", x_api_token=server.sandbox.api_token, connection="close")
    assert statuses(server.ask(request + request + last)) == [201, 201, 200]


def test_bodies_without_a_token_are_not_read(server: HarmedServer) -> None:
    size = 48 * MB
    form = {"content_type": "multipart/form-data; boundary=b", "content_length": size}
    part = b'--b\r\ncontent-disposition: form-data; name="content"\r\n\r\n'
    before = server.memory_mb()
    with somebody_at_work(server, "48 MB without a token"), ExitStack() as opened:
        connections = [opened.enter_context(closing(server.connect())) for _ in range(8)]
        for connection in connections:
            connection.send(head("POST", "/v1/deals", **form))
            # The answer is there before the body.
            assert statuses(connection.read_to_end()) == [401]
        assert server.memory_mb() - before < MAX_GROWTH_MB
        # A client that reads no answer before it has sent all of it hears the answer, too.
        for method, path in (("POST", "/v1/notes"), ("GET", "/v1/notes"), ("POST", "/nothing")):
            with closing(server.connect()) as connection:
                connection.send(head(method, path, **form) + part, *[bytes(MB)] * 47)
                assert statuses(connection.read_to_end()) == [401]
    assert server.memory_mb() - before < MAX_GROWTH_MB


def test_a_refused_client_that_sends_on_is_cut_off(server: HarmedServer) -> None:
    with closing(server.connect()) as connection:
        connection.send(head("POST", "/v1/deals", content_length=10**9))
        assert statuses(connection.read_to_end()) == [401]
        assert connection.send(*[b"x"] * 1000, pause=0.05) < 1000


def test_unfinished_uploads_with_a_token_take_no_memory(server: HarmedServer) -> None:
    token = server.sandbox.api_token
    form = {"x_api_token": token, "content_type": "multipart/form-data; boundary=b", "content_length": 49 * MB}
    before = server.memory_mb()
    for disposition, status in (('name="content"', 413), ('name="file"; filename="a"', 408)):
        part = f"--b\r\ncontent-disposition: form-data; {disposition}\r\n\r\n".encode()
        with ExitStack() as opened:
            connections = [opened.enter_context(closing(server.connect())) for _ in range(8)]
            for connection in connections:
                connection.send(head("POST", "/v1/files", **form), part, *[bytes(MB)] * 40)
            assert server.memory_mb() - before < MAX_GROWTH_MB
            answers = {(*statuses(answer),) for answer in read_all_to_end(connections)}
        # Those that go on for long after they were refused are cut off.
        assert (status,) in answers
        assert answers <= {(status,), ()}


def test_slow_bodies_are_given_up(server: HarmedServer) -> None:
    """Nothing comes; a byte comes now and then; much comes at first and nothing after that."""
    part = b'--b\r\ncontent-disposition: form-data; name="content"\r\n\r\n'
    bodies = {
        "application/json": b'{"content": "',
        "application/x-www-form-urlencoded": b"content=",
        "multipart/form-data; boundary=b": part,
        "": b"[",
    }
    with ExitStack() as opened:
        trickling: dict[RawConnection, bytes] = {}
        silent: list[RawConnection] = []
        for kind, start in bodies.items():
            request = {"x_api_token": server.sandbox.api_token, "content_type": kind}
            chunk = b"%x\r\n%s\r\n" % (len(start), start)
            for length, first, byte, many in (
                ({"content_length": 500_000}, start, b"x", b"x" * 3000),
                ({"transfer_encoding": "chunked"}, chunk, b"1\r\nx\r\n", b"1\r\nx\r\n" * 3000),
            ):
                connections = [opened.enter_context(closing(server.connect())) for _ in range(3)]
                for connection in connections:
                    connection.send(head("POST", "/v1/notes", **request, **length))
                connections[1].send(first)
                connections[2].send(first + many)
                trickling[connections[1]] = byte
                silent += [connections[0], connections[2]]
        trickle(trickling, 2.5)
        answers = read_all_to_end([*trickling, *silent])
    assert [statuses(answer) for answer in answers] == [[408]] * len(answers)
    assert {json_body(answer)["error"] for answer in answers} == {"The body must bring 1024 bytes a second"}
    assert server.lines(f"{STRANGER}: a body was too slow")


def test_a_body_that_is_fast_enough_has_more_time(server: HarmedServer) -> None:
    body = b'{"title": "x"}' + b" " * 60_000
    pieces = [body[start : start + 3000] for start in range(0, len(body), 3000)]
    fields = {"x_api_token": server.sandbox.api_token, "content_length": len(body), "connection": "close"}
    # It takes more than the second of a slow one.
    assert statuses(server.ask(head("POST", "/v1/deals", **fields), *pieces, pause=0.15)) == [201]


def test_a_client_asks_before_it_sends(server: HarmedServer) -> None:
    body = b'{"title": "x"}'
    fields = {"expect": "100-continue", "content_length": len(body), "connection": "close"}
    with closing(server.connect()) as connection:
        connection.send(head("POST", "/v1/deals", x_api_token=server.sandbox.api_token, **fields))
        assert statuses(connection.read_until(b"\r\n\r\n")) == [100]
        connection.send(body)
        assert statuses(connection.read_to_end()) == [201]
    assert statuses(server.ask(head("POST", "/v1/deals", **fields))) == [401]
    large = {**fields, "content_length": 60 * MB, "x_api_token": server.sandbox.api_token}
    assert statuses(server.ask(head("POST", "/v1/deals", **large))) == [413]


def test_a_client_that_asks_and_then_sends_rubbish_is_refused(server: HarmedServer) -> None:
    fields = {"expect": "100-continue", "transfer_encoding": "chunked", "x_api_token": server.sandbox.api_token}
    for _ in range(20):
        assert statuses(server.ask(head("POST", "/v1/deals", **fields) + b"zz\r\n\r\n")) == [400]
    assert server.lines("Traceback") == []


def test_a_refused_request_whose_body_is_there_keeps_its_connection(server: HarmedServer) -> None:
    small = head("POST", "/v1/deals", content_length=2) + b"{}"
    last = head("GET", "/v1/stages", x_api_token=server.sandbox.api_token, connection="close")
    assert statuses(server.ask(small + small + last)) == [401, 401, 200]


def test_names_of_encodings_are_not_kept(server: HarmedServer) -> None:
    body = b'--b\r\ncontent-disposition: form-data; name="title"\r\n\r\nx\r\n--b--\r\n'

    def ask(number: int) -> None:
        name = f"x{number}-" + "y" * 50_000
        kind = f"multipart/form-data; boundary=b; charset={name}"
        fields = {"x_api_token": server.sandbox.api_token, "content_type": kind, "content_length": len(body)}
        assert statuses(server.ask(head("POST", "/v1/deals", connection="close", **fields) + body)) == [415]

    for number in range(100):
        ask(number)
    before = server.memory_mb()
    for number in range(100, 1600):
        ask(number)
    assert server.memory_mb() - before < 20


def test_small_requests_in_a_row_take_no_memory(server: HarmedServer) -> None:
    before = server.memory_mb()
    flood = b"GET / HTTP/1.1\r\n\r\n" * 15_000
    with somebody_at_work(server, "pipelined"), ExitStack() as opened:
        connections = [opened.enter_context(closing(server.connect())) for _ in range(20)]
        for connection in connections:
            connection.send(flood)
        answers = read_all_to_end(connections)
    assert all(0 < len(statuses(answer)) < 200 for answer in answers)
    assert server.memory_mb() - before < MAX_GROWTH_MB


def test_headers_behind_a_body_are_not_kept(server: HarmedServer) -> None:
    before = server.memory_mb()
    request = head("POST", "/v1/deals", transfer_encoding="chunked", x_api_token=server.sandbox.api_token)
    with closing(server.connect()) as connection:
        connection.send(request + b"2\r\n{}\r\n0\r\n")
        connection.send(*[b"x: y\r\n" * 20_000] * 500)
        assert statuses(connection.read_to_end()) == [431]
    assert server.memory_mb() - before < MAX_GROWTH_MB
    # Nor are they taken for headers.
    smuggled = head("POST", "/v1/deals", transfer_encoding="chunked", connection="close") + b"2\r\n{}\r\n0\r\n"
    token = f"x-api-token: {server.sandbox.api_token}\r\n\r\n".encode()
    assert statuses(server.ask(smuggled + token)) == [401]


def test_an_answer_that_nobody_takes_is_given_up(server: HarmedServer) -> None:
    before = server.memory_mb()
    requests = head("GET", "/openapi/v1.json") * 60
    with ExitStack() as opened:
        connections = [opened.enter_context(closing(server.connect())) for _ in range(10)]
        for connection in connections:
            connection.send(requests)
        wait_for(lambda: server.lines("an answer was not taken"))
        assert all(0 < answer.count(b"HTTP/1.1 200") < 60 for answer in read_all_to_end(connections))
    assert server.memory_mb() - before < MAX_GROWTH_MB


def test_many_answers_that_nobody_takes_hold_little_memory(server: HarmedServer) -> None:
    """One document for strangers, and lists of some megabytes for those who have a token."""
    token = {"x_api_token": server.sandbox.api_token}
    note = json.dumps({"content": "x" * 60_000, "deal_id": 1}).encode()
    post = head("POST", "/v1/notes", **token, content_length=len(note), connection="close") + note
    server.ask(head("POST", "/v1/deals", **token, content_length=13, connection="close") + b'{"title":"x"}')
    for _ in range(50):
        assert statuses(server.ask(post)) == [200]
    # The document is made once.
    server.ask(head("GET", "/openapi/v1.json", connection="close"))
    for request, at_once in ((head("GET", "/openapi/v1.json") * 3, 200), (head("GET", "/v1/notes", **token) * 3, 60)):
        before = server.memory_mb()
        with ExitStack() as opened:
            connections = [opened.enter_context(closing(server.connect(receives=4096))) for _ in range(at_once)]
            for connection in connections:
                connection.send(request)
            most = 0.0
            for _ in range(20):
                time.sleep(0.05)
                most = max(most, server.memory_mb())
        print(f"{most - before:.0f} MB more")
        # Without limits it is some hundreds; what is being made comes on top of what waits.
        assert most - before < 4 * MAX_GROWTH_MB
    wait_for(lambda: server.lines("too many answers were not taken"))


def test_there_are_only_so_many_connections(tmp_path: Path) -> None:
    options = ("--max-connections", "30", "--max-connections-per-address", "20")
    with run_harmed_server(tmp_path, *options) as server, ExitStack() as opened:

        def connect(source: str) -> RawConnection:
            return opened.enter_context(closing(server.connect(source)))

        def status(source: str) -> list[int]:
            fields = {"x_api_token": server.sandbox.api_token, "connection": "close"}
            return statuses(server.ask(head("GET", "/v1/stages", **fields), source=source))

        first = [connect(STRANGER) for _ in range(20)]
        refused = [connect(STRANGER) for _ in range(100)]
        answers = read_all_to_end(refused)
        assert [503] in [statuses(answer) for answer in answers]
        assert {*map(tuple, map(statuses, answers))} <= {(503,), ()}
        # Others are served, until there are too many in all.
        assert status("127.0.0.1") == [200]
        held = [connect("127.0.0.3") for _ in range(10)]
        assert status("127.0.0.1") == [503]
        for connection in held:
            connection.close()
        wait_for(lambda: status("127.0.0.1") == [200])
        assert status(STRANGER) == [503]
        for connection in first:
            connection.close()
        wait_for(lambda: status(STRANGER) == [200])
        assert len(server.lines(f"{STRANGER}: too many connections from one address")) in (1, 2)
        assert len(server.lines("127.0.0.1: there are too many connections in all")) == 1


def test_a_server_that_may_open_few_files_goes_on(tmp_path: Path) -> None:
    options = ("--head-seconds", "2", "--max-connections-per-address", "100")
    with run_harmed_server(tmp_path, *options, max_files=256) as server, somebody_at_work(server, "256 files"):
        connections = [server.connect() for _ in range(300)]
        for connection in connections:
            connection.send(b"GET /v1/deals HTTP/1.1\r\n")
        read_all_to_end(connections)
        for connection in connections:
            connection.close()
    assert server.lines("No more than 128 connections at a time: this process may only open 256 files")
    assert not server.lines("Too many open files")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_ends_in_spite_of_half_sent_requests(tmp_path: Path, workers: int) -> None:
    with run_harmed_server(tmp_path, "--workers", str(workers)) as server, ExitStack() as opened:
        token = {"x_api_token": server.sandbox.api_token}
        form = {**token, "content_type": "multipart/form-data; boundary=b", "content_length": 9}
        # With several processes, each has some of them.
        for request in [
            b"",
            b"GET /v1/deals HTTP/1.1\r\n",
            head("POST", "/v1/deals", **token, content_length=9) + b"{",
            head("POST", "/v1/deals", **form) + b"--b",
            head("POST", "/v1/deals", content_length=9),
            head("POST", "/oauth/token", content_length=9, content_type="application/x-www-form-urlencoded"),
            head("GET", "/v1/stages", **token),
            head("GET", "/v1/stages", **token) + b"GET",
            head("GET", "/openapi/v1.json") * 60,
        ] * 4:
            opened.enter_context(closing(server.connect())).send(request)
        time.sleep(0.5)
        began = time.monotonic()
        process = os.pidfd_open(server.sandbox.pid)
        signal.pidfd_send_signal(process, signal.SIGTERM)
        assert select.select([process], [], [], PATIENCE_SECONDS)[0]
        os.close(process)
        # uvicorn's time for requests that are being answered is ten seconds.
        assert time.monotonic() - began < 9
    assert "Traceback" not in server.log.read_text()
    assert "CancelledError" not in server.log.read_text()
    assert not server.lines("Cancel ")
