"""How much of an answer the connector takes, and what it says of one that is larger."""

from __future__ import annotations

import gzip
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from dealwright.connectors import ApiError, Client, Unavailable, UnusableConnection, connections, transport
from dealwright.connectors.answers import parse_failure
from dealwright.connectors.transport import DEFAULT_MAX_ANSWER_BYTES, MAX_ANSWER_VARIABLE, MAX_ERROR_BYTES
from tests.connectors.service import TOKEN, StubResponse, StubService
from tests.growth.growth import AWKWARD, assert_linear, repeat

GOOD = b'{"success": true, "data": {"id": 7}}'
MEBIBYTE = 1024 * 1024


def raw_deflate(content: bytes) -> bytes:
    encoder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return encoder.compress(content) + encoder.flush()


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("gzip", gzip.compress(GOOD, mtime=0)),
        ("deflate", zlib.compress(GOOD)),
        ("deflate", raw_deflate(GOOD)),
        ("identity", GOOD),
        ("deflate, gzip", gzip.compress(zlib.compress(GOOD), mtime=0)),
        ("gzip", gzip.compress(b" " * 3 * MEBIBYTE + GOOD, mtime=0)),
    ],
)
def test_what_is_compressed_is_read(client: Client, service: StubService, encoding: str, content: bytes) -> None:
    service.respond_with(StubResponse(200, content, {"content-encoding": encoding}))
    assert client.run("v2.get_deals")["data"] == {"id": 7}
    assert service.requests[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    ("encoding", "content"),
    [("br", b"x"), ("gzip", b"no gzip"), ("gzip", gzip.compress(GOOD, mtime=0)[:-9]), ("deflate", b"\xff")],
)
def test_what_cannot_be_decompressed(service: StubService, encoding: str, content: bytes) -> None:
    service.respond_with(StubResponse(200, content, {"content-encoding": encoding}))
    with Client(connections.server("crm", service.url, TOKEN), retries=0) as client, pytest.raises(Unavailable):
        client.run("v2.get_deals")


def test_an_answer_that_is_compressed_too_often(service: StubService) -> None:
    service.respond_with(StubResponse(200, GOOD, {"content-encoding": ", ".join(["gzip"] * 3000)}))
    with (
        Client(connections.server("crm", service.url, TOKEN), retries=0) as client,
        pytest.raises(Unavailable) as caught,
    ):
        client.run("v2.get_deals")
    assert "compressed too often" in str(caught.value)


