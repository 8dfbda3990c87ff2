"""What has been added to a company's change log since one looked last, whatever process has written it, and who may see it.

On SQLite entries are committed in the order of their ids. On PostgreSQL an entry may be committed after one with a greater id: what
was read is kept in mind until no transaction is open that could still add one before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.contacts import model as contacts
from dealwright.crm.correspondence import model as correspondence
from dealwright.crm.deals import model as deals
from dealwright.crm.integration import model as integration
from dealwright.crm.kernel import access
from dealwright.crm.kernel.record_types import OtherName, RecordType, RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import model as leads
from dealwright.crm.products import model as products
from dealwright.crm.team import model as team
from dealwright.crm.team import users
from dealwright.crm.work import model as work
from dealwright.storage.platform import Company
from dealwright.storage.tables import changes, notifications

MAX_ENTRIES = 500
"""How many entries are told one by one. After more of them at once it is simpler to read anew."""

MAX_UNSETTLED = 10_000
"""How many entries are kept in mind at most while a transaction stays open."""

_LOOK_BACK = 400
"""How far before the newest entry there may be some that are not committed yet."""

RECORD_TYPES: Mapping[str, RecordType[Any]] = {
    kind.object: kind
    for model in (contacts, correspondence, deals, integration, leads, products, team, work)
    for kind in vars(model).values()
    if isinstance(kind, RecordType)
}
_ADMINS_ONLY: frozenset[RecordTypeName] = frozenset({"role"})
"""What only admins of the account can read."""

_COLUMNS = changes.c
_NEWEST = sa.select(sa.func.max(_COLUMNS.id))
_NEWEST_WITH_TRANSACTIONS = _NEWEST.add_columns(
    sa.text("cast(cast(pg_snapshot_xmin(pg_current_snapshot()) as text) as bigint)"),
    sa.text("cast(cast(pg_snapshot_xmax(pg_current_snapshot()) as text) as bigint)"),
)
_ENTRIES = sa.select(_COLUMNS.id, _COLUMNS.object, _COLUMNS.record_id, _COLUMNS.action).order_by(_COLUMNS.id)


class Entry(NamedTuple):
    """An entry of the change log, with the position to go on from after it."""

    position: int
    object: RecordTypeName | OtherName
    record_id: int
    action: str


class VisibleChange(NamedTuple):
    """A change of a record that a user may see; ``id`` is what the API calls the record."""

    position: int
    object: RecordTypeName | OtherName
    id: int | str
    action: str


class _State(NamedTuple):
    """The newest entry, the oldest transaction that is open, and the first that has not begun yet."""

    newest: int
    oldest_open: int
    next: int


class ChangeFeed:
    """The change log of one company as one process reads it. ``position`` is that up to which all is settled."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._is_ordered = company.database.dialect == "sqlite"
        state = self._state()
        self._newest, self._seen = state.newest, state
        self.position = state.newest if self._is_settled(state) else max(0, state.newest - _LOOK_BACK)
        self._unsettled = {id for id, *_ in self._rows(self.position, state.newest, _LOOK_BACK)}

    def poll(self) -> list[Entry] | None:
        """Returns the entries that were added; None when they are too many."""
        state = self._state()
        if state.newest == self._newest == self.position:
            return []
        rows = self._rows(self.position, state.newest, MAX_UNSETTLED)
        new = [row for row in rows if row[0] not in self._unsettled]
        self._settle(state, [id for id, *_ in rows])
        is_too_much = len(new) > MAX_ENTRIES or len(rows) >= MAX_UNSETTLED
        return None if is_too_much else [self._entry(row) for row in new]

    def replay(self, after: int) -> list[Entry] | None:
        """Returns what this feed has read after a position; None when that is too much, or no position of this log."""
        if after > self._newest:
            return None
        rows = self._rows(after, self._newest, MAX_ENTRIES + 1)
        if len(rows) > MAX_ENTRIES:
            return None
        # What was committed since the feed has read comes with what it reads next.
        return [self._entry(row) for row in rows if row[0] <= self.position or row[0] in self._unsettled]

    def _settle(self, state: _State, ids: Sequence[int]) -> None:
        if self._is_settled(state) or len(ids) >= MAX_UNSETTLED:
            self.position = state.newest
            self._seen = state
        elif state.oldest_open >= self._seen.next:
            # All that could write before what was the newest entry has ended, so that it has been read.
            self.position = max(self.position, self._seen.newest)
            self._seen = state
        self._unsettled = {id for id in ids if id > self.position}
        self._newest = state.newest

    def _is_settled(self, state: _State) -> bool:
        """Whether no entry can come any more before the newest one."""
        return self._is_ordered or state.oldest_open >= state.next

    def _entry(self, row: tuple[int, RecordTypeName | OtherName, int, str]) -> Entry:
        id, object, record_id, action = row
        return Entry(min(id, self.position), object, record_id, action)

    def _state(self) -> _State:
        statement = _NEWEST if self._is_ordered else _NEWEST_WITH_TRANSACTIONS
        [(newest, *transactions)] = self._company.database.query_once(statement, {})
        return _State(newest or 0, *(transactions or (0, 0)))

    def _rows(self, after: int, newest: int, limit: int) -> list[Any]:
        with self._company.database.read() as db:
            return db.rows(_ENTRIES.where(_COLUMNS.id > after, _COLUMNS.id <= newest).limit(limit))


def visible_changes(crm: UnitOfWork, entries: Sequence[Entry]) -> list[VisibleChange]:
    """Returns the changes of records that the actor sees now, in their order."""
    ids_by_object: dict[RecordTypeName | OtherName, set[int]] = {}
    for entry in entries:
        ids_by_object.setdefault(entry.object, set()).add(entry.record_id)
    public_ids = {
        (object, id): public_id
        for object, ids in ids_by_object.items()
        for id, public_id in _visible_ids(crm, object, ids).items()
    }
    return [
        VisibleChange(entry.position, entry.object, public_ids[entry.object, entry.record_id], entry.action)
        for entry in entries
        if (entry.object, entry.record_id) in public_ids
    ]


def _visible_ids(crm: UnitOfWork, object: RecordTypeName | OtherName, ids: set[int]) -> dict[int, int | str]:
    """Returns those of some records that the actor sees, with the ids that the API gives them."""
    if object == "notification":
        own = notifications.c.id.in_(sorted(ids)) & (notifications.c.user_id == crm.actor.id)
        return {id: id for id in crm.db.values(sa.select(notifications.c.id).where(own))}
    kind = RECORD_TYPES.get(object)
    if kind is None or (object in _ADMINS_ONLY and not crm.actor.is_admin("account_settings")):
        return {}
    if object == "user":
        return {id: id for id in users.visible_ids(crm, ids)}
    criterion, columns = access.visible(crm, kind), kind.table.c
    public_id = columns.get("uuid", columns.id)
    if criterion is None and public_id is columns.id:
        return {id: id for id in ids}
    found = sa.select(columns.id, public_id).where(columns.id.in_(sorted(ids)))
    return dict(crm.db.rows(found if criterion is None else found.where(criterion)))
