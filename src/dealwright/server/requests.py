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
from dealwright.server.errors import HttpError, OAuthHttpError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

OAUTH_PREFIX = "/oauth/"
"""Paths with this prefix take only forms, and report errors in their own format."""

FORM_URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_UPLOAD_BYTES = 50 * 1024 * 1024

_SELECTOR = re.compile(r":\(([^)]*)\)$")


class Request:
    """The parts of an HTTP request that are needed to answer it. ``body`` is decoded; None when there is none.

    ``read_error`` is the error when the request is unreadable: it is kept until after authentication.
    """

    __slots__ = ("body", "client", "headers", "method", "path", "query", "read_error", "scheme", "selected_fields")

    def __init__(self, scope: Scope) -> None:
        self.method: str = scope["method"]
        self.scheme: str = scope.get("scheme", "http")
        self.client: str = (scope.get("client") or ("",))[0]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.path, self.selected_fields = _split_selector(scope["path"])
        self.read_error: HttpError | None = None
        try:
            self.query = _query(scope["query_string"], "strict")
        except UnicodeDecodeError:
            self.query = _query(scope["query_string"], "replace")
            self.read_error = HttpError(400, "The query is not UTF-8")
        self.body: object = None

    def header(self, name: bytes) -> str | None:
        """Returns a header by its lower-case name, or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def media_type(self) -> str:
        """Returns the declared type of the body, without its parameters; empty when there is none."""
        return (self.header(b"content-type") or "").partition(";")[0].strip().lower()

    def is_form(self) -> bool:
        """Whether the body is a form, in either of its encodings."""
        return self.media_type() in (FORM_URLENCODED, MULTIPART)

    def api_token(self) -> str | None:
        """Returns the API token in a header or in the query, or None."""
        if token := self.headers.get(b"x-api-token"):
            return token.decode("latin-1")
        return self.query.get("api_token")

    def access_token(self) -> str | None:
        """Returns the access token of an OAuth app, or None; an API token in a header goes before it.

        Raises `OAuthHttpError` for a malformed authorization header.
        """
        authorization = self.header(b"authorization")
        if authorization is None or self.headers.get(b"x-api-token"):
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise OAuthHttpError(400, "Invalid request: malformed authorization header")
        return token.strip()


def _split_selector(path: str) -> tuple[str, tuple[str, ...] | None]:
    """Returns a path without its v1 field selector ``:(a,b)``, and the selected names."""
    found = _SELECTOR.search(path) if ":" in path else None
    if found is None:
        return path.rstrip("/") if path != "/oauth/token/" else path, None
    return path[: found.start()].rstrip("/"), tuple(name.strip() for name in found[1].split(",") if name.strip())


def _query(raw: bytes, errors: str) -> dict[str, str]:
    return dict(parse_qsl(raw.decode(errors=errors), keep_blank_values=True, errors=errors)) if raw else {}


async def read_body(request: Request, scope: Scope, receive: Receive) -> None:
    """Reads and decodes the body. One that is too large or malformed sets ``read_error``."""
    try:
        await _read_body(request, scope, receive)
    except HttpError as error:
        request.read_error = request.read_error or error


async def _read_body(request: Request, scope: Scope, receive: Receive) -> None:
    kind = request.media_type()
    multipart = kind == MULTIPART
    max_bytes = MAX_UPLOAD_BYTES if multipart else MAX_BODY_BYTES
    declared = request.header(b"content-length")
    if declared and declared.isdigit() and int(declared) > max_bytes:
        raise HttpError(413, f"The body is larger than {max_bytes} bytes")
    limited_receive = _limit_receive(receive, max_bytes)
    if multipart:
        request.body = await _multipart(StarletteRequest(scope, limited_receive))
        return
    chunks = []
    more = True
    while more:
        message = await limited_receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False) and message["type"] == "http.request"
    raw = b"".join(chunks)
    if kind == FORM_URLENCODED:
        request.body = _form(raw)
    elif raw.strip() and not request.path.startswith(OAUTH_PREFIX):
        try:
            request.body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise HttpError(400, f"The body is not valid JSON: {error}") from None


def _limit_receive(receive: Receive, max_bytes: int) -> Receive:
    received = 0

    async def limited() -> MutableMapping[str, Any]:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise HttpError(413, f"The body is larger than {max_bytes} bytes")
        return message

    return limited


def _form(raw: bytes) -> Mapping[str, object]:
    try:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise HttpError(400, "The body is not a valid form") from None


async def _multipart(request: StarletteRequest) -> Mapping[str, object]:
    try:
        parser = MultiPartParser(request.headers, request.stream(), max_part_size=MAX_UPLOAD_BYTES)
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
