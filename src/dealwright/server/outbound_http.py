"""Sends one request to a URL that a user has entered, and reads how it was answered.

Connects only to addresses that the outbound policy allows, and to the very address that was checked: a name that
resolves differently a moment later changes nothing. Redirects are not followed, no proxy stands between, and
certificates must be valid. All of it, from the look-up of the name to the end of the answer, has to fit into
`TIMEOUT_SECONDS`.
"""

from __future__ import annotations

import atexit
import functools
import os
import ssl
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpcore2

from dealwright.crm.kernel import outbound_policy
from dealwright.crm.kernel.outbound_policy import AllowedNetworks

TIMEOUT_SECONDS = 10.0
MAX_RESPONSE_BYTES = 64 * 1024
"""The number of bytes of a response that are read before the connection is closed, where nobody wants them."""

MAX_CONTENT_BYTES = 4 * 1024 * 1024
"""The number of bytes that an answer may have whose content is wanted."""

MAX_CONNECTIONS = 100
KEEPALIVE_SECONDS = 2.0

_deadline: ContextVar[float] = ContextVar("deadline")


class HttpResult(NamedTuple):
    """The result of a request. ``error`` is None for a success, and ``status`` is None when there was no answer."""

    status: int | None
    error: str | None

    @property
    def kind(self) -> str:
        """The result in one word."""
        if self.error is None:
            return "delivered"
        return "unanswered" if self.status is None else "rejected"


def post(url: str, content: bytes, headers: Mapping[str, str], allowed_networks: AllowedNetworks) -> HttpResult:
    """Posts the content and returns the result; any status of 2xx is a success. Never raises."""
    result, _ = _send("POST", url, content, headers, allowed_networks, MAX_RESPONSE_BYTES)
    return result


def get(
    url: str, headers: Mapping[str, str], allowed_networks: AllowedNetworks, max_bytes: int = MAX_CONTENT_BYTES
) -> tuple[HttpResult, bytes]:
    """Returns the result of a GET, and what was answered to it; any status of 2xx is a success. Never raises."""
    result, found = _send("GET", url, None, headers, allowed_networks, max_bytes + 1)
    if result.error is None and len(found) > max_bytes:
        return HttpResult(result.status, f"answered with more than {max_bytes} bytes"), b""
    return result, found


def _send(
    method: str,
    url: str,
    content: bytes | None,
    headers: Mapping[str, str],
    allowed_networks: AllowedNetworks,
    max_bytes: int,
) -> tuple[HttpResult, bytes]:
    """Sends a request; returns the result, and the beginning of what was answered."""
    _deadline.set(time.monotonic() + TIMEOUT_SECONDS)
    try:
        with _pool(allowed_networks).stream(
            method, _httpcore_url(url), headers=list(headers.items()), content=content
        ) as response:
            status = response.status
            found = _read(response.iter_stream(), max_bytes)
    except (httpcore2.TimeoutException, _DeadlineExceeded):
        return HttpResult(None, f"no answer within {TIMEOUT_SECONDS:g} s"), b""
    except Exception as error:
        # No behaviour of a foreign server may make the job fail.
        return HttpResult(None, str(error) or type(error).__name__), b""
    return HttpResult(status, None if 200 <= status < 300 else f"answered {status}"), found


def _httpcore_url(url: str) -> httpcore2.URL:
    """Returns a URL in parts: as a whole, httpcore takes what follows a semicolon for no part of the path."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore2.URL(scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target=target)


class _DeadlineExceeded(Exception):
    """The time for a request is over."""


class _GuardedBackend(httpcore2.NetworkBackend):
    """Resolves names itself, and connects only to the addresses that it has checked."""

    def __init__(self, allowed_networks: AllowedNetworks) -> None:
        self._allowed_networks = allowed_networks
        self._network = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        found = outbound_policy.resolve(host, port, _remaining_seconds())
        if not found:
            raise httpcore2.ConnectError(f"there is no address of {host}")
        if not all(outbound_policy.is_allowed(address, self._allowed_networks) for address in found):
            raise httpcore2.ConnectError(f"{host} is at an address that this server does not call")
        *others, last = found
        for address in others:
            try:
                return self._connect(address, port, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return self._connect(last, port, socket_options)

    def _connect(self, address: str, port: int, socket_options: Iterable[Any] | None) -> httpcore2.NetworkStream:
        return _Stream(
            self._network.connect_tcp(address, port, timeout=_remaining_seconds(), socket_options=socket_options)
        )


class _Stream(httpcore2.NetworkStream):
    """A connection whose time-outs are the rest of the time for the whole request, not one for each of its parts."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _remaining_seconds())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _remaining_seconds())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _remaining_seconds()))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@functools.cache
def _pool(allowed_networks: AllowedNetworks) -> httpcore2.ConnectionPool:
    """Returns the connections of this process; a forked child begins with none."""
    pool = httpcore2.ConnectionPool(
        ssl_context=httpcore2.default_ssl_context(),
        max_connections=MAX_CONNECTIONS,
        keepalive_expiry=KEEPALIVE_SECONDS,
        network_backend=_GuardedBackend(allowed_networks),
    )
    atexit.register(pool.close)
    return pool


def reset_pool() -> None:
    """Makes the next request begin without open connections, and with the certificates that are trusted then."""
    _pool.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=reset_pool)


def _remaining_seconds() -> float:
    """Returns the seconds that are left for the request of this thread.

    Raises `_DeadlineExceeded` when there are none.
    """
    remaining = _deadline.get() - time.monotonic()
    if remaining <= 0:
        raise _DeadlineExceeded
    return remaining


def _read(chunks: Iterable[bytes], max_bytes: int) -> bytes:
    """Reads an answer to its end, so that the connection can be used again; gives up on a long one."""
    found = bytearray()
    for chunk in chunks:
        found += chunk
        if len(found) > max_bytes:
            break
    return bytes(found)
