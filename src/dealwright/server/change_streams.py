"""Sends the changes of companies to the browsers that listen, as server-sent events.

One task in each process looks, while anybody listens, at the change logs of their companies, in one thread for all: each log is read
once, and what has been added is filtered once for each user. So any number of processes may serve the browsers of a company. A
browser whose connection breaks goes on where it was, in whatever process.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from typing import Any

import orjson

from dealwright.crm.companies import Companies, InactiveUser
from dealwright.crm.history.change_feed import ChangeFeed, Entry, visible_changes
from dealwright.crm.kernel.unit_of_work import Principal, UserRef
from dealwright.crm.team import sessions
from dealwright.server import errors
from dealwright.server.requests import END_STREAM, Receive, Scope, Send
from dealwright.server.responses import Listener, Response

POLL_SECONDS = 0.5
SESSION_CHECK_SECONDS = 2.0
HEARTBEAT_SECONDS = 15.0
LOG_SECONDS = 10.0
RETRY_MS = 2000
MAX_PER_USER = 8
"""How many streams a user has in one process; the oldest ends for one more. A browser needs one for all its tabs."""
MAX_PENDING = 100
"""How many batches of events wait for a client that does not take them, before it is told to read anew instead."""


class _Stream:
    """One connection: what waits to be sent, and whether it has ended. All but ``listener`` belongs to the event loop."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.user = UserRef(listener.principal.company.id, listener.principal.user_id)
        self.has_ended = False
        self._pending: deque[bytes] = deque()
        self._position = 0
        self._wake = asyncio.Event()

    def add(self, events: bytes, position: int) -> None:
        """Adds events, which lead up to a position; instead of too many, that what was read may have changed."""
        self.move_to(position)
        if len(self._pending) >= MAX_PENDING:
            self._pending.clear()
            events = _event("reset", self._position)
        self._pending.append(events)
        self._wake.set()

    def move_to(self, position: int) -> None:
        """Notes that there was nothing for this user up to a position."""
        self._position = max(self._position, position)

    def end(self) -> None:
        """Ends the stream after what waits to be sent."""
        self.has_ended = True
        self._wake.set()

    async def next(self) -> bytes:
        """Returns what is to be sent next, a heartbeat when there has been nothing for a while; nothing at the end."""
        while not self._pending and not self.has_ended:
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                # The position may have moved on with what this user does not see.
                return b": \nid: %d\n\n" % self._position if self._position else b": \n\n"
        events = b"".join(self._pending)
        self._pending.clear()
        return events


class _Delivery:
    """What a look at the change logs has found for one stream."""

    def __init__(self, stream: _Stream, events: bytes, position: int, *, ends: bool = False) -> None:
        self.stream = stream
        self.events = events
        self.position = position
        self.ends = ends


