"""What notifications are about, as the actor sees it now: read at once for several of them, one query for each type of records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from dealwright.crm.correspondence import note_comments
from dealwright.crm.correspondence.model import NOTE, Note
from dealwright.crm.errors import NotFound
from dealwright.crm.history.change_feed import RECORD_TYPES
from dealwright.crm.integration import connections, runs, webhooks
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.record_types import LinkedVisibility, RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import users
from dealwright.crm.team.model import User
from dealwright.crm.values import html
from dealwright.crm.values.formats import loads

_NAMES = ("title", "subject", "name")
_MAX_TEXT = 200

assert isinstance(NOTE.visibility, LinkedVisibility)
_PLACES: Mapping[str, RecordType[Any]] = NOTE.visibility.links
"""The records that notes are on, by the columns that name them."""


class NotifiedRecord(NamedTuple):
    """A record that a notification names; ``id`` is the one of the API. The name is empty for one that has none."""

    object: str
    id: str
    name: str


class About(Protocol):
    """What is read of a notification."""

    @property
    def object(self) -> str: ...
    @property
    def ids(self) -> Iterable[int]: ...
    @property
    def run_id(self) -> str | None: ...
    @property
    def details(self) -> str: ...


class Seen:
    """Records, connections, webhooks, users and runs that the actor sees."""

    def __init__(self, crm: UnitOfWork, found: Iterable[About]) -> None:
        self._crm = crm
        self._records: dict[str, dict[int, Any]] = {}
        self._places: dict[str, dict[Any, Any]] = {}
        wanted: dict[str, set[int]] = {}
        comments: set[str] = set()
        run_ids: set[str] = set()
        for one in found:
            wanted.setdefault(one.object, set()).update(one.ids)
            run_ids |= {one.run_id} if one.run_id else set()
            if one.object == "note" and (comment := loads(one.details).get("comment")):
                comments.add(comment)
        for object, ids in wanted.items():
            self._records[object] = _read(crm, object, ids)
        self._comments = note_comments.in_bulk(crm, sorted(comments))
        self._read_places(self._records.get("note", {}).values())
        self.run_ids = runs.visible_ids(crm, run_ids)

    def record(self, object: str, id: int) -> NotifiedRecord | None:
        """Returns a record; None for one that the actor does not see, or that was deleted."""
        record = self._records.get(object, {}).get(id)
        return None if record is None else _name(object, record)

    def user(self, id: int | None) -> User | None:
        """Returns a user; None for nobody, and for one whom the actor does not see."""
        return None if id is None else _read_users(self._crm, {id}).get(id)

    def words(self, note_id: int, comment: str | None) -> str | None:
        """Returns the beginning of a note or of a comment on it; None for what is gone."""
        written = self._records["note"].get(note_id) if comment is None else self._comments.get(comment)
        return None if written is None else html.to_text(written.content)[:_MAX_TEXT]

    def place(self, note_id: int) -> NotifiedRecord | None:
        """Returns the first of the records that a note is on and that the actor sees."""
        note = self._records["note"][note_id]
        for column, kind in _PLACES.items():
            record = self._places.get(column, {}).get(getattr(note, column))
            if record is not None:
                return _name(kind.object, record)
        return None

    def _read_places(self, notes: Iterable[Note]) -> None:
        for column, kind in _PLACES.items():
            keys = {key for note in notes if (key := getattr(note, column)) is not None}
            if keys:
                self._places[column] = _read_records(self._crm, kind, keys, kind.key.name)


def read(crm: UnitOfWork, found: Iterable[About]) -> Seen:
    """Returns what the actor sees of what some notifications are about."""
    return Seen(crm, found)


def _read(crm: UnitOfWork, object: str, ids: Collection[int]) -> dict[int, Any]:
    if object == "connection":
        return {one.id: one for one in connections.list_visible(crm) if one.id in ids}
    if object == "webhook":
        return {id: hook for id in ids if (hook := _find_webhook(crm, id)) is not None}
    if object == "user":
        return _read_users(crm, ids)
    return _read_records(crm, RECORD_TYPES[object], ids, "id")


def _read_users(crm: UnitOfWork, ids: Collection[int]) -> dict[int, User]:
    known = crm.company_data.users
    return {id: known[id] for id in users.visible_ids(crm, ids) if id in known}


def _read_records(crm: UnitOfWork, kind: RecordType[Any], keys: Iterable[Any], key: str) -> dict[Any, Any]:
    criterion = access.visible(crm, kind)
    these = [kind.table.c[key].in_(sorted(keys)), *([] if criterion is None else [criterion])]
    return {getattr(one, key): one for one in records.select(crm, kind, *these) if not one.is_deleted}


def _find_webhook(crm: UnitOfWork, id: int) -> Any:
    try:
        return webhooks.get(crm, id)
    except NotFound:
        return None


def _name(object: str, record: Any) -> NotifiedRecord:
    name = next((text for one in _NAMES if (text := getattr(record, one, None))), "")
    if object == "webhook":
        name = name or record.subscription_url
    return NotifiedRecord(object, str(getattr(record, "uuid", record.id)), str(name)[:_MAX_TEXT])