def test_an_answer_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte of it comes in time."""
    monkeypatch.setattr(transport, "SLOW_SECONDS", 0.2)
    gone = threading.Event()

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n")
            while not gone.wait(0.02):
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            with (
                Client(connections.server("crm", url, TOKEN), retries=0) as client,
                pytest.raises(Unavailable) as caught,
            ):
                client.run("v2.get_deals")
        finally:
            gone.set()
            thread.join()
    assert "no answer in time" in str(caught.value)


def test_an_answer_that_is_too_large(client: Client, service: StubService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MAX_ANSWER_VARIABLE, str(MEBIBYTE))
    just = b'"' + b"x" * (MEBIBYTE - 2) + b'"'
    service.respond_with(StubResponse(200, just))
    assert len(client.run("v2.get_deals")) == MEBIBYTE - 2
    for content, headers in ((just + b" ", {}), (gzip.compress(just + b" "), {"content-encoding": "gzip"})):
        service.respond_with(StubResponse(200, content, headers))
        service.requests.clear()
        with pytest.raises(ApiError, match=f"larger than {MEBIBYTE} bytes; {MAX_ANSWER_VARIABLE} allows more"):
            client.run("v2.get_deals")
        # It would be as large again.
        assert len(service.requests) == 1
    service.respond_with(StubResponse(200, {"success": True, "data": []}))
    assert client.run("v2.get_deals")["data"] == []


@pytest.mark.parametrize("layers", [1, 2])
def test_little_that_becomes_much_takes_no_memory(
    client: Client, service: StubService, monkeypatch: pytest.MonkeyPatch, layers: int
) -> None:
    monkeypatch.setenv(MAX_ANSWER_VARIABLE, str(4 * MEBIBYTE))
    content = b" " * 200 * MEBIBYTE
    for _ in range(layers):
        content = gzip.compress(content)
    encoding = ", ".join(["gzip"] * layers)
    for status in (200, 404):
        service.respond_with(StubResponse(status, content, {"content-encoding": encoding}))
        tracemalloc.start()
        with pytest.raises(ApiError):
            client.run("v2.get_deals")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20 * MEBIBYTE


def test_of_an_error_the_beginning_is_read(client: Client, service: StubService) -> None:
    service.respond_with(StubResponse(404, b"<html><title>Not\n here</title>" + b"x" * 2 * MAX_ERROR_BYTES))
    with pytest.raises(ApiError) as caught:
        client.run("v2.get_deals")
    assert caught.value.message == "a web page titled 'Not here'"
    assert len(str(caught.value.body)) == MAX_ERROR_BYTES
    service.respond_with(StubResponse(400, {"success": False, "error": "x" * 100_000}))
    with pytest.raises(ApiError) as caught:
        client.run("v2.get_deals")
    assert len(str(caught.value)) < 3000


@pytest.mark.parametrize("text", ["0", "-1", "ten", "1" * 20, "1.5"])
def test_a_size_is_a_number(service: StubService, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(MAX_ANSWER_VARIABLE, text)
    with (
        Client(connections.server("crm", service.url, TOKEN)) as client,
        pytest.raises(UnusableConnection, match=str(DEFAULT_MAX_ANSWER_BYTES)),
    ):
        client.run("v2.get_deals")


def test_a_redirect_leads_to_no_file(client: Client, service: StubService) -> None:
    service.respond_with(StubResponse(302, b"", {"location": "file:///etc/hostname"}))
    with pytest.raises(ApiError, match="moved to"):
        client.run("v2.get_deals")
    assert len(service.requests) == 1


@pytest.mark.parametrize("beginning", ["", "<title>", "<html><title ", "{", '{"error": "'])
def test_error_pages_are_read_in_linear_time(beginning: str) -> None:
    def prepare(unit: str, length: int) -> Callable[[], object]:
        return partial(parse_failure, 500, {}, (beginning + repeat(unit, length)).encode())

    for unit in (*AWKWARD, "<title>x", "<TITLE", "</title"):
        assert_linear(partial(prepare, unit), MAX_ERROR_BYTES // 4, f"a page of {unit!r}")


def test_a_token_goes_to_another_machine_with_encryption_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in (
        "https://crm.example.com",
        "http://localhost:1",
        "http://127.9.9.9:1",
        "http://[::1]:1",
        "http://x.localhost",
    ):
        connections.check_encryption(url, allow_plain_http=False)
    for url in (
        "http://crm.example.com",
        "http://10.0.0.1:8000",
        "http://[2001:db8::1]",
        "http://localhost.example.com",
    ):
        with pytest.raises(UnusableConnection, match="without encryption"):
            connections.check_encryption(url, allow_plain_http=False)
        connections.check_encryption(url, allow_plain_http=True)
    monkeypatch.setenv(connections.PLAIN_HTTP_VARIABLE, "10.0.0.1, CRM.example.com")
    connections.check_encryption("http://crm.example.com", allow_plain_http=False)
    with pytest.raises(UnusableConnection):
        connections.check_encryption("http://other.example.com", allow_plain_http=False)


def test_nothing_is_sent_without_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = connections.server("crm", "http://crm.invalid", TOKEN)
    with pytest.raises(UnusableConnection, match="--allow-plain-http"):
        connections.add(plain)
    monkeypatch.setenv("DEALWRIGHT_CONNECTION_PLAIN", f"http://{TOKEN}@crm.invalid")
    for connection in (plain, "plain"):
        with Client(connection, retries=0) as client:
            for action, params in (
                ("v2.get_deals", {}),
                (
                    "post_oauth_token",
                    {"Authorization": "Basic eDp5", "data": {"grant_type": "refresh_token", "refresh_token": TOKEN}},
                ),
            ):
                with pytest.raises(UnusableConnection, match="without encryption") as caught:
                    client.request(action, params)
                assert TOKEN not in str(caught.value)
    allowed = connections.server("crm", "http://crm.invalid", TOKEN, allow_plain_http=True)
    connections.add(allowed)
    assert connections.get_connection("crm").allow_plain_http
    with Client("crm", retries=0) as client, pytest.raises(Unavailable):
        client.run("v2.get_deals")