class ChangeStreams:
    """The streams of one process."""

    def __init__(self, companies: Companies) -> None:
        self._companies = companies
        self._streams: list[_Stream] = []
        self._new: list[_Stream] = []
        self._task: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None
        # In the thread alone.
        self._feeds: dict[int, ChangeFeed] = {}
        self._log_again_at = 0.0

    async def serve(self, response: Response, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends an answer with a stream until the client leaves, the session ends or the server does."""
        assert response.stream is not None
        stream = _Stream(response.stream)
        scope[END_STREAM] = stream.end
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        self._add(stream)
        watcher = asyncio.create_task(_end_with_client(stream, receive))
        try:
            while events := await stream.next():
                await send({"type": "http.response.body", "body": events, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            watcher.cancel()
            stream.end()
            self._remove(stream)

    def close(self) -> None:
        """Ends the thread."""
        if self._thread is not None:
            self._thread.shutdown(wait=True)

    def _add(self, stream: _Stream) -> None:
        those = [one for one in (*self._streams, *self._new) if one.user == stream.user and not one.has_ended]
        for oldest in those[: len(those) - MAX_PER_USER + 1]:
            oldest.end()
        self._new.append(stream)
        if self._task is None:
            # Of no request: it goes on after the one with which it began.
            self._task = Context().run(asyncio.get_running_loop().create_task, self._run())

    def _remove(self, stream: _Stream) -> None:
        for streams in (self._streams, self._new):
            if stream in streams:
                streams.remove(stream)

    async def _run(self) -> None:
        """Looks at the change logs again and again, while anybody listens."""
        loop = asyncio.get_running_loop()
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="dealwright-changes")
        checked_at = loop.time()
        try:
            while self._streams or self._new:
                new, self._new = self._new, []
                is_check = loop.time() - checked_at >= SESSION_CHECK_SECONDS
                if is_check:
                    checked_at = loop.time()
                found, failed = await loop.run_in_executor(self._thread, self._look, [*self._streams], new, is_check)
                self._new = [*failed, *self._new]
                self._streams += [stream for stream in new if stream not in failed and not stream.has_ended]
                _deliver(found)
                await asyncio.sleep(POLL_SECONDS)
        finally:
            self._task = None

    # In the thread.

    def _look(
        self, streams: Sequence[_Stream], new: Sequence[_Stream], is_check: bool
    ) -> tuple[list[_Delivery], list[_Stream]]:
        """Returns what there is for each stream, and those of the new ones whose company could not be read."""
        found = self._ended(streams) if is_check else []
        failed: list[_Stream] = []
        companies = {stream.user.company_id: stream.listener.principal.company for stream in (*streams, *new)}
        for company_id in self._feeds.keys() - companies.keys():
            del self._feeds[company_id]
        for company_id, company in companies.items():
            beginning = [stream for stream in new if stream.user.company_id == company_id]
            try:
                feed = self._feeds.get(company_id) or self._feeds.setdefault(company_id, ChangeFeed(company))
                entries = feed.poll()
            except Exception as error:
                self._log_failure(error)
                failed += beginning
                continue
            listening = [stream for stream in streams if stream.user.company_id == company_id]
            if entries is None:
                found += [_Delivery(one, _event("reset", feed.position), feed.position) for one in listening]
            else:
                found += self._filter(listening, entries, feed.position)
            for stream in beginning:
                try:
                    found += self._begin(stream, feed)
                except Exception as error:
                    self._log_failure(error)
                    failed.append(stream)
        return found, failed

    def _begin(self, stream: _Stream, feed: ChangeFeed) -> list[_Delivery]:
        """Returns the beginning of a stream, and what has happened since the browser lost its connection."""
        position, after = feed.position, stream.listener.after
        first = _Delivery(stream, b"retry: %d\n" % RETRY_MS + _event("ready", position), position)
        if after is None:
            return [first]
        missed = feed.replay(after)
        if missed is None:
            return [first, _Delivery(stream, _event("reset", position), position)]
        return [first, *self._filter([stream], missed, position)]

    def _filter(self, streams: Iterable[_Stream], entries: Sequence[Entry], position: int) -> list[_Delivery]:
        """Returns what the users of some streams of a company may see of the entries."""
        by_user: dict[int, list[_Stream]] = {}
        for stream in streams:
            by_user.setdefault(stream.user.user_id, []).append(stream)
        found = []
        for those in by_user.values():
            events, ends = self._events(those[0].listener.principal, entries, position)
            found += [_Delivery(stream, events, position, ends=ends) for stream in those]
        return found

    def _events(self, principal: Principal, entries: Sequence[Entry], position: int) -> tuple[bytes, bool]:
        """Returns the events for a user, and whether the user's streams end."""
        if not entries:
            return b"", False
        try:
            with self._companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
                visible = visible_changes(crm, entries)
        except InactiveUser:
            return b"", True
        except Exception as error:
            # The entries have been taken from the feed.
            self._log_failure(error)
            return _event("reset", position), False
        found = ({"object": one.object, "id": one.id, "action": one.action} for one in visible)
        return b"".join(_event("change", one.position, data) for one, data in zip(visible, found, strict=True)), False

    def _log_failure(self, error: Exception) -> None:
        """Logs trouble with a database, now and then: streams stay open, and a later look finds what this one did not."""
        if time.monotonic() < self._log_again_at:
            return
        self._log_again_at = time.monotonic() + LOG_SECONDS
        status, _ = errors.render(error, "app")
        errors.log_failure(error, status, "looking for changes")

    def _ended(self, streams: Sequence[_Stream]) -> list[_Delivery]:
        """Returns the ends of streams whose sessions have ended, or act in another company now."""
        now, ids = self._companies.clock(), {stream.listener.session_id for stream in streams}
        try:
            still_open = sessions.find_open(self._companies.platform, ids, now)
        except Exception as error:
            self._log_failure(error)
            return []
        found = [(stream, still_open.get(stream.listener.session_id)) for stream in streams]
        return [
            _Delivery(stream, b"", 0, ends=True)
            for stream, session in found
            if session is None or session.chosen != stream.user or stream.user in session.lacking
        ]


def _deliver(found: Iterable[_Delivery]) -> None:
    for one in found:
        if one.ends:
            one.stream.end()
        elif one.events:
            one.stream.add(one.events, one.position)
        else:
            one.stream.move_to(one.position)


async def _end_with_client(stream: _Stream, receive: Receive) -> None:
    """Ends a stream when its client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


def _event(name: str, position: int, data: dict[str, Any] | None = None) -> bytes:
    return b"event: %s\nid: %d\ndata: %s\n\n" % (name.encode(), position, orjson.dumps(data or {}))
