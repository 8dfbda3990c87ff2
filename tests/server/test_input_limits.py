"""What a request may bring before its sender is known, and how much of it after that: every operation, every kind of body."""

from __future__ import annotations

import asyncio
import codecs
import threading
import tracemalloc
from collections.abc import Iterator, MutableMapping
from typing import Any

import orjson
import pytest

from dealwright.contract import catalogue
from dealwright.contract.forms import MAX_MEMBERS
from dealwright.server import multipart, urlencoded
from dealwright.server.input_limits import BodyLimits
from dealwright.server.request_bodies import MAX_STRANGERS_BODY_BYTES
from dealwright.server.requests import FORM_URLENCODED, MULTIPART
from tests.api import Api

# None of this depends on the database.
sqlite_only = pytest.mark.parametrize("api", ["sqlite"], indirect=True)

WRITES = [entry for entry in catalogue.entries().values() if entry.method != "GET"]
MB = 1024 * 1024
FORM_DATA = f"{MULTIPART}; boundary=b"


class BodyWasRead(BaseException):
    """Raised where a body is asked for that must not be read."""


def send_without_body(api: Api, method: str, path: str, headers: dict[bytes, bytes]) -> int:
    """The status of the answer to a request whose body never comes. Raises `BodyWasRead` when it is waited for."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        raise BodyWasRead

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": [*headers.items()]}
    asyncio.run(api.app(scope, receive, send))
    status: int = sent[0]["status"]
    return status


@sqlite_only
@pytest.mark.parametrize("kind", ["application/json", FORM_URLENCODED, FORM_DATA])
def test_no_operation_reads_the_body_of_a_stranger(api: Api, kind: str) -> None:
    content = {b"content-type": kind.encode(), b"content-length": b"9"}
    strangers: tuple[dict[bytes, bytes], ...] = (
        {},
        {b"x-api-token": b"0" * 40},
        {b"authorization": b"Bearer x"},
        {b"authorization": b"Basic x"},
    )
    assert len(WRITES) > 100
    for entry in WRITES:
        if entry.path.startswith("/oauth/"):
            continue
        path = entry.path.replace("{", "").replace("}", "")
        for token in strangers:
            assert send_without_body(api, entry.method, path, content | token) in (400, 401)
    for method, path in (
        ("POST", "/nothing"),
        ("PATCH", "/v1/deals"),
        ("POST", "/public/x"),
        ("PUT", "/openapi/v1.json"),
    ):
        assert send_without_body(api, method, path, content) in (200, 401, 405)
    # Known users do not send bodies for nothing either.
    known = content | {b"x-api-token": api.token.encode()}
    assert send_without_body(api, "POST", "/v1/nothing", known) == 404
    assert send_without_body(api, "PATCH", "/v1/deals", known) == 405
    with pytest.raises(BodyWasRead):
        send_without_body(api, "POST", "/v1/deals", known | {b"content-length": b"9"})


@sqlite_only
def test_forms_of_oauth_are_small(api: Api) -> None:
    for path in ("/oauth/token", "/oauth/login", "/oauth/consent", "/oauth/logout", "/oauth/revoke"):
        large = {b"content-type": FORM_URLENCODED.encode(), b"content-length": b"%d" % (MAX_STRANGERS_BODY_BYTES + 1)}
        assert send_without_body(api, "POST", path, large) == 413
        # They take no other kind, so that it is not read.
        for kind in (b"application/json", FORM_DATA.encode()):
            assert send_without_body(api, "POST", path, {b"content-type": kind}) in (303, 400, 403)


@pytest.fixture(scope="module")
def asked_codecs() -> Iterator[list[str]]:
    """The names of encodings that Python did not know and was asked for."""
    asked: list[str] = []

    def search(name: str) -> None:
        asked.append(name)

    codecs.register(search)
    yield asked
    codecs.unregister(search)


@sqlite_only
def test_only_utf_8_is_accepted_and_no_other_name_is_looked_up(api: Api, asked_codecs: list[str]) -> None:
    bodies = {
        "application/json": b'{"title": "x"}',
        "text/plain": b'{"title": "x"}',
        FORM_URLENCODED: b"title=x",
        FORM_DATA: b'--b\r\ncontent-disposition: form-data; name="title"\r\n\r\nx\r\n--b--\r\n',
    }
    for number, (kind, body) in enumerate(bodies.items()):
        for path in ("/v1/deals", "/api/v2/deals"):
            for name in ("iso-8859-1", "utf-16", "unicode_escape", "utf-7", "hex", f"never-heard-of-{number}"):
                for parameter in (
                    f"charset={name}",
                    f'Charset="{name}"',
                    f"x=y;  CHARSET = {name} ",
                    f"charset={name};a",
                ):
                    answer = api.send("POST", path, body, f"{kind}; {parameter}")
                    assert (answer.status, answer.error) == (415, "The charset must be utf-8"), parameter
        for parameter in ("charset=utf-8", 'charset="UTF-8"', "charset=utf8", "charset="):
            assert api.send("POST", "/v1/deals", body, f"{kind}; {parameter}").status == 201
    # Nothing else that a client writes is taken for the name of an encoding.
    for head in (
        b"content-disposition: form-data; name=\"title\"; filename*=never-heard-of-9''x",
        b"content-disposition: form-data; name=\"title\"; name*=never-heard-of-9''x",
        b'content-disposition: form-data; name="title"\r\ncontent-type: text/plain; charset=never-heard-of-9',
        b'content-disposition: form-data; name="_charset_"',
        b'content-disposition: form-data; name="title"\r\ncontent-transfer-encoding: never-heard-of-9',
    ):
        api.send("POST", "/v1/deals", b"--b\r\n" + head + b"\r\n\r\nnever-heard-of-9\r\n--b--\r\n", FORM_DATA)
    accepted = {"x-api-token": api.token, "accept-charset": "never-heard-of-9", "content-encoding": "never-heard-of-9"}
    api.send("POST", "/v1/deals", b"{}", headers=accepted)
    assert [name for name in asked_codecs if "never" in name] == []


def part(name: str, content: bytes, more: str = "") -> bytes:
    return f'--b\r\ncontent-disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"


@sqlite_only
def test_fields_of_a_multipart_form_are_utf_8(api: Api) -> None:
    answer = api.send("POST", "/v1/deals", part("title", "Zoë".encode("latin-1")) + b"--b--\r\n", FORM_DATA)
    assert (answer.status, answer.error) == (400, "The body is not a valid form")
    assert api.send("POST", "/v1/deals", part("title", "Zoë".encode()) + b"--b--\r\n", FORM_DATA).data["title"] == "Zoë"


@sqlite_only
def test_the_parts_of_a_multipart_form_are_limited(api: Api) -> None:
    half = b"x" * (BodyLimits().max_bytes // 2 + 1)
    fields = part("title", half) + part("x", half) + b"--b--\r\n"
    assert api.send("POST", "/v1/deals", fields, FORM_DATA).status == 413
    many_fields = b"".join(part(f"x{number}", b"") for number in range(MAX_MEMBERS + 1)) + b"--b--\r\n"
    assert api.send("POST", "/v1/deals", many_fields, FORM_DATA).status == 400
    files = [part(f"x{number}", b"", '; filename="a"') for number in range(multipart.MAX_FILES + 1)]
    assert api.send("POST", "/v1/files", b"".join(files) + b"--b--\r\n", FORM_DATA).status == 400
    heads = b"--b\r\n" + b"x: y\r\n" * 1000 + b"\r\n"
    assert api.send("POST", "/v1/files", heads, FORM_DATA).status == 400
    assert api.send("POST", "/v1/files", b"--b\r\nx: " + b"y" * 100_000, FORM_DATA).status == 400


@sqlite_only
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM_URLENCODED, b"title=Big+de"),
        ("application/json", b'{"title": "Big deal"}'),
        (FORM_DATA, part("title", b"Big deal") + b"--b--\r\n"),
    ],
)
def test_a_body_that_is_broken_off_does_nothing(api: Api, kind: str, body: bytes) -> None:
    """What came of it may look complete."""
    coming: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": body, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> MutableMapping[str, Any]:
        return coming.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        raise AssertionError(message)

    headers = [(b"x-api-token", api.token.encode()), (b"content-type", kind.encode())]
    scope = {"type": "http", "method": "POST", "path": "/v1/deals", "query_string": b"", "headers": headers}
    asyncio.run(api.app(scope, receive, send))
    assert coming == []
    assert api.get("/v1/deals").data is None


@sqlite_only
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-encoding": "gzip"}, 415),
        ({"content-encoding": "Deflate, gzip"}, 415),
        ({"content-encoding": "identity"}, 201),
        ({"transfer-encoding": "gzip, chunked"}, 400),
        ({"transfer-encoding": "Chunked"}, 201),
    ],
)
def test_nothing_that_is_compressed_is_read(api: Api, headers: dict[str, str], status: int) -> None:
    for kind, body in (
        ("application/json", b'{"title": "x"}'),
        (FORM_URLENCODED, b"title=x"),
        (FORM_DATA, part("title", b"x") + b"--b--\r\n"),
    ):
        answer = api.send("POST", "/v1/deals", body, kind, headers={"x-api-token": api.token, **headers})
        assert answer.status == status, kind


def pieces_of(body: Iterator[bytes]) -> Any:
    """A function that hands the pieces of a body over one by one, as the ASGI server does."""
    piece = next(body, b"")

    async def receive() -> MutableMapping[str, Any]:
        nonlocal piece
        this, piece = piece, next(body, b"")
        return {"type": "http.request", "body": this, "more_body": bool(piece)}

    return receive


def send_pieces(api: Api, path: str, kind: str, body: Iterator[bytes]) -> int:
    """The status of the answer to a body that comes in pieces."""
    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = [(b"x-api-token", api.token.encode()), (b"content-type", kind.encode())]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    asyncio.run(api.app(scope, pieces_of(body), send))
    status: int = sent[0]["status"]
    return status


@sqlite_only
def test_no_body_is_decoded_on_the_event_loop(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: dict[str, set[threading.Thread]] = {}

    def note(name: str, work: Any) -> Any:
        def noted(*arguments: Any) -> Any:
            threads.setdefault(name, set()).add(threading.current_thread())
            return work(*arguments)

        return noted

    for owner, name in (
        (orjson, "loads"),
        (urlencoded, "read_pairs"),
        (multipart.FormParser, "write"),
        (multipart.FormParser, "finish"),
    ):
        monkeypatch.setattr(owner, name, note(name, getattr(owner, name)))
    many = b"x" * 10_000
    for kind, body in (
        ("application/json", [b'{"title": "', *[many] * 20, b'"}']),
        (FORM_URLENCODED, [b"title=", *[many] * 20]),
        (FORM_DATA, [part("title", many * 20)[:-2], *[many] * 20, b"\r\n--b--\r\n"]),
    ):
        assert send_pieces(api, "/v1/deals", kind, iter(body)) == 400
    assert threads.keys() == {"loads", "read_pairs", "write", "finish"}
    assert threading.main_thread() not in set().union(*threads.values())


@sqlite_only
def test_json_of_nothing_but_lists_is_refused(api: Api) -> None:
    for body in (b"[" + b"[]," * 200_000 + b"1]", b'{"title": [' + b"{}," * 200_000 + b"1]}"):
        for path in ("/v1/deals", "/api/v2/deals"):
            answer = api.send("POST", path, body)
            assert (answer.status, "lists and objects" in answer.error) == (400, True)
    # The longest text of a note may be made of brackets.
    assert api.post("/v1/notes", {"deal_id": 99, "content": "[" * 100_000}).error != answer.error


UPLOAD_MB = 24


@sqlite_only
def test_an_upload_is_never_in_memory_as_a_whole(api: Api) -> None:
    piece = bytes(range(256)) * 128
    body = [part("file", b"", '; filename="a.bin"')[:-2], *[piece] * (UPLOAD_MB * 32), b"\r\n--b--\r\n"]
    tracemalloc.start()
    try:
        assert send_pieces(api, "/v1/files", FORM_DATA, iter(body)) in (200, 201)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < UPLOAD_MB * MB / 8
    assert api.get("/v1/files/1").data["file_size"] == UPLOAD_MB * MB
    assert api.get("/v1/files/1/download").body == piece * (UPLOAD_MB * 32)
