"""Connections of a company: who may use which service with which rights. What they hold in secret is encrypted.

A connection belongs to a user, who may share it with the company. Admins of the account settings see all of them and may remove any,
but use only their own and shared ones. Every company has one to this CRM itself (`HERE`), through which everybody acts as himself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, cast

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Conflict, Forbidden, Invalid, LimitReached, NotFound, Unavailable
from dealwright.crm.integration.connection_secrets import SealedSecrets, Secrets
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, dumps, format_time_ms, loads
from dealwright.storage.encryption import UndecryptableSecret
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import connections

Kind = Literal["pipedrive", "server", "here"]
Authentication = Literal["oauth", "token", "session"]
PermitsKind = Literal["all", "read", "chosen"]
State = Literal["untested", "connected", "expired", "failing"]

HERE: Kind = "here"
HERE_NAME = "This CRM"
LOCAL_NAME = "local"
"""What programs and sentences call the connection to this CRM; no other one has this name."""

MAX_PER_COMPANY = 500
MAX_NAME_LENGTH = 100


class Connection(NamedTuple):
    """A connection, without its secrets."""

    id: int
    name: str
    kind: Kind
    authentication: Authentication
    owner_id: int | None
    is_shared: bool
    url: str | None
    allow_plain_http: bool
    timeout: float | None
    permits: PermitsKind
    chosen_actions: list[str]
    authorization_id: str | None
    client_id: str | None
    state: State
    state_reason: str | None
    state_time: str | None
    expire_time: str | None
    scopes: list[str] | None
    account: dict[str, Json] | None
    budget: dict[str, Json] | None
    last_use_time: str | None
    add_time: str
    update_time: str


class NewConnection(NamedTuple):
    """A connection to add."""

    name: str
    kind: Kind
    authentication: Authentication
    secrets: SealedSecrets
    url: str | None = None
    is_shared: bool = False
    permits: PermitsKind = "all"
    chosen_actions: Sequence[str] = ()
    allow_plain_http: bool = False
    timeout: float | None = None
    authorization_id: str | None = None
    client_id: str | None = None
    expire_time: datetime | None = None
    scopes: Sequence[str] | None = None


_COLUMNS = [connections.c[name] for name in Connection._fields]
_JSON = ("chosen_actions", "scopes", "account", "budget")


def add_here(db: Transaction, now: str) -> None:
    """Adds the connection of a new company to this CRM itself."""
    values = _values_of(NewConnection(HERE_NAME, HERE, "session", SealedSecrets(), is_shared=True))
    db.insert_later(connections, {**values, "state": "connected", "add_time": now, "update_time": now})


def list_visible(crm: UnitOfWork) -> list[Connection]:
    """Returns the connections that the actor sees, by name; first the one to this CRM."""
    statement = sa.select(*_COLUMNS).where(*_may_see(crm))
    found = [_to_connection(row) for row in crm.db.rows(statement)]
    return sorted(found, key=lambda one: (one.kind != HERE, one.name.casefold()))


def get(crm: UnitOfWork, id: int) -> Connection:
    """Returns a connection that the actor sees. Raises `NotFound`."""
    return _find(crm, connections.c.id == id, *_may_see(crm))


def get_usable(crm: UnitOfWork, id: int) -> Connection:
    """Returns a connection that the actor may use: its own, or a shared one. Raises `NotFound`."""
    return _find(crm, connections.c.id == id, _may_use(crm))


def find_usable_by_name(crm: UnitOfWork, name: str) -> Connection | None:
    """Returns the connection with a name, in any case, that the actor may use; None when there is none.

    `LOCAL_NAME` is the one to this CRM.
    """
    is_it = connections.c.kind == HERE if _key(name) == LOCAL_NAME else connections.c.name_key == _key(name)
    row = crm.db.row(sa.select(*_COLUMNS).where(is_it, _may_use(crm)))
    return None if row is None else _to_connection(row)


def list_usable(crm: UnitOfWork) -> list[Connection]:
    """Returns the connections that the actor may use, in the order of `list_visible`."""
    return [one for one in list_visible(crm) if may_use(crm, one)]


def call_name(connection: Connection) -> str:
    """Returns the name by which programs and sentences call a connection."""
    return LOCAL_NAME if connection.kind == HERE else connection.name


def may_use(crm: UnitOfWork, connection: Connection) -> bool:
    """Whether the actor may run actions on a connection that it sees."""
    return connection.is_shared or connection.owner_id == crm.actor.id


def may_change(crm: UnitOfWork, connection: Connection) -> bool:
    """Whether the actor may change a connection: its owner, and admins of the account settings that to this CRM."""
    if connection.kind == HERE:
        return crm.actor.is_admin("account_settings")
    return connection.owner_id == crm.actor.id


def may_remove(crm: UnitOfWork, connection: Connection) -> bool:
    """Whether the actor may remove a connection: its owner, and admins of the account settings any but that to this CRM."""
    if connection.kind == HERE:
        return False
    return connection.owner_id == crm.actor.id or crm.actor.is_admin("account_settings")


def add(crm: UnitOfWork, new: NewConnection) -> Connection:
    """Adds a connection that the actor owns. Raises `Invalid`, `LimitReached`, and `Conflict` for a name that is taken."""
    crm.require_exclusive_lock()
    check_name(new.name)
    if (crm.db.value(sa.select(sa.func.count()).select_from(connections)) or 0) >= MAX_PER_COMPANY:
        raise LimitReached(f"A company cannot have more than {MAX_PER_COMPANY} connections", "name")
    _check_name_is_free(crm, new.name)
    values = {
        **_values_of(new),
        **_sealed_columns(new.secrets),
        "owner_id": crm.actor.id,
        "add_time": crm.now_ms,
        "update_time": crm.now_ms,
    }
    id = crm.db.insert(connections, values)
    return get(crm, id)


def update(crm: UnitOfWork, id: int, values: Values, secrets: SealedSecrets | None = None) -> Connection:
    """Changes ``name``, ``is_shared``, ``permits``, ``chosen_actions``, ``url``, ``timeout``, or the secrets of a connection.

    One whose address or secrets are others now is untested. Raises `NotFound`, `Forbidden`, `Invalid` and `Conflict`.
    """
    crm.require_exclusive_lock()
    connection = get(crm, id)
    if not may_change(crm, connection):
        raise Forbidden("Only its owner can change a connection")
    changes: dict[str, Any] = dict(values)
    if connection.kind == HERE and (not changes.keys() <= {"permits", "chosen_actions"} or secrets is not None):
        raise Invalid(f"The connection '{HERE_NAME}' has nothing to change but which actions it may run", "name")
    if "name" in changes and changes["name"] != connection.name:
        check_name(str(changes["name"]))
        if _key(str(changes["name"])) != _key(connection.name):
            _check_name_is_free(crm, str(changes["name"]))
        changes["name_key"] = _key(str(changes["name"]))
    if "chosen_actions" in changes:
        changes["chosen_actions"] = dumps(changes["chosen_actions"])
    if changes.get("url", connection.url) != connection.url or secrets is not None:
        changes |= {"state": "untested", "state_reason": None, "state_time": None, "account": None, "budget": None}
    if secrets is not None:
        changes |= _sealed_columns(secrets)
    crm.db.execute(sa.update(connections).where(connections.c.id == id).values({**changes, "update_time": crm.now_ms}))
    return get(crm, id)


def reauthorize(crm: UnitOfWork, id: int, new: NewConnection) -> Connection:
    """Gives a connection the grant of another consent, and leaves the rest as it is. Raises as `update` does."""
    connection = update(crm, id, {}, new.secrets)
    if connection.authentication != "oauth":
        raise Invalid("was not authorised by OAuth", "connection_id")
    names = ("url", "authorization_id", "client_id", "allow_plain_http", "expire_time", "scopes")
    values = {name: value for name, value in _values_of(new).items() if name in names}
    crm.db.execute(sa.update(connections).where(connections.c.id == id).values(values))
    return get(crm, id)


def remove(crm: UnitOfWork, id: int) -> None:
    """Removes a connection with its secrets; its runs stay. Raises `NotFound` and `Forbidden`."""
    if not may_remove(crm, get(crm, id)):
        raise Forbidden("Only its owner and admins can remove a connection")
    crm.db.execute(sa.delete(connections).where(connections.c.id == id))


def open_secrets(crm: UnitOfWork, id: int) -> Secrets:
    """Returns what a connection that the actor may use holds in secret. Raises `NotFound` and `Unavailable`."""
    columns = connections.c
    row = crm.db.row(sa.select(columns.sealed_token, columns.sealed_grant).where(columns.id == id, _may_use(crm)))
    if row is None:
        raise NotFound("Connection not found")
    try:
        return Secrets(*(None if sealed is None else crm.company.cipher.decrypt(sealed) for sealed in row))
    except UndecryptableSecret as error:
        raise Unavailable(f"The secrets of the connection cannot be read: {error}") from error


def check_name(name: str) -> None:
    """Raises `Invalid` when a connection cannot have this name."""
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > MAX_NAME_LENGTH:
        raise Invalid(f"is 1 to {MAX_NAME_LENGTH} visible characters", "name")


def check_can_be_added(crm: UnitOfWork, name: str) -> None:
    """Raises `Invalid` and `Conflict` when no connection can have this name."""
    check_name(name)
    _check_name_is_free(crm, name)


def _find(crm: UnitOfWork, *criteria: sa.ColumnElement[bool]) -> Connection:
    row = crm.db.row(sa.select(*_COLUMNS).where(*criteria))
    if row is None:
        raise NotFound("Connection not found")
    return _to_connection(row)


def _may_see(crm: UnitOfWork) -> list[sa.ColumnElement[bool]]:
    return [] if crm.actor.is_admin("account_settings") else [_may_use(crm)]


def _may_use(crm: UnitOfWork) -> sa.ColumnElement[bool]:
    return (connections.c.owner_id == crm.actor.id) | (connections.c.is_shared == sa.true())


def _check_name_is_free(crm: UnitOfWork, name: str) -> None:
    is_taken = crm.db.row(sa.select(connections.c.id).where(connections.c.name_key == _key(name))) is not None
    if is_taken or _key(name) == LOCAL_NAME:
        raise Conflict(f"There is a connection '{name}' already")


def _key(name: str) -> str:
    return name.casefold()


def _sealed_columns(secrets: SealedSecrets) -> dict[str, str | None]:
    return {"sealed_token": secrets.token, "sealed_grant": secrets.grant}


def _values_of(new: NewConnection) -> dict[str, Any]:
    """Returns the columns of a new connection, but for its secrets, its owner and its times."""
    names = ("name", "kind", "authentication", "url", "is_shared", "permits", "allow_plain_http", "timeout")
    return {
        **{name: getattr(new, name) for name in (*names, "authorization_id", "client_id")},
        "name_key": _key(new.name),
        "chosen_actions": dumps([*new.chosen_actions]),
        "expire_time": None if new.expire_time is None else format_time_ms(new.expire_time),
        "scopes": None if new.scopes is None else dumps([*new.scopes]),
        "state": "untested",
    }


def _to_connection(row: tuple[Any, ...]) -> Connection:
    found = Connection(*row)
    decoded = {name: loads(cast("str | None", getattr(found, name))) for name in _JSON}
    return found._replace(is_shared=bool(found.is_shared), allow_plain_http=bool(found.allow_plain_http), **decoded)
