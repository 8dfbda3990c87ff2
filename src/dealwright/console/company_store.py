"""A connection of a company, as the connector takes it: where it is kept, and what it spends."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from dealwright.connectors import answers
from dealwright.connectors.budget import Account, Budget
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import UnusableConnection
from dealwright.connectors.grants import Grant
from dealwright.connectors.permits import Permits
from dealwright.crm.companies import Companies
from dealwright.crm.errors import CrmError
from dealwright.crm.integration import connection_secrets, connection_use, connections
from dealwright.crm.integration.connection_secrets import Seal, Secrets
from dealwright.crm.integration.connection_use import Booking
from dealwright.crm.integration.connections import NewConnection
from dealwright.crm.kernel.unit_of_work import Principal, UnitOfWork

T = TypeVar("T")

REFRESH_LEASE = timedelta(seconds=60)
"""For how long one process renews tokens while all others wait for it: longer than a provider is waited for."""

_WAIT_SECONDS = 0.1
_RATE_HEADERS = ("x-ratelimit", "x-daily-", "retry-after")


def to_connection(stored: connections.Connection, secrets: Secrets) -> Connection:
    """Returns a connection of a company as the connector takes it."""
    return Connection(
        name=stored.name,
        kind="embedded" if stored.kind == "here" else stored.kind,
        url=stored.url or "",
        token=secrets.token,
        timeout=stored.timeout,
        origin="store",
        allow_plain_http=stored.allow_plain_http,
        authorization=stored.authorization_id,
        grant=msgspec.json.decode(secrets.grant, type=Grant) if secrets.grant else None,
        permits=Permits(kind=stored.permits, actions=frozenset(stored.chosen_actions)),
    )


def to_new(seal: Seal, connection: Connection, *, is_shared: bool = False) -> NewConnection:
    """Returns a connection of the connector as a company takes it. Raises `Unavailable`."""
    grant = connection.grant
    secrets = Secrets(connection.token, None if grant is None else msgspec.json.encode(grant).decode())
    return NewConnection(
        name=connection.name,
        kind="pipedrive" if connection.kind == "pipedrive" else "server",
        authentication="token" if grant is None else "oauth",
        secrets=seal(secrets),
        url=connection.url,
        is_shared=is_shared,
        permits=connection.permits.kind,
        chosen_actions=sorted(connection.permits.actions),
        allow_plain_http=connection.allow_plain_http,
        timeout=connection.timeout,
        authorization_id=connection.authorization,
        client_id=None if grant is None else grant.app.client_id,
        expire_time=None if grant is None else _time(grant.expires_at),
        scopes=None if grant is None or grant.scope is None else grant.scope.replace(",", " ").split(),
    )


def secret_texts(connection: Connection) -> list[str]:
    """Returns the secrets of a connection, which must not be written anywhere."""
    grant = connection.grant
    of_grant = (grant.access_token, grant.refresh_token, grant.app.client_secret) if grant else ()
    return [secret for secret in (connection.token, *of_grant) if secret]


class CompanyStore:
    """The store of one connection of a company, for the connector of a user who may use it."""

    def __init__(self, companies: Companies, principal: Principal, id: int) -> None:
        self._companies = companies
        self._principal = principal
        self._id = id

    def find(self, name: str) -> Connection | None:
        """Returns the connection as it is stored now; None when it is gone, or not the user's to use any more."""
        try:
            with self._open(write=False) as crm:
                stored = connections.get_usable(crm, self._id)
                secrets = connections.open_secrets(crm, self._id)
        except CrmError as error:
            if error.status == 404:
                return None
            raise UnusableConnection(error.message) from error
        return to_connection(stored._replace(name=name), secrets)

    def add(self, new: Connection, *, replace: bool = False) -> None:
        """Gives the connection the grant of ``new``. Raises `UnusableConnection`."""
        cipher = self._principal.company.cipher
        made = self._sealed(lambda: to_new(connection_secrets.sealer(cipher), new))
        self._write(lambda crm: connections.reauthorize(crm, self._id, made))

    def update_grant(self, refreshed: Connection) -> bool:
        """Stores the renewed grant; returns False when the connection no longer has that consent."""
        grant = refreshed.grant
        assert grant is not None
        text, until = msgspec.json.encode(grant).decode(), _time(grant.expires_at)
        cipher = self._principal.company.cipher
        sealed = self._sealed(lambda: connection_secrets.seal_text(cipher, text))
        consent = refreshed.authorization or ""
        stored: bool = self._write(
            lambda crm: connection_use.renew_grant(
                crm, self._id, consent, sealed, url=refreshed.url, expire_time=until, scope=grant.scope
            )
        )
        return stored

    @contextmanager
    def refresh_lock(self, name: str) -> Iterator[None]:
        """Holds the lock for renewing the tokens, which one thread of all processes and machines has at a time.

        A holder that is killed keeps it until its lease is over.
        """
        holder = uuid.uuid4().hex
        while not self._write(lambda crm: connection_use.begin_refresh(crm, self._id, holder, REFRESH_LEASE)):
            time.sleep(_WAIT_SECONDS)
        try:
            yield
        finally:
            self._write(lambda crm: connection_use.end_refresh(crm, self._id, holder))

    def reconnect_advice(self, name: str) -> str:
        """Returns what to do to authorise the connection anew."""
        return f"reconnect '{name}' on the page of connections"

    def _sealed(self, seal: Callable[[], T]) -> T:
        try:
            return seal()
        except CrmError as error:
            raise UnusableConnection(error.message) from error

    def _open(self, *, write: bool) -> Any:
        return self._companies.unit_of_work(self._principal.company, self._principal.user_id, write=write)

    def _write(self, work: Any) -> Any:
        try:
            return self._companies.run(self._principal.company, self._principal.user_id, work, write=True)
        except CrmError as error:
            raise UnusableConnection(error.message) from error


