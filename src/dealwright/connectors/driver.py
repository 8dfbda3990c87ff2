"""Carries the connector's rules out, in the calling thread or on an event loop.

The rules (retries, budget, renewal of tokens, idempotency keys) are coroutines, written once. What they wait for goes through a `Driver`.
`Blocking` waits in the calling thread, so that its coroutines never pause and `finish` runs them like functions; `Asynchronous` waits on
the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Protocol, TypeVar

import httpx2

from dealwright.connectors import pages, transport
from dealwright.connectors.auth import Header
from dealwright.connectors.calls import Params
from dealwright.connectors.retry import Clock
from dealwright.contract.endpoint import Paging

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


class Driver(Protocol):
    """What the rules wait for."""

    def create_client(self, seconds: float, **options: Any) -> Any:
        """Returns an HTTP client; ``options`` are those of `transport.create_client`."""

    def wrap(self, shared: httpx2.BaseTransport) -> Any:
        """Returns a transport for `create_client` that stays open when its client is closed."""

    async def send(self, client: Any, request: httpx2.Request, auth: Header | None) -> httpx2.Response:
        """Sends a request and returns the response, whose content is still to be read."""

    def pieces(self, response: httpx2.Response) -> AsyncIterator[bytes]:
        """Yields the content of a response as it comes."""

    async def close(self, opened: Any) -> None:
        """Closes a client or a response."""

    async def sleep(self, clock: Clock, seconds: float) -> None:
        """Waits."""

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Returns the result of a function that may block: it reads files, or waits for other threads."""


class Blocking:
    """Waits in the calling thread."""

    def create_client(self, seconds: float, **options: Any) -> httpx2.Client:
        """Returns an HTTP client."""
        return transport.create_client(seconds, **options)

    def wrap(self, shared: httpx2.BaseTransport) -> httpx2.BaseTransport:
        """Returns a transport that stays open when its client is closed."""
        return _Shared(shared)

    async def send(self, client: httpx2.Client, request: httpx2.Request, auth: Header | None) -> httpx2.Response:
        """Sends a request and returns the response."""
        return client.send(request, auth=auth, stream=True)

    async def pieces(self, response: httpx2.Response) -> AsyncIterator[bytes]:
        """Yields the content of a response as it comes."""
        for piece in response.iter_raw():
            yield piece

    async def close(self, opened: httpx2.Client | httpx2.Response) -> None:
        """Closes a client or a response."""
        opened.close()

    async def sleep(self, clock: Clock, seconds: float) -> None:
        """Waits."""
        clock.sleep(seconds)

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Returns the result of a function."""
        return function(*arguments)


class Asynchronous:
    """Waits on the event loop; what blocks, runs in a thread meanwhile."""

    def create_client(self, seconds: float, **options: Any) -> httpx2.AsyncClient:
        """Returns an HTTP client."""
        return transport.create_async_client(seconds, **options)

    def wrap(self, shared: httpx2.BaseTransport) -> httpx2.AsyncBaseTransport:
        """Returns a transport that stays open when its client is closed."""
        return _InThread(shared)

    async def send(self, client: httpx2.AsyncClient, request: httpx2.Request, auth: Header | None) -> httpx2.Response:
        """Sends a request and returns the response."""
        return await client.send(request, auth=auth, stream=True)

    async def pieces(self, response: httpx2.Response) -> AsyncIterator[bytes]:
        """Yields the content of a response as it comes."""
        async for piece in response.aiter_raw():
            yield piece

    async def close(self, opened: httpx2.AsyncClient | httpx2.Response) -> None:
        """Closes a client or a response."""
        await opened.aclose()

    async def sleep(self, clock: Clock, seconds: float) -> None:
        """Waits: another clock than the system's sleeps as it likes, in a thread."""
        if clock is time:
            await asyncio.sleep(seconds)
        else:
            await asyncio.to_thread(clock.sleep, seconds)

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Returns the result of a function that runs in a thread; it is not left before its end."""
        running = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            # What has been booked or stored half is worse than a late cancellation.
            await asyncio.wait([running])
            if not running.cancelled() and (error := running.exception()) is not None:
                _LOG.debug("A call was cancelled, and failed as well: %s", error)
            raise


def finish(running: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine of `Blocking` to its end and returns its result."""
    try:
        running.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    running.close()
    raise RuntimeError("A coroutine waits for an event loop, and there is none")


def finish_each(running: AsyncIterator[T]) -> Iterator[T]:
    """Yields what an asynchronous iterator of `Blocking` yields."""
    try:
        while True:
            try:
                item = finish(_next(running))
            except StopAsyncIteration:
                return
            yield item
    finally:
        if isinstance(running, AsyncGenerator):
            finish(_close(running))


def walk_pages(fetch: Callable[[Params], Any], params: Params, paging: Paging) -> Iterator[Any]:
    """Yields every item of a list, whose pages a function fetches."""

    async def fetch_page(following: Params) -> Any:
        return fetch(following)

    return finish_each(pages.walk(fetch_page, params, paging))


async def _next(running: AsyncIterator[T]) -> T:
    return await running.__anext__()


async def _close(running: AsyncGenerator[Any, None]) -> None:
    await running.aclose()


class _Shared(httpx2.BaseTransport):
    """A transport that stays open when the client that uses it is closed."""

    def __init__(self, transport: httpx2.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._transport.handle_request(request)


class _InThread(httpx2.AsyncBaseTransport):
    """A transport of the embedded CRM for an event loop, which goes on meanwhile."""

    def __init__(self, transport: httpx2.BaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await asyncio.to_thread(self._transport.handle_request, request)
