"""What records keep about others: numbers of them, and the first or the last one.

A record type declares it with its rows (`RecordType`). From one declaration come the difference that a change makes
(`crm.kernel.counters`) and the expression that counts anew (`crm.kernel.recount`), so that the two cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.storage import tables

Where = Mapping[str, tuple[Any, ...]]
"""The values that columns of a counted row must have."""


class Linked(NamedTuple):
    """The rows whose ``column`` holds the key of the record."""

    table: sa.Table
    column: str


class Related(NamedTuple):
    """The rows of ``table`` that ``relation`` relates to the record, unless their own ``other_than`` links it already.

    The relation has the key of the record in ``column``, and the id of the row in ``row_id``.
    """

    table: sa.Table
    relation: sa.Table
    column: str
    row_id: str
    other_than: str


class Indirect(NamedTuple):
    """The rows of ``table`` whose ``link`` is a row of ``through`` that links the record, unless they do so themselves.

    ``column`` is the name of the latter link in both tables.
    """

    table: sa.Table
    link: str
    through: sa.Table
    column: str


@dataclass(frozen=True, eq=False)
class Count:
    """A column with the number of rows that meet ``where``. Several with one column are added up."""

    column: str
    rows: Linked | Related | Indirect
    where: Where


@dataclass(frozen=True, eq=False)
class Nearest:
    """Columns with values of the first (or ``last``) row that meets ``where``, by due date and time, then by id.

    ``values`` are the columns of the row by those of the record, the one with the id first. Rows without a date come
    after all others. With ``by`` another column orders them, which every row has and which stands for the id.
    """

    values: Mapping[str, str]
    rows: Linked
    where: Where
    last: bool = False
    by: str | None = None

    def order(self) -> tuple[str, ...]:
        """Returns the columns of a row that order them."""
        return ("due_date", "due_time") if self.by is None else (self.by,)


class Copies(NamedTuple):
    """Columns of a relation that repeat those of the rows that it relates, so that an index can have them."""

    relation: sa.Table
    row_id: str
    table: sa.Table
    columns: tuple[str, ...]


class Distribution(NamedTuple):
    """The numbers of activities of records by owner, by type, and by whether they are done: rows of ``activity_counts``.

    Of persons also by whether they are the primary participant, which ``rows`` tell in ``is_primary``.
    """

    object: str
    rows: Linked

    def columns(self) -> tuple[str, ...]:
        """Returns the columns of a row by which it is counted, in the order of the key of ``activity_counts``."""
        is_primary = ("is_primary",) if "is_primary" in self.rows.table.c else ()
        return (self.rows.column, "owner_id", "type", "done", *is_primary)

    def key(self, row: Mapping[str, Any]) -> DistributionKey | None:
        """Returns the key of the number in which a row counts; None for one that does not."""
        id = row[self.rows.column]
        if row["is_deleted"] or id is None:
            return None
        is_primary = bool(row.get("is_primary", True))
        return DistributionKey(self.object, id, row["owner_id"], row["type"], bool(row["done"]), is_primary)


class DistributionKey(NamedTuple):
    """The key of a row of ``activity_counts``."""

    object: str
    record_id: int
    owner_id: int
    type: str
    done: bool
    is_primary: bool


Kept = tuple[Count | Nearest, ...]
"""What the records of a type keep."""


def live(**more: Any) -> dict[str, tuple[Any, ...]]:
    """Returns the condition for rows that are not deleted, and that have one of these values in other columns."""
    return {
        "is_deleted": (False,),
        **{name: value if isinstance(value, tuple) else (value,) for name, value in more.items()},
    }


def of_activities(table: sa.Table, column: str) -> Kept:
    """Returns the counts of activities, the next one to be done, and the last one that was."""
    rows, id = Linked(table, column), "id" if "id" in table.c else "activity_id"
    return (
        Count("activities_count", rows, live()),
        Count("done_activities_count", rows, live(done=True)),
        Count("undone_activities_count", rows, live(done=False)),
        Nearest(
            {"next_activity_id": id, "next_activity_date": "due_date", "next_activity_time": "due_time"},
            rows,
            live(done=False),
        ),
        Nearest({"last_activity_id": id, "last_activity_date": "due_date"}, rows, live(done=True), last=True),
    )


def of_attachments(object: str, column: str) -> Kept:
    """Returns the counts of the notes and files on a record, and of those who follow it."""
    return (
        Count("notes_count", Linked(tables.notes, column), live()),
        Count("files_count", Linked(tables.files, column), live()),
        Count("followers_count", Linked(tables.followers, "record_id"), {"object": (object,)}),
    )


def of_mail(rows: Linked, *, times: bool = True) -> Kept:
    """Returns the count of messages that are no drafts and, with ``times``, when the last ones came in and went out."""
    found: list[Count | Nearest] = [Count("email_messages_count", rows, live(is_draft=False))]
    for name, is_sent in (("incoming", False), ("outgoing", True)) if times else ():
        where = live(is_draft=False, is_sent=is_sent)
        values = {f"last_{name}_mail_time": "message_time"}
        found.append(Nearest(values, rows, where, last=True, by="message_time"))
    return tuple(found)


_STATUSES = {"open": ("open",), "closed": ("won", "lost"), "won": ("won",), "lost": ("lost",)}


def of_deals(own: Linked, others: Related | Indirect) -> Kept:
    """Returns the counts of deals that are a record's own, and of these and others that are related to it."""
    found: list[Count] = []
    for name, statuses in _STATUSES.items():
        where = live(is_archived=False, status=statuses)
        found.append(Count(f"{name}_deals_count", own, where))
        found += [Count(f"related_{name}_deals_count", rows, where) for rows in (own, others)]
        if isinstance(others, Related) and name in ("open", "closed"):
            found.append(Count(f"participant_{name}_deals_count", others, where))
    return tuple(found)
