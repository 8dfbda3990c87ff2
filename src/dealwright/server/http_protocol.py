"""uvicorn's HTTP protocol within limits: what a stranger can hold before the application sees a request.

It counts connections, bytes of heads and seconds, and nothing for each request that is not needed for that. Bodies are limited
where they are read (`server.requests`). Decision 26 says why uvicorn's protocol is extended, and what that costs.
"""

from __future__ import annotations

import asyncio
import urllib.parse
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from dealwright._limit_log import limit_log
from dealwright._lost_answers import AnswerLost
from dealwright.server import responses
from dealwright.server.connections import Connections, Refusal
from dealwright.server.errors import HttpError
from dealwright.server.requests import END_STREAM, new_correlation_id

# An answer that was given before all was read is lost when the connection is closed at once: the client, which still
# sends, is told that the connection broke.
LINGER_SECONDS = 5.0
REFUSED_LINGER_SECONDS = 1.0
MAX_REFUSED_LINGERING = 64
# At the end of the server, requests that are not complete have this long to become so, and answers to be taken.
SHUTDOWN_SECONDS = 3.0
MAX_PIPELINED_REQUESTS = 64
AsgiCallable = Callable[..., Awaitable[None]]


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        connections: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.address = ""
        self._all = connections
        self._limits = connections.limits
        # The request that is being answered; uvicorn's `cycle` is the one that was read last.
        self._running: RequestResponseCycle | None = None
        self._ignores_input = False
        # Bytes since a head, a piece of a body or a message was complete; and how long a head that is completed by the
        # data at hand can be at most.
        self._pending_bytes = 0
        self._longest_head = 0
        # When the client began to owe a head; 0 while it does not.
        self._head_since = 0.0
        self._is_between_messages = False
        self._unsent_bytes = 0
        self._unsent_since = 0.0
        # When the server began to end; 0 before that.
        self._ending_since = 0.0

    # What asyncio calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self._head_since = self.loop.time()
        try:
            self._all.add(self)
        except Refusal as refusal:
            limit_log.report(refusal.limit, self.address)
            self._write_error(refusal)
            if len(self._all.refused) >= MAX_REFUSED_LINGERING:
                self.transport.close()
                return
            self._all.refused.add(self)
            self._linger(REFUSED_LINGER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_requests()
        super().connection_lost(exc)
        self._all.discard(self)

    def data_received(self, data: bytes) -> None:
        if self._ignores_input:
            return
        self._unset_keepalive_if_required()
        if self._is_between_messages:
            self._is_between_messages = False
            self._head_since = self.loop.time()
        self._pending_bytes += len(data)
        self._longest_head = self._pending_bytes
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # No other protocol is spoken here. The request is answered; what follows it is not understood.
            self.cycle.keep_alive = False
            self._ignores_input = True
        except httptools.HttpParserError as error:
            refusal = error.__context__
            self._refuse(
                refusal
                if isinstance(refusal, Refusal)
                else Refusal(400, "This is not a valid HTTP request", "this was no valid HTTP request")
            )
        else:
            if self._pending_bytes > self._limits.max_target_bytes:
                self._check_incomplete_head()

    def shutdown(self) -> None:
        super().shutdown()
        self._ending_since = self.loop.time()
        if self._running is not None:
            scope: dict[str, Any] = self._running.scope  # type: ignore[assignment]
            scope.get(END_STREAM, lambda: None)()

    # What the parser calls. An exception ends the parsing.

    def on_headers_complete(self) -> None:
        if self._longest_head > self._limits.max_target_bytes:
            # Each header has a colon, a space and the end of its line; the request line has as much around the target.
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            self._check_head(len(self.url), size)
        if len(self.pipeline) >= MAX_PIPELINED_REQUESTS:
            raise Refusal(
                503, "Too many requests wait in this connection", "too many requests waited in one connection"
            )
        super().on_headers_complete()
        # What comes after the body looks like headers, but must not be taken for them.
        self.headers = []
        self._pending_bytes = 0
        self._head_since = 0.0

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._pending_bytes = 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._pending_bytes = 0
        self._is_between_messages = True

    # Answering.

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        super()._start_asgi_task(cycle, partial(self._run, cycle, app))

    async def _run(
        self, cycle: RequestResponseCycle, app: AsgiCallable, scope: Any, receive: AsgiCallable, send: AsgiCallable
    ) -> None:
        """Runs the application for a request.

        When it answers before it has read the whole body, the connection is closed after that.
        """
        self._running = cycle
        if cycle.more_body:
            send = partial(_send_with_close, cycle, send)
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            # The server ends, and did not wait any longer. Nobody knows what the request has done.
            self._abort()
            return
        except AnswerLost:
            self._abort()
            return
        if cycle.more_body and cycle.response_complete:
            self._linger(LINGER_SECONDS)

    def check(self, now: float) -> None:
        """Ends the connection when its client is too slow."""
        is_idle = self.cycle is None or self.cycle.response_complete
        owes_head = self._head_since and is_idle and not self._ignores_input
        if owes_head and now - self._head_since > self._limits.head_seconds:
            self._end_slow_head()
        if self._ending_since and now - self._ending_since > SHUTDOWN_SECONDS and (is_idle or self.cycle.more_body):
            self._abort()
        unsent_bytes = self.transport.get_write_buffer_size()
        if not unsent_bytes or unsent_bytes != self._unsent_bytes:
            self._unsent_bytes, self._unsent_since = unsent_bytes, now
        elif now - self._unsent_since > (SHUTDOWN_SECONDS if self._ending_since else self._limits.stalled_seconds):
            limit_log.report("an answer was not taken", self.address)
            self._abort()

    # Ending a connection.

    def _check_head(self, target_bytes: int, head_bytes: int) -> None:
        """Raises `Refusal` for a head that is too large."""
        if target_bytes > self._limits.max_target_bytes:
            message = f"The request target is larger than {self._limits.max_target_bytes} bytes"
            raise Refusal(414, message, "a request target was too large")
        if head_bytes > self._limits.max_head_bytes:
            message = f"The head of the request is larger than {self._limits.max_head_bytes} bytes"
            raise Refusal(431, message, "the head of a request was too large")

    def _check_incomplete_head(self) -> None:
        try:
            self._check_head(len(getattr(self, "url", b"")), self._pending_bytes)
        except Refusal as refusal:
            self._refuse(refusal)

    def _end_slow_head(self) -> None:
        if not self._pending_bytes:
            # Nothing was asked, so that there is nothing to answer.
            limit_log.report("a connection stayed silent", self.address)
            self.transport.close()
            return
        message = f"The head of the request was not complete after {self._limits.head_seconds:g} seconds"
        self._refuse(Refusal(408, message, "the head of a request was too slow"))

    def _refuse(self, refusal: Refusal) -> None:
        """Takes nothing more from the client, and says why, unless it is being answered."""
        limit_log.report(refusal.limit, self.address)
        self._ignores_input = True
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            # Nothing more is asked for, and after the refusal nothing more can be written.
            cycle.waiting_for_100_continue = False
            if not cycle.more_body:
                cycle.keep_alive = False
                return
            if cycle.response_started or self.pipeline:
                self._abort()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self._write_error(refusal)
        self._linger(LINGER_SECONDS)

    def _write_error(self, refusal: Refusal) -> None:
        path = urllib.parse.unquote(getattr(self, "url", b"").partition(b"?")[0].decode("latin-1"))
        response = responses.refusal(HttpError(refusal.status, refusal.message), path, new_correlation_id())
        headers = [*self.server_state.default_headers, *response.headers, (b"connection", b"close")]
        head = b"".join(b"%s: %s\r\n" % header for header in headers)
        self.transport.write(b"".join([STATUS_LINE[refusal.status], head, b"\r\n", response.body]))

    def _linger(self, seconds: float) -> None:
        """Closes the connection when the client has closed it, too, or after some seconds. What it sends is ignored."""
        self._ignores_input = True
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(seconds, self.transport.close)

    def _abort(self) -> None:
        """Ends the connection at once, and whatever it is that still waits to be sent."""
        self._forget_requests()
        self.transport.abort()

    def _forget_requests(self) -> None:
        """Lets nothing more be written. Otherwise uvicorn would do so only for the request that was read last."""
        self.pipeline.clear()
        if self._running is not None:
            self._running.disconnected = True


async def _send_with_close(cycle: RequestResponseCycle, send: AsgiCallable, message: Any) -> None:
    """Sends a message; the head of an answer says that the connection closes when the body was not read to its end."""
    if message["type"] != "http.response.start" or not cycle.more_body:
        await send(message)
        return
    cycle.keep_alive = False
    await send(message)
    # Otherwise uvicorn would close it at once.
    cycle.keep_alive = True
