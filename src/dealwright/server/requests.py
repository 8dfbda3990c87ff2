"""Reads an HTTP request from the ASGI server: path, query, token, body."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request as StarletteRequest

from dealwright.contract.endpoint import Upload
from dealwright.server.errors import HttpError, OAuthRefused

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

OAUTH = "/oauth/"
"""What begins like this takes forms alone, and says so in its own words."""

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
LARGEST_BODY = 2 * 1024 * 1024
LARGEST_UPLOAD = 50 * 1024 * 1024

_SELECTOR = re.compile(r":\(([^)]*)\)$")


class Request:
    """What a handler's binding needs of an HTTP request. ``body`` is decoded; None when there is none."""

    __slots__ = ("body", "client", "headers", "method", "path", "query", "scheme", "selected")

    def __init__(self, scope: Scope) -> None:
        self.method: str = scope["method"]
        self.scheme: str = scope.get("scheme", "http")
        self.client: str = (scope.get("client") or ("",))[0]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.path, self.selected = _split_selector(scope["path"])
        try:
            text = scope["query_string"].decode()
            self.query: dict[str, str] = dict(parse_qsl(text, keep_blank_values=True, errors="strict")) if text else {}
        except UnicodeDecodeError:
            raise HttpError(400, "The query is not UTF-8") from None
        self.body: object = None

    def header(self, name: bytes) -> str | None:
        """A header by its lower-case name."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def media_type(self) -> str:
        """The declared type of the body, without its parameters; empty when there is none."""
        return (self.header(b"content-type") or "").partition(";")[0].strip().lower()

    def is_form(self) -> bool:
        """Whether the body is a form, in either of its encodings."""
        return self.media_type() in (FORM, MULTIPART)

    def token(self) -> str | None:
        """The API token that the caller shows, in a header or in the query."""
        if token := self.headers.get(b"x-api-token"):
            return token.decode("latin-1")
        return self.query.get("api_token")

    def access_token(self) -> str | None:
        """The access token of an OAuth app that the caller shows, unless there is an API token in a header.

        Raises `OAuthRefused` for an authorization that is none.
        """
        authorization = self.header(b"authorization")
        if authorization is None or self.headers.get(b"x-api-token"):
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise OAuthRefused(400, "Invalid request: malformed authorization header")
        return token.strip()


def _split_selector(path: str) -> tuple[str, tuple[str, ...] | None]:
    """A path without its v1 field selector ``:(a,b)``, and the names selected."""
    found = _SELECTOR.search(path) if ":" in path else None
    if found is None:
        return path.rstrip("/") if path != "/oauth/token/" else path, None
    return path[: found.start()].rstrip("/"), tuple(name.strip() for name in found[1].split(",") if name.strip())


async def read_body(request: Request, scope: Scope, receive: Receive) -> None:
    """Reads and decodes the body. Raises `HttpError` for one that is too large or malformed."""
    kind = request.media_type()
    multipart = kind == MULTIPART
    largest = LARGEST_UPLOAD if multipart else LARGEST_BODY
    declared = request.header(b"content-length")
    if declared and declared.isdigit() and int(declared) > largest:
        raise HttpError(413, f"The body is larger than {largest} bytes")
    limited = _limited(receive, largest)
    if multipart:
        request.body = await _multipart(StarletteRequest(scope, limited))
        return
    chunks = []
    more = True
    while more:
        message = await limited()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False) and message["type"] == "http.request"
    raw = b"".join(chunks)
    if kind == FORM:
        request.body = _form(raw)
    elif raw.strip() and not request.path.startswith(OAUTH):
        try:
            request.body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise HttpError(400, f"The body is not valid JSON: {error}") from None


def _limited(receive: Receive, largest: int) -> Receive:
    received = 0

    async def limited() -> MutableMapping[str, Any]:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > largest:
            raise HttpError(413, f"The body is larger than {largest} bytes")
        return message

    return limited


def _form(raw: bytes) -> Mapping[str, object]:
    try:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise HttpError(400, "The body is not a valid form") from None


async def _multipart(request: StarletteRequest) -> Mapping[str, object]:
    try:
        parser = MultiPartParser(request.headers, request.stream(), max_part_size=LARGEST_UPLOAD)
        form: FormData = await parser.parse()
    except MultiPartException as error:
        raise HttpError(400, f"The body is not a valid form: {error.message}") from None
    except (KeyError, UnicodeDecodeError, ValueError):
        raise HttpError(400, "The body is not a valid form") from None
    fields: dict[str, object] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            fields[name] = Upload(value.filename or "", value.content_type or "application/octet-stream", content)
        else:
            fields[name] = value
    await form.close()
    return fields
