"""Reads the bodies of requests from the ASGI server, within limits of size and speed, and decodes them in threads.

The event loop only collects bytes: what a decoder takes, strangers choose.
"""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import orjson

from dealwright._limit_log import limit_log
from dealwright.contract.forms import MAX_MEMBERS, Form
from dealwright.server import urlencoded
from dealwright.server.errors import HttpError
from dealwright.server.input_limits import BodyLimits
from dealwright.server.multipart import FormParser, check_charset
from dealwright.server.requests import (
    FORM_URLENCODED,
    MULTIPART,
    OAUTH_PREFIX,
    OAUTH_REGISTRATION,
    WEB_APP_PATHS,
    Receive,
    Request,
)

MAX_BODY_BYTES = BodyLimits().max_bytes
MAX_UPLOAD_BYTES = BodyLimits().max_upload_bytes
# Forms of OAuth, and what is for signing in, come from strangers.
MAX_STRANGERS_BODY_BYTES = 256 * 1024
MAX_JSON_BRACKETS = 120_000
"""How many opening brackets JSON may have. No interpreter runs while its lists and objects are made."""

_PIECE_BYTES = 64 * 1024
_LIMITS_REACHED = {408: "a body was too slow", 413: "a body was too large"}

InThread = Callable[..., Awaitable[Any]]


class ClientDisconnect(Exception):
    """The client left before the end of its request."""


class ReceivedBody:
    """A body that has come in whole, ready to be decoded."""

    def __init__(self, decode: Callable[[], object], close: Callable[[], None] = lambda: None) -> None:
        self.decode = decode
        """Returns the decoded body. Raises `HttpError`."""
        self.close = close
        """Removes the files that came with the body."""


async def read_body(request: Request, receive: Receive, limits: BodyLimits, in_thread: InThread) -> ReceivedBody | None:
    """Returns the body, whose large parts are decoded in threads on the way; None when there is none that is looked at.

    One that is too large, too slow or in an encoding that is not taken sets ``read_error``. Raises `ClientDisconnect`.
    """
    parser: FormParser | None = None
    try:
        max_bytes = _max_bytes(request, limits)
        if max_bytes is None:
            return None
        _check_head(request, max_bytes)
        content_type = request.headers.get(b"content-type", b"")
        kind = request.media_type()
        if kind == MULTIPART:
            parser = FormParser(content_type, limits.max_bytes)
            last_piece = await _receive_all(receive, max_bytes, limits, partial(in_thread, parser.write))
            return ReceivedBody(partial(_finish, parser, last_piece), parser.close)
        raw = await _receive_all(receive, max_bytes, limits, None)
        if raw:
            check_charset(content_type)
        return ReceivedBody(partial(_form if kind == FORM_URLENCODED else _json, raw))
    except BaseException as error:
        if parser is not None:
            parser.close()
        if not isinstance(error, HttpError):
            raise
        if error.status in _LIMITS_REACHED:
            limit_log.report(_LIMITS_REACHED[error.status], request.client)
        request.read_error = request.read_error or error
        return None


def _max_bytes(request: Request, limits: BodyLimits) -> int | None:
    """Returns how many bytes the body may have; None for one that nobody looks at."""
    kind = request.media_type()
    max_bytes = limits.max_upload_bytes if kind == MULTIPART else limits.max_bytes
    if request.path.startswith(OAUTH_PREFIX):
        takes_json = request.path == OAUTH_REGISTRATION and kind == "application/json"
        return min(max_bytes, MAX_STRANGERS_BODY_BYTES) if takes_json or kind == FORM_URLENCODED else None
    if request.path.startswith(WEB_APP_PATHS) and request.principal is None:
        return min(max_bytes, MAX_STRANGERS_BODY_BYTES)
    return max_bytes


def _check_head(request: Request, max_bytes: int) -> None:
    """Raises `HttpError` when the headers say that the body is not taken."""
    declared = request.header(b"content-length")
    if declared and declared.isdigit() and (len(declared) > 18 or int(declared) > max_bytes):
        raise _too_large(max_bytes)
    # Names of others besides would mean that it is compressed.
    if (request.header(b"transfer-encoding") or "chunked").strip().lower() != "chunked":
        raise HttpError(400, "The only transfer-encoding that is taken is chunked")
    encoding = (request.header(b"content-encoding") or "").strip().lower()
    if encoding not in ("", "identity"):
        raise HttpError(415, "The body must not be compressed: send it without a content-encoding")


def _too_large(max_bytes: int) -> HttpError:
    return HttpError(413, f"The body is larger than {max_bytes} bytes")


async def _receive_all(
    receive: Receive, max_bytes: int, limits: BodyLimits, write: Callable[[bytes], Awaitable[None]] | None
) -> bytes:
    """Returns a body, of which ``write`` takes what has come, whenever there is enough of it.

    In any ``slow_seconds`` it must bring as many bytes as a slow one would, or end. Raises `HttpError` and `ClientDisconnect`.
    """
    loop = asyncio.get_running_loop()
    enough_bytes = limits.bytes_per_second * limits.slow_seconds
    received = in_time = 0
    pending = bytearray()
    try:
        async with asyncio.timeout(limits.slow_seconds) as timeout:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                piece = message.get("body", b"")
                received += len(piece)
                if received > max_bytes:
                    raise _too_large(max_bytes)
                pending += piece
                if not message.get("more_body", False):
                    return bytes(pending)
                in_time += len(piece)
                if write is not None and len(pending) >= _PIECE_BYTES:
                    # The client does not answer for how long a thread takes.
                    timeout.reschedule(None)
                    await write(bytes(pending))
                    pending.clear()
                    timeout.reschedule(loop.time() + limits.slow_seconds)
                    in_time = 0
                elif in_time >= enough_bytes:
                    timeout.reschedule(loop.time() + limits.slow_seconds)
                    in_time = 0
    except TimeoutError:
        raise HttpError(408, f"The body must bring {limits.bytes_per_second} bytes a second") from None


def _finish(parser: FormParser, last_piece: bytes) -> Form:
    parser.write(last_piece)
    return parser.finish()


def _form(raw: bytes) -> Form:
    if raw.count(b"&") >= MAX_MEMBERS:
        raise HttpError(400, f"The form has more than {MAX_MEMBERS} members")
    try:
        return Form(urlencoded.read_pairs(raw))
    except UnicodeDecodeError:
        raise HttpError(400, "The body is not a valid form") from None


def _json(raw: bytes) -> object:
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if not raw.strip():
        return None
    if raw.count(b"[") + raw.count(b"{") > MAX_JSON_BRACKETS:
        raise HttpError(400, f"The body has more than {MAX_JSON_BRACKETS} lists and objects")
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise HttpError(400, f"The body is not valid JSON: {error}") from None
