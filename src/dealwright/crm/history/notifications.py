"""The notifications of the actor: listed as far as it sees what they are about, counted and marked as read.

Names are those of now, and what the actor does not see any more, or what is gone, is left out and not counted. `crm.kernel.notifications`
writes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.history import notified_records
from dealwright.crm.history.notified_records import NotifiedRecord, Seen
from dealwright.crm.kernel import notifications as written
from dealwright.crm.kernel.notifications import Kind, Object
from dealwright.crm.kernel.pages import CursorPage, CursorRequest, page_size
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team.model import User
from dealwright.crm.values.formats import format_time_ms, loads
from dealwright.storage.tables import changes, notifications

RETENTION = timedelta(days=90)
"""How long notifications are kept, read or not."""

MAX_COUNTED = 100
"""How many unread ones are counted."""

MAX_NAMED = 5
"""How many of the records that were handed over at once are named."""

_MIN_BATCH = 20


class Stored(NamedTuple):
    """A notification as it is stored."""

    id: int
    user_id: int
    kind: Kind
    object: Object
    record_id: int
    record_ids: str | None
    record_count: int
    actor_user_id: int | None
    run_id: str | None
    details: str
    time: str
    read_time: str | None

    @property
    def ids(self) -> Sequence[int]:
        """The ids of the records that it is about, as far as they are kept."""
        return loads(self.record_ids) if self.record_ids else [self.record_id]


class Notification(NamedTuple):
    """A notification as the actor sees it: its records by name, and of a note the words and what it is on.

    ``by`` is the user who did it, if the actor sees other users.
    """

    stored: Stored
    details: dict[str, Any]
    by: User | None
    records: Sequence[NotifiedRecord]
    total: int
    about: NotifiedRecord | None
    text: str | None
    run_id: str | None


def list_page(crm: UnitOfWork, page: CursorRequest) -> CursorPage[Notification]:
    """Returns a page of the actor's notifications, the newest first. Raises `Invalid`."""
    size, before = page_size(page.limit), None
    if page.cursor is not None:
        if not page.cursor.isdecimal():
            raise Invalid("is no cursor of this list", "cursor")
        before = int(page.cursor)
    found = [*islice(_visible(crm, size + 1, before), size + 1)]
    return CursorPage(found[:size], str(found[size - 1].stored.id) if len(found) > size else None)


def count_unread(crm: UnitOfWork) -> int:
    """Returns how many notifications the actor has not read, of the newest hundred."""
    unread = notifications.c.read_time.is_(None)
    return sum(1 for _ in islice(_visible(crm, MAX_COUNTED, None, unread), MAX_COUNTED))


def mark_read(crm: UnitOfWork, id: int) -> None:
    """Marks a notification of the actor as read. Raises `NotFound`."""
    columns = notifications.c
    own = (columns.id == id) & (columns.user_id == crm.actor.id)
    if crm.db.row(sa.select(columns.id).where(own)) is None:
        raise NotFound("Notification not found")
    if crm.db.execute(sa.update(notifications).where(own, columns.read_time.is_(None)).values(read_time=crm.now_ms)):
        written.log_change(crm.db, crm.actor.id, id, "update", crm.time)


def mark_all_read(crm: UnitOfWork, up_to: int) -> None:
    """Marks the notifications of the actor up to one, by its id, as read."""
    columns = notifications.c
    these = (columns.user_id == crm.actor.id) & columns.read_time.is_(None) & (columns.id <= up_to)
    newest: int | None = crm.db.value(sa.select(sa.func.max(columns.id)).where(these))
    if newest is not None:
        crm.db.execute(sa.update(notifications).where(these).values(read_time=crm.now_ms))
        written.log_change(crm.db, crm.actor.id, newest, "update", crm.time)


def delete_expired(crm: UnitOfWork) -> None:
    """Deletes notifications that are no longer kept, and what the change log says of them."""
    columns, oldest = notifications.c, format_time_ms(crm.time - RETENTION)
    crm.db.execute(sa.delete(notifications).where(columns.time < oldest))
    first = crm.db.value(sa.select(sa.func.min(columns.id)))
    logged = (changes.c.object == "notification") & (changes.c.time < oldest)
    crm.db.execute(sa.delete(changes).where(logged if first is None else logged & (changes.c.record_id < first)))


def _visible(
    crm: UnitOfWork, batch: int, before: int | None, *criteria: sa.ColumnElement[bool]
) -> Iterator[Notification]:
    """Yields the actor's notifications before an id whose subjects it sees, the newest first, read in batches."""
    columns, size = notifications.c, max(batch, _MIN_BATCH)
    own = sa.select(notifications).where(columns.user_id == crm.actor.id, *criteria).order_by(columns.id.desc())
    while True:
        rows = crm.db.rows((own if before is None else own.where(columns.id < before)).limit(size))
        found = [Stored(*row) for row in rows]
        seen = notified_records.read(crm, found)
        for one in found:
            if (shown := _show(one, seen)) is not None:
                yield shown
        if len(found) < size:
            return
        before = found[-1].id


def _show(one: Stored, seen: Seen) -> Notification | None:
    """Returns a notification as the actor sees it; None when it is about nothing that it sees."""
    details: dict[str, Any] = loads(one.details)
    records = [record for id in one.ids if (record := seen.record(one.object, id)) is not None]
    hidden = len(one.ids) - len(records)
    if not records and one.kind != "job_ended":
        return None
    about = text = None
    if one.kind == "mentioned":
        comment = details.get("comment")
        text = seen.words(one.record_id, comment)
        if text is None:
            return None
        about = seen.place(one.record_id)
    run_id = one.run_id if one.run_id in seen.run_ids else None
    by = seen.user(one.actor_user_id)
    return Notification(one, details, by, records[:MAX_NAMED], one.record_count - hidden, about, text, run_id)
