"""An HTTP transport that calls an ASGI application in this process, synchronously and from any thread.

A request runs to its end on an idle event loop of a small pool, in the calling thread: that costs two thirds of handing
it to a loop in a thread of its own. No loop is bound to a thread; a request from inside a running loop, where no other
can run, takes a thread for itself.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2

from dealwright._lost_answers import AnswerLost

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


# Unlike epoll and kqueue, poll keeps no state in the kernel, so that a forked child cannot disturb its parent's loops.
_SELECTOR: type[selectors.BaseSelector] = getattr(selectors, "PollSelector", selectors.SelectSelector)


class AsgiTransport(httpx2.BaseTransport):
    """Carries requests to an application; has no connections, proxies or time-outs."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._idle: list[asyncio.AbstractEventLoop] = []
        self._closed = False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Carries one request to the application and returns its response.

        Raises `httpx2.RemoteProtocolError` when the application fails, `httpx2.ReadError` and `httpx2.ReadTimeout` when it gives no answer.
        """
        content = request.read()
        if asyncio._get_running_loop() is None:
            return self._run(request, content)
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._run, request, content).result()

    def close(self) -> None:
        """Closes the idle event loops; those in use are closed at the end of their request."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for loop in idle:
            loop.close()

    def _run(self, request: httpx2.Request, content: bytes) -> httpx2.Response:
        with self._lock:
            loop = self._idle.pop() if self._idle else asyncio.SelectorEventLoop(_SELECTOR())
        try:
            return loop.run_until_complete(_exchange(self._app, request, content))
        except AnswerLost as error:
            kind = httpx2.ReadTimeout if error.timed_out else httpx2.ReadError
            raise kind(str(error), request=request) from error
        except Exception as error:
            raise httpx2.RemoteProtocolError(f"the application failed: {error!r}", request=request) from error
        finally:
            with self._lock:
                keep = not self._closed
                if keep:
                    self._idle.append(loop)
            if not keep:
                loop.close()


async def _exchange(app: Application, request: httpx2.Request, content: bytes) -> httpx2.Response:
    url = request.url
    scope: Message = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0],
        "query_string": url.query,
        "server": (url.host, url.port),
        "client": ("127.0.0.1", 0),
        "root_path": "",
    }
    received = False
    status = 0
    headers: list[tuple[bytes, bytes]] = []
    parts: list[bytes] = []
    complete = False

    async def receive() -> Message:
        nonlocal received
        if received:
            return {"type": "http.disconnect"}
        received = True
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers, complete
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))
            complete = not message.get("more_body", False)

    await app(scope, receive, send)
    if not complete:
        raise RuntimeError("it did not finish its answer")
    return httpx2.Response(status, headers=headers, content=b"".join(parts), request=request)
