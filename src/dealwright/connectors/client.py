"""Runs actions by name on a named connection."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from dealwright.connectors import calls, pages
from dealwright.connectors.answers import Answer
from dealwright.connectors.calls import Params
from dealwright.connectors.connections import LOCAL, Connection, connection
from dealwright.connectors.request import Channel


class Client:
    """Runs actions on one connection; keeps it open in between, and may be used from several threads.

    ``timeout`` is how many seconds to wait for an answer, instead of what the connection says.

        with Client("sales") as sales:
            deal = sales.run("get_deals_by_id", {"id": 7})["data"]
            for person in sales.iterate("get_persons"):
                ...
    """

    def __init__(self, connection_name: str | Connection = LOCAL, *, timeout: float | None = None) -> None:
        """Looks the connection up. Raises `UnknownConnection` and `UnusableConnection`."""
        self.connection = connection(connection_name) if isinstance(connection_name, str) else connection_name
        self._timeout = timeout
        self._lock = threading.Lock()
        self._channel: Channel | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes what is kept open. A later call opens it anew."""
        with self._lock:
            if self._channel is not None:
                self._channel.close()
                self._channel = None

    # What an action gives depends on its name, so there is no better type than `Any` for all of them.
    def run(self, action: str, params: Params | None = None) -> Any:
        """Runs an action and returns the body of the answer: decoded JSON, or the bytes of a download.

        ``params`` has path and query parameters flat and the request body under ``data``. Raises the errors of
        `dealwright.connectors.errors`.
        """
        return self.request(action, params).body

    def iterate(self, action: str, params: Params | None = None) -> Iterator[Any]:
        """Every item of a list; pages are fetched as they are needed.

        The parameters are checked at once, before the first item is asked for.
        """
        first = calls.prepare(action, params)
        exact = first.action

        def fetch(following: Params) -> Any:
            call = first if following is given else calls.prepare(exact, following)
            return self._open().send(call).body

        given = params or {}
        return pages.walk(fetch, given, first.entry.paging)

    def request(self, action: str, params: Params | None = None) -> Answer:
        """Runs an action and returns the whole answer: status, headers and body. Raises as `run` does."""
        call = calls.prepare(action, params)
        return self._open().send(call)

    def _open(self) -> Channel:
        with self._lock:
            if self._channel is None:
                self._channel = Channel(self.connection, self._timeout)
            return self._channel


def run_connection_action(
    connection_name: str,
    action_name: str | None = None,
    params: Params | None = None,
    *,
    action: str | None = None,
    payload: Params | None = None,
) -> Any:
    """Runs an action of a named connection and returns the body of its answer.

        run_connection_action("sales", "get_deals_by_id", {"id": 7})
        run_connection_action(connection_name="sales", action_name="post_deals", params={"data": {"title": "Roof"}})

    ``action`` and ``payload`` are older names of ``action_name`` and ``params``. Raises the errors of
    `dealwright.connectors.errors`.
    """
    if (action_name is None) == (action is None):
        raise TypeError("run_connection_action() takes either action_name or its older name, action")
    if params is not None and payload is not None:
        raise TypeError("run_connection_action() takes either params or its older name, payload")
    name = action_name if action_name is not None else action
    assert name is not None
    return _kept_open(connection(connection_name)).run(name, params if params is not None else payload)


_lock = threading.Lock()
_clients: dict[Connection, Client] = {}


def _kept_open(to: Connection) -> Client:
    """The client of a connection, shared by all calls of `run_connection_action` until the process ends."""
    with _lock:
        return _clients.setdefault(to, Client(to))


def close_all() -> None:
    """Closes the connections that `run_connection_action` keeps open."""
    with _lock:
        closing = list(_clients.values())
        _clients.clear()
    for client in closing:
        client.close()


atexit.register(close_all)
# A forked child must not use its parent's sockets.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_clients.clear)
