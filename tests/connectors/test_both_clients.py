"""What clients of threads and of tasks do alike: files that are streamed, connections without a name, log records, what is shown."""

from __future__ import annotations

import io
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from dealwright.connectors import AsyncClient, Client, InvalidParams, Unavailable
from dealwright.connectors.errors import BadCall
from tests.connectors.clock import Clock
from tests.connectors.service import TOKEN, StubResponse, StubService

ACTION: Any = "v1.get_files_by_id_download"
WHICH = {"id": 7}
CONTENT = os.urandom(3 * 1024 * 1024)
FILE = StubResponse(200, CONTENT, {"content-type": "application/octet-stream"})


def test_a_download_goes_to_a_path(client: Client, service: StubService, tmp_path: Path) -> None:
    service.respond_with(StubResponse(503, b""), FILE)
    target = tmp_path / "offer.pdf"
    target.write_bytes(b"what was there before")
    assert client.download(ACTION, WHICH, target) == len(CONTENT)
    assert target.read_bytes() == CONTENT
    assert not list(tmp_path.glob(".offer*"))


def test_a_download_goes_to_an_open_file_or_comes_in_pieces(client: Client, service: StubService) -> None:
    service.respond_with(FILE)
    file = io.BytesIO()
    assert client.download(ACTION, WHICH, file) == len(CONTENT)
    pieces = list(client.stream(ACTION, WHICH))
    assert len(pieces) > 1
    assert b"".join(pieces) == file.getvalue() == CONTENT


def test_a_download_that_breaks_off_leaves_the_file_as_it_was(
    client: Client, service: StubService, tmp_path: Path
) -> None:
    service.respond_with(StubResponse(200, CONTENT, FILE.headers, truncated=True))
    target = tmp_path / "offer.pdf"
    target.write_bytes(b"what was there before")
    with pytest.raises(Unavailable):
        client.download(ACTION, WHICH, target)
    assert target.read_bytes() == b"what was there before"
    assert not list(tmp_path.glob(".offer*"))


def test_what_cannot_be_downloaded(client: Client, service: StubService, tmp_path: Path) -> None:
    with pytest.raises(InvalidParams, match="no file: call run"):
        client.download("v2.get_deals", {}, tmp_path / "deals")
    with pytest.raises(BadCall, match="is a folder"):
        client.download(ACTION, WHICH, tmp_path)
    with pytest.raises(BadCall, match="Nothing can be written"):
        client.download(ACTION, WHICH, tmp_path / "missing" / "offer.pdf")


@pytest.mark.parametrize("kind", ["path", "open", "rest"])
def test_a_large_file_is_sent_from_where_it_stands(
    client: Client, service: StubService, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "large.bin"
    size = 32 * 1024 * 1024
    with path.open("wb") as file:
        file.truncate(size)
    received: list[int] = []

    def responder(request: Any) -> StubResponse:
        received.append(len(request.body))
        return StubResponse()

    client.run("v2.get_deals")
    service.responder = responder
    try:
        with path.open("rb") as opened:
            given: Any = path if kind == "path" else opened
            if kind == "rest":
                opened.seek(1024)
            client.run("v1.post_files", {"data": {"file": given}})
    finally:
        service.responder = None
    expected = size - 1024 if kind == "rest" else size
    assert expected < received[0] < expected + 1000


def test_a_file_that_has_been_read_is_refused(client: Client, service: StubService, tmp_path: Path) -> None:
    path = tmp_path / "offer.txt"
    path.write_text("Offer")
    with path.open("rb") as opened:
        opened.read()
        with pytest.raises(InvalidParams, match="read to its end already; go back to its beginning"):
            client.run("v1.post_files", {"data": {"file": opened}})
    assert service.requests == []


def test_a_connection_without_a_name(service: StubService, clock: Clock) -> None:
    with Client(url=service.url, token=TOKEN, clock=clock) as client:
        client.run("v2.get_deals")
        assert TOKEN not in repr(client.connection)
        assert client.connection.kind == "server"
    assert service.requests[0].headers["x-api-token"] == TOKEN
    with Client(token=TOKEN) as client:
        assert (client.connection.kind, client.connection.url) == ("pipedrive", "https://api.pipedrive.com")
    for wrong in ({"url": service.url}, {"connection_name": "crm", "token": TOKEN}):
        with pytest.raises(TypeError, match="a url with a token"):
            Client(**wrong)  # type: ignore[arg-type]


def test_calls_and_waits_are_logged(client: Client, service: StubService, caplog: pytest.LogCaptureFixture) -> None:
    service.respond_with(StubResponse(429, {}, {"retry-after": "3"}), StubResponse())
    with caplog.at_level(logging.INFO, "dealwright"):
        client.run("v2.get_deals_by_id", {"id": 7})
    assert all(one.name.startswith("dealwright.connectors.") for one in caplog.records)
    answered, waiting, again = [one.getMessage() for one in caplog.records]
    assert "v2.get_deals_by_id on connection 'crm': GET /api/v2/deals/{id} answered 429" in answered
    assert "is sent again in 3." in waiting
    assert "answered 200" in again
    assert TOKEN not in caplog.text


def test_what_a_client_shows(service: StubService) -> None:
    for kind in (Client, AsyncClient):
        shown = repr(kind(url=service.url, token=TOKEN))
        assert service.url in shown
        assert TOKEN not in shown
    assert repr(AsyncClient()).startswith("<AsyncClient of connection 'local': embedded, ")
