"""Creates the connector's HTTP clients (user agent, time-outs, trusted certificates), and reads answers up to a size."""

from __future__ import annotations

import functools
import os
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2

from dealwright._version import __version__
from dealwright.connectors.errors import UnusableConnection

CONNECT_TIMEOUT_SECONDS = 10.0
MAX_CONNECTIONS = 20
"""How many requests of an asynchronous client are under way at once; the others wait."""
MAX_ANSWER_VARIABLE = "DEALWRIGHT_MAX_ANSWER_BYTES"
DEFAULT_MAX_ANSWER_BYTES = 100 * 1024 * 1024
"""How large an answer may be, decompressed, unless the environment says otherwise: twice the largest file of the CRM."""
MAX_ERROR_BYTES = 1024 * 1024
"""How much of an answer is read that says that something failed; what follows is left out."""

MAX_ENCODINGS = 3
"""How often an answer may be compressed."""
SLOW_SECONDS = 60.0
SLOW_BYTES_PER_SECOND = 100
"""In any so many seconds an answer brings as many bytes a second, or it is given up: it might never end."""

_STEP_BYTES = 256 * 1024
_GZIP, _DEFLATE, _RAW_DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


class AnswerTooLarge(Exception):
    """An answer is larger than it may be, compressed or not; ``response`` has its status and headers."""

    def __init__(self, response: httpx2.Response, max_bytes: int) -> None:
        super().__init__(f"The answer is larger than {max_bytes} bytes; {MAX_ANSWER_VARIABLE} allows more")
        self.response = response


def create_client(seconds: float, **options: Any) -> httpx2.Client:
    """Returns a client that waits at most so many seconds for the next byte.

    ``options`` are those of `httpx2.Client`.
    """
    return httpx2.Client(**_options(seconds, options))


def create_async_client(seconds: float, **options: Any) -> httpx2.AsyncClient:
    """Returns a client for an event loop that waits at most so many seconds for the next byte.

    ``options`` are those of `httpx2.AsyncClient`.
    """
    # Tasks are many where threads are few: they wait in line for a connection, however long that takes.
    options.setdefault("limits", httpx2.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=20))
    return httpx2.AsyncClient(**_options(seconds, options, pool=None))


def _options(seconds: float, options: dict[str, Any], **waits: float | None) -> dict[str, Any]:
    if "transport" not in options:
        options["verify"] = _trusted_certificates()
    return {
        "headers": {
            "user-agent": f"dealwright/{__version__}",
            "accept": "application/json, */*;q=0.5",
            "accept-encoding": "gzip, deflate",
        },
        "timeout": httpx2.Timeout(seconds, connect=min(seconds, CONNECT_TIMEOUT_SECONDS), **waits),
        **options,
    }


def max_answer_bytes() -> int:
    """Returns how large an answer may be. Raises `UnusableConnection` when the environment says nonsense."""
    text = os.environ.get(MAX_ANSWER_VARIABLE)
    if not text:
        return DEFAULT_MAX_ANSWER_BYTES
    if not text.isascii() or not text.isdigit() or len(text) > 15 or int(text) == 0:
        raise UnusableConnection(f"{MAX_ANSWER_VARIABLE} must be a number of bytes, such as {DEFAULT_MAX_ANSWER_BYTES}")
    return int(text)


Pieces = Callable[[httpx2.Response], AsyncIterator[bytes]]
Close = Callable[[Any], Awaitable[None]]


async def read_content(response: httpx2.Response, max_bytes: int, pieces: Pieces, close: Close) -> bytes:
    """Returns the content of a response that was sent for with ``stream``, decompressed, and closes the response.

    Of an error at most `MAX_ERROR_BYTES` are read. Raises `AnswerTooLarge` for any other answer that has more than
    ``max_bytes``, and `httpx2.HTTPError`.
    """
    if response.is_stream_consumed:
        # The transport of the embedded CRM has it already.
        return response.content
    is_error = response.status_code >= 400
    limit = min(max_bytes, MAX_ERROR_BYTES) if is_error else max_bytes
    read: list[bytes] = []
    size = 0
    try:
        async for piece in decoded(response, pieces):
            read.append(piece[: limit - size])
            size += len(piece)
            if size > limit:
                if not is_error:
                    raise AnswerTooLarge(response, max_bytes)
                break
    finally:
        await close(response)
    return b"".join(read)


async def decoded(response: httpx2.Response, pieces: Pieces) -> AsyncIterator[bytes]:
    """Yields the content of a response as it comes, decompressed in small steps. Raises `httpx2.HTTPError`."""
    if response.is_stream_consumed:
        yield response.content
        return
    content = _fast_enough(response, pieces)
    encodings = response.headers.get("content-encoding", "").split(",")
    if len(encodings) > MAX_ENCODINGS:
        raise httpx2.DecodingError("The answer is compressed too often", request=response.request)
    for encoding in reversed(encodings):
        name = encoding.strip().lower()
        if name in ("gzip", "x-gzip"):
            content = _decompressed(content, _GZIP)
        elif name == "deflate":
            content = _decompressed(content, _DEFLATE)
        elif name not in ("", "identity"):
            raise httpx2.DecodingError(f"The answer is compressed by '{name}'", request=response.request)
    try:
        async for piece in content:
            yield piece
    except zlib.error as error:
        raise httpx2.DecodingError(str(error), request=response.request) from error


async def _fast_enough(response: httpx2.Response, pieces: Pieces) -> AsyncIterator[bytes]:
    """Yields the content of a response as it comes. Raises `httpx2.ReadTimeout` for one that trickles."""
    enough_bytes = SLOW_BYTES_PER_SECOND * SLOW_SECONDS
    in_time = 0
    ends_at = time.monotonic() + SLOW_SECONDS
    async for piece in pieces(response):
        yield piece
        in_time += len(piece)
        if in_time >= enough_bytes:
            in_time = 0
            ends_at = time.monotonic() + SLOW_SECONDS
        elif time.monotonic() > ends_at:
            message = f"The answer brings fewer than {SLOW_BYTES_PER_SECOND} bytes a second"
            raise httpx2.ReadTimeout(message, request=response.request)


async def _decompressed(pieces: AsyncIterator[bytes], window_bits: int) -> AsyncIterator[bytes]:
    decoder = zlib.decompressobj(window_bits)
    is_empty = True
    async for piece in pieces:
        if is_empty and piece:
            is_empty = False
            # Some services leave out the head that the standard asks for; it is a multiple of 31.
            if window_bits == _DEFLATE and (piece[0] & 15 != 8 or int.from_bytes(piece[:2], "big") % 31):
                decoder = zlib.decompressobj(_RAW_DEFLATE)
        remaining = piece
        while remaining and not decoder.eof:
            yield decoder.decompress(remaining, _STEP_BYTES)
            remaining = decoder.unconsumed_tail
    if not is_empty and not decoder.eof:
        yield decoder.flush()
        if not decoder.eof:
            raise zlib.error("the answer is cut off")


@functools.cache
def _trusted_certificates() -> ssl.SSLContext:
    """Returns the trusted certificates, cached: reading them takes longer than most requests."""
    return httpx2.create_ssl_context()
