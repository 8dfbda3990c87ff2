"""Runs actions by name on a named connection."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from types import TracebackType
from typing import Any

import msgspec

from dealwright.connectors import calls, pages, retry
from dealwright.connectors.answers import Answer
from dealwright.connectors.budget import Account, Budget, CostLimit, Ledger
from dealwright.connectors.calls import Params
from dealwright.connectors.channel import DEFAULT_TIMEOUT_SECONDS, Channel
from dealwright.connectors.connection_store import FILE_STORE, ConnectionStore
from dealwright.connectors.connections import LOCAL, Connection, get_connection
from dealwright.connectors.embedded import LocalCrm
from dealwright.connectors.errors import InvalidParams, NotPermitted
from dealwright.connectors.idempotency import IdempotencyStore
from dealwright.connectors.retry import DEFAULT_MAX_WAIT_SECONDS, DEFAULT_RETRIES, Clock, RetryPolicy
from dealwright.contract.catalogue import Entry
from dealwright.contract.errors import Problem


class Client:
    """Runs actions on one connection; keeps it open in between, and may be used from several threads.

    ``timeout`` is how many seconds to wait for an answer, instead of the connection's own. ``retries`` is how often a
    call is sent again at most, where that can do no harm, and ``max_wait`` within how many seconds. ``max_cost`` is how
    many tokens the connection may spend in a day, by all processes of this machine together; the day is that of
    ``time_zone``. ``clock`` replaces the system's clock in tests. A server gives the ``store`` that keeps the connection, the
    ``account`` that books its requests, and the ``application`` that a connection to the CRM in this process leads to.

        with Client("sales") as sales:
            deal = sales.run("get_deals_by_id", {"id": 7})["data"]
            for person in sales.iterate("get_persons"):
                ...
    """

    def __init__(
        self,
        connection_name: str | Connection = LOCAL,
        *,
        timeout: float | None = None,
        retries: int = DEFAULT_RETRIES,
        max_wait: float = DEFAULT_MAX_WAIT_SECONDS,
        max_cost: int | None = None,
        time_zone: tzinfo = UTC,
        clock: Clock | None = None,
        store: ConnectionStore = FILE_STORE,
        account: Account | None = None,
        application: LocalCrm | None = None,
    ) -> None:
        """Looks the connection up. Raises `UnknownConnection` and `UnusableConnection`."""
        self.connection = get_connection(connection_name) if isinstance(connection_name, str) else connection_name
        self._timeout = timeout
        self._retry_policy = RetryPolicy(retries=retries, max_wait=max_wait)
        self._clock = clock or retry.CLOCK
        self._store = store
        self._application = application
        self._account = account or Ledger(self.connection, max_cost=max_cost, time_zone=time_zone, clock=self._clock)
        # The last attempt may renew its token before and after it is refused, and is then made again.
        last_attempt_seconds = (timeout or self.connection.timeout or DEFAULT_TIMEOUT_SECONDS) * (
            4 if self.connection.grant else 1
        )
        self._idempotency_store = IdempotencyStore(
            self.connection, max_seconds=max_wait + last_attempt_seconds, clock=self._clock
        )
        self._lock = threading.Lock()
        self._channel: Channel | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the open connection and files. A later call opens them anew."""
        with self._lock:
            if self._channel is not None:
                self._channel.close()
                self._channel = None
        self._account.close()
        self._idempotency_store.close()

    @property
    def account(self) -> Account:
        """What books the requests."""
        return self._account

    @property
    def budget(self) -> Budget:
        """The tokens spent today, and those that are left according to the service. Raises `UnusableConnection`."""
        return self._account.read()

    # The type of the result depends on the action's name, so there is no better one than `Any` for all of them.
    def run(
        self,
        action: str,
        params: Params | None = None,
        *,
        max_cost: int | None = None,
        idempotency_key: str | None = None,
        found_by: str | None = None,
    ) -> Any:
        """Runs an action and returns the body of the answer: decoded JSON, or the bytes of a download.

        ``params`` has path and query parameters flat and the request body under ``data``. ``max_cost`` is how many
        tokens the call may cost with all its attempts. Raises the errors of `dealwright.connectors.errors`.

        With an ``idempotency_key`` an action that creates something does so once, however often it is called: the
        first answer is given again. When the outcome of the first call is unknown, the record is looked for by the
        property ``found_by`` of the body (``title``, ``custom_fields.KEY``), whose value no other new record may have.
        """
        return self.request(action, params, max_cost=max_cost, idempotency_key=idempotency_key, found_by=found_by).body

    def iterate(self, action: str, params: Params | None = None, *, max_cost: int | None = None) -> Iterator[Any]:
        """Yields every item of a list; pages are fetched as they are needed.

        The parameters are checked at once, before the first item is requested. ``max_cost`` is how many tokens the
        whole walk may cost; the page that would cost more is not requested, and `BudgetExceeded` raised in its place.
        """
        first = calls.prepare(action, params)
        self._check_permitted(first.entry)
        exact = first.action
        cost_limit = CostLimit(max_cost)
        cost_limit.check(exact, self.connection.name, first.entry.cost)

        def fetch(following: Params) -> Any:
            call = first if following is first_params else calls.prepare(exact, following)
            return self._open().send(call, cost_limit).body

        first_params = params or {}
        return pages.walk(fetch, first_params, first.entry.paging)

    def request(
        self,
        action: str,
        params: Params | None = None,
        *,
        max_cost: int | None = None,
        idempotency_key: str | None = None,
        found_by: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Runs an action and returns the whole answer: status, headers and body.

        Takes the arguments and raises the errors of `run`; ``headers`` go with the request.
        """
        call = calls.prepare(action, params)
        self._check_permitted(call.entry)
        if headers:
            call = msgspec.structs.replace(call, headers={**call.headers, **headers})
        cost_limit = CostLimit(max_cost)
        channel = self._open()
        if idempotency_key is None:
            if found_by is not None:
                raise InvalidParams(call.action, (Problem("found_by", "goes with an idempotency_key"),))
            return channel.send(call, cost_limit)
        return self._idempotency_store.send(call, idempotency_key, found_by, lambda one: channel.send(one, cost_limit))

    def _check_permitted(self, entry: Entry) -> None:
        """Raises `NotPermitted` unless the connection may run an action. Every way to run one comes through here."""
        permits = self.connection.permits
        if not permits.allows(entry):
            raise NotPermitted(permits.reason(entry), action=entry.qualified_name, connection=self.connection.name)

    def _open(self) -> Channel:
        with self._lock:
            if self._channel is None:
                self._channel = Channel(
                    self.connection,
                    self._account,
                    timeout=self._timeout,
                    retry_policy=self._retry_policy,
                    clock=self._clock,
                    store=self._store,
                    application=self._application,
                )
            return self._channel


def run_connection_action(
    connection_name: str,
    action_name: str | None = None,
    params: Params | None = None,
    *,
    action: str | None = None,
    payload: Params | None = None,
    max_cost: int | None = None,
    idempotency_key: str | None = None,
    found_by: str | None = None,
) -> Any:
    """Runs an action of a named connection and returns the body of its answer.

        run_connection_action("sales", "get_deals_by_id", {"id": 7})
        run_connection_action(connection_name="sales", action_name="post_deals", params={"data": {"title": "Roof"}})

    ``action`` and ``payload`` are older names of ``action_name`` and ``params``. The other arguments are those of
    `Client.run`. Raises the errors of `dealwright.connectors.errors`.
    """
    if (action_name is None) == (action is None):
        raise TypeError("run_connection_action() takes either action_name or its older name, action")
    if params is not None and payload is not None:
        raise TypeError("run_connection_action() takes either params or its older name, payload")
    name = action_name if action_name is not None else action
    assert name is not None
    return _get_shared_client(get_connection(connection_name)).run(
        name,
        params if params is not None else payload,
        max_cost=max_cost,
        idempotency_key=idempotency_key,
        found_by=found_by,
    )


_lock = threading.Lock()
_clients: dict[Connection, Client] = {}


def _get_shared_client(target: Connection) -> Client:
    """Returns the client of a connection, shared by all calls of `run_connection_action` until the process ends."""
    with _lock:
        return _clients.setdefault(target, Client(target))


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
