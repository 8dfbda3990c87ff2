"""Runs actions by name on a named connection."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Unpack, cast

from dealwright.connectors.answers import Answer
from dealwright.connectors.budget import Account, Budget
from dealwright.connectors.calls import Params, PreparedRequest
from dealwright.connectors.connections import Connection, get_connection
from dealwright.connectors.driver import Blocking, finish, finish_each
from dealwright.connectors.session import Session
from dealwright.connectors.typed.methods import Methods

if TYPE_CHECKING:
    from dealwright.connectors.typed.action_names import Action
    from dealwright.connectors.typed.options import ClientOptions
    from dealwright.connectors.typed.v1 import V1
    from dealwright.connectors.typed.v2 import V2


class Client:
    """Runs actions on one connection; keeps it open in between, and may be used from several threads.

    The connection is given by its name, or by ``url`` and ``token`` (``token`` alone is Pipedrive's). ``timeout`` is how many seconds to
    wait for an answer, instead of the connection's own. ``retries`` is how often a
    call that failed is sent again at most, where that can do no harm, and ``max_wait`` within how many seconds; room in the service's limit of
    requests is waited for as long, by all clients of the connection in this process together. ``max_cost`` is how
    many tokens the connection may spend in a day, by all processes of this machine together; the day is that of
    ``time_zone``. ``names`` puts names in place of ids, as `run` tells. ``clock`` replaces the system's clock in tests. A server gives the ``store`` that keeps the connection, the
    ``account`` that books its requests, and the ``application`` that a connection to the CRM in this process leads to.

        with Client("sales") as sales:
            deal = sales.v2.deals.get(7)["data"]
            for person in sales.v2.persons.iterate(owner_id=3):
                ...
            sales.run("get_deals_by_id", {"id": 7})
    """

    def __init__(
        self,
        connection_name: str | Connection | None = None,
        *,
        url: str | None = None,
        token: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        """Looks the connection up. Raises `UnknownConnection` and `UnusableConnection`."""
        self._session = Session(Blocking(), connection_name, url=url, token=token, **options)

    def __repr__(self) -> str:
        return self._session.describe(type(self).__name__)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the open connection and files. A later call opens them anew."""
        finish(self._session.close())

    @property
    def connection(self) -> Connection:
        """The connection that actions are run on."""
        return self._session.connection

    @property
    def account(self) -> Account:
        """What books the requests."""
        return self._session.account

    @property
    def budget(self) -> Budget:
        """The tokens spent today, and those that are left according to the service. Raises `UnusableConnection`."""
        return finish(self._session.read_budget())

    @property
    def v1(self) -> V1:
        """The actions of v1 as methods."""
        return cast("V1", Methods(self, "v1"))

    @property
    def v2(self) -> V2:
        """The actions of v2 as methods."""
        return cast("V2", Methods(self, "v2"))

    # The type of the result depends on the action's name; the methods of `v1` and `v2` have theirs.
    def run(
        self,
        action: Action,
        params: Params | None = None,
        *,
        max_cost: int | None = None,
        idempotency_key: str | None = None,
        found_by: str | None = None,
        names: bool | None = None,
    ) -> Any:
        """Runs an action and returns the body of the answer: decoded JSON, or the bytes of a download.

        ``params`` has path and query parameters flat and the request body under ``data``. ``max_cost`` is how many
        tokens the call may cost with all its attempts. Raises the errors of `dealwright.connectors.errors`.

        With an ``idempotency_key`` an action that creates something does so once, however often it is called: the
        first answer is given again. When the outcome of the first call is unknown, the record is looked for by the
        property ``found_by`` of the body (``title``, ``custom_fields.KEY``), whose value no other new record may have.

        With ``names`` (by default those of the client) the parameters may name fields, options, users, pipelines, stages, labels and types
        of activities, and the answer does; its shape stays.

        Type checkers find a name of an action that there is not; `request` takes any text.
        """
        return self.request(
            action, params, max_cost=max_cost, idempotency_key=idempotency_key, found_by=found_by, names=names
        ).body

    def iterate(
        self, action: Action, params: Params | None = None, *, max_cost: int | None = None, names: bool | None = None
    ) -> Iterator[Any]:
        """Yields every item of a list; pages are fetched as they are needed.

        The parameters are checked at once, before the first item is requested. Pages are as large as the service allows, because
        each costs the same, unless ``params`` has a ``limit``. ``max_cost`` is how many tokens the
        whole walk may cost; the page that would cost more is not requested, and `BudgetExceeded` raised in its place.
        ``names`` is that of `run`; names that stand for nothing are found when the first item is requested.
        """
        return finish_each(self._session.walk(action, params, max_cost=max_cost, names=names))

    def stream(self, action: Action, params: Params | None = None, *, max_cost: int | None = None) -> Iterator[bytes]:
        """Yields the bytes of a download as they come, without keeping them. Raises the errors of `run`."""
        return finish_each(self._session.stream(action, params, max_cost=max_cost))

    def download(
        self,
        action: Action,
        params: Params | None,
        to: str | Path | BinaryIO,
        *,
        max_cost: int | None = None,
    ) -> int:
        """Writes a download to a path, or to a file that is open for writing bytes, and returns its size in bytes.

        A file at the path is replaced when all has come, and stays as it was when not. Raises the errors of `run`.
        """
        return finish(self._session.download(action, params, to, max_cost=max_cost))

    def prepare(self, action: str, params: Params | None = None) -> PreparedRequest:
        """Returns the request that `request` would send, to be closed when it has files; nothing is sent but what looks names up.

        Raises what `request` raises before it sends.
        """
        return finish(self._session.prepare(action, params))

    def request(
        self,
        action: str,
        params: Params | None = None,
        *,
        max_cost: int | None = None,
        idempotency_key: str | None = None,
        found_by: str | None = None,
        headers: Mapping[str, str] | None = None,
        names: bool | None = None,
    ) -> Answer:
        """Runs an action and returns the whole answer: status, headers and body.

        Takes the arguments and raises the errors of `run`; ``headers`` go with the request.
        """
        return finish(
            self._session.request(
                action,
                params,
                max_cost=max_cost,
                idempotency_key=idempotency_key,
                found_by=found_by,
                headers=headers,
                names=names,
            )
        )


def run_connection_action(
    connection_name: str,
    action_name: Action | None = None,
    params: Params | None = None,
    *,
    action: Action | None = None,
    payload: Params | None = None,
    max_cost: int | None = None,
    idempotency_key: str | None = None,
    found_by: str | None = None,
    names: bool = False,
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
        names=names,
    )


MAX_OPEN_CRMS = 8
"""How many embedded CRMs `run_connection_action` keeps open."""

_lock = threading.Lock()
_clients: dict[Connection, Client] = {}


def _get_shared_client(target: Connection) -> Client:
    """Returns the client of a connection, shared by all calls of `run_connection_action`."""
    with _lock:
        client = _clients.pop(target, None) or Client(target)
        # The one that was used last comes last.
        _clients[target] = client
        embedded_ones = [one for one in _clients if one.kind == "embedded"]
        for forgotten in embedded_ones[:-MAX_OPEN_CRMS]:
            # It is closed when no thread uses it any more.
            del _clients[forgotten]
        return client


def close_all() -> None:
    """Closes the connections, and the embedded CRMs, that `run_connection_action` keeps open; its next call opens them anew."""
    with _lock:
        closing = list(_clients.values())
        _clients.clear()
    for client in closing:
        client.close()


atexit.register(close_all)
# A forked child must not use its parent's sockets.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_clients.clear)