class CallAccount:
    """What the calls of this thread have spent since `take` was called last, and what the service has said of limits.

    ``ledger`` books them, too, where the connection is not the company's.
    """

    def __init__(self, ledger: Account | None = None) -> None:
        self._calls = threading.local()
        self._ledger = ledger

    def reserve(self, action: str, cost: int) -> None:
        """Books a request before it is sent, where there is a ledger: a company sets no limit of its own."""
        if self._ledger is not None:
            self._ledger.reserve(action, cost)

    def settle(self, cost: int, headers: Mapping[str, str], *, was_received: bool) -> None:
        """Books the result of a request."""
        if self._ledger is not None:
            self._ledger.settle(cost, headers, was_received=was_received)
        spent, requests, _ = getattr(self._calls, "state", (0, 0, {}))
        told = {name.lower(): value for name, value in headers.items() if name.lower().startswith(_RATE_HEADERS)}
        self._calls.state = (spent + cost * was_received, requests + was_received, told)

    def take(self) -> tuple[Booking, dict[str, str]]:
        """Returns what was spent, and what the last answer has said of limits; begins anew."""
        spent, requests, _ = getattr(self._calls, "state", (0, 0, None))
        told: dict[str, str] = getattr(self._calls, "state", (0, 0, {}))[2]
        self._calls.state = (0, 0, {})
        limit, remaining = (
            answers.parse_seconds(told.get(f"x-daily-ratelimit-token-{name}")) for name in ("limit", "remaining")
        )
        whole = [None if number is None else int(number) for number in (limit, remaining)]
        return Booking(spent, requests, *whole), told

    def read(self) -> Budget:
        """Raises UnusableConnection: the budget of a company's connection is kept with it."""
        raise UnusableConnection("The budget of a connection is kept with it")

    def close(self) -> None:
        """Closes what is open."""
        if self._ledger is not None:
            self._ledger.close()


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def read(crm: UnitOfWork, id: int) -> Connection:
    """Returns a connection that the actor may use, with its secrets. Raises `NotFound` and `Unavailable`."""
    return to_connection(connections.get_usable(crm, id), connections.open_secrets(crm, id))
