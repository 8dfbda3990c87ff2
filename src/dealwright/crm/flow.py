"""The flow of a record: all that happened around it, the newest first.

Each source is a query for moments: when what kind of item happened. The database merges, sorts and cuts them, so that only
the items of a page are read in full. A new kind of item is one more source.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm import access, activities, changes, deals, dialects, files, history, notes, pages, persons
from dealwright.crm.criteria import Criteria
from dealwright.crm.fields import custom
from dealwright.crm.kinds import Kind, Record
from dealwright.crm.model.activities import ACTIVITY
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.files import FILE
from dealwright.crm.model.notes import NOTE
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.pages import OffsetPage
from dealwright.crm.unit import Crm
from dealwright.storage import tables

LINKS = {"deal": "deal_id", "person": "person_id", "organization": "org_id"}
"""The kinds of records that have a flow, and what links others to them."""


class Moment(NamedTuple):
    """When an item happened: which kind of item, and the id of what it is about.

    ``position`` counts the fields of an entry of the change log, and is -1 for all else; comments have a ``uuid``.
    """

    time: str
    object: str
    id: int
    position: int
    uuid: str | None


class _Around(NamedTuple):
    """What is asked for: the record, the kinds of items (None for all), and whether custom fields count."""

    crm: Crm
    kind: Kind[Any]
    id: int
    items: Collection[str] | None
    all_changes: bool

    def wants(self, *names: str) -> bool:
        """Whether items that go by one of these names are asked for."""
        return self.items is None or any(name in self.items for name in names)


Select = sa.Select[Any]
Source = Callable[[_Around], Select | None]


def page(
    crm: Crm,
    kind: Kind[Any],
    record: Record,
    *,
    items: Collection[str] | None = None,
    all_changes: bool = False,
    start: int = 0,
    limit: int | None = None,
) -> OffsetPage[Moment]:
    """The moments of a record that the actor sees, from the ``start``-th. Changes of custom fields only with ``all_changes``."""
    size = pages.clamped(limit)
    id: int = record.id  # type: ignore[attr-defined]
    around = _Around(crm, kind, id, items, all_changes)
    queries = [query for source in SOURCES if (query := source(around)) is not None]
    if not queries:
        return OffsetPage([], start, size, False)
    merged = sa.union_all(*queries).subquery()
    columns = merged.c
    # Of what happened at the same time, the entries of the change log come first, in their own order.
    order = [columns.time.desc(), columns.position < 0, columns.id.desc(), columns.object, columns.uuid]
    statement = sa.select(merged).order_by(*order, columns.position).limit(size + 1).offset(start)
    found = [Moment(time[:19], *rest) for time, *rest in crm.db.rows(statement)]
    return OffsetPage(found[:size], start, size, len(found) > size)


def _field_changes(around: _Around) -> Select | None:
    """One moment for each field that changed."""
    name = f"{around.kind.object}Change"
    if not around.wants(name, "change"):
        return None
    columns = tables.changes.c
    each, key, position = dialects.json_entries(around.crm.dialect, columns.fields)
    told: sa.ColumnElement[bool] = key.in_(history.told_columns(around.kind))
    if around.all_changes:
        told |= sa.func.length(key) == custom.KEY_LENGTH
    statement = _entries(name, position).select_from(tables.changes.join(each, sa.true()))
    return statement.where(
        *_of_record(around),
        columns.action.in_(changes.OF_RECORDS),
        sa.case((columns.action == "create", key == "add_time"), else_=told),
    )


def _followers(around: _Around) -> Select | None:
    name = f"{around.kind.object}Follower"
    return _relations(around, name, ("follow", "unfollow")) if around.wants(name, "follower") else None


def _participants(around: _Around) -> Select | None:
    return _relations(around, "participant", ("join", "leave")) if around.wants("participant") else None


def _relations(around: _Around, name: str, actions: Sequence[changes.OfRelation]) -> Select:
    return _entries(name, sa.literal_column("0")).where(*_of_record(around), tables.changes.c.action.in_(actions))


def _done_activities(around: _Around) -> Select | None:
    columns = tables.activities.c
    time = sa.func.coalesce(columns.marked_as_done_time, columns.add_time)
    return _activities(around, time, done=True) if around.wants("activity") else None


def _planned_activities(around: _Around) -> Select | None:
    """Activities that are still to be done, at the moment at which they are due."""
    columns = tables.activities.c
    due_time = sa.func.coalesce(columns.due_time, "00:00:00")
    due = dialects.moment_of(around.crm.dialect, columns.due_date, due_time)
    time = sa.func.coalesce(due, columns.add_time)
    return _activities(around, time, done=False) if around.wants("plannedActivity") else None


def _activities(around: _Around, time: sa.ColumnElement[Any], *, done: bool) -> Select:
    criteria = activities.criteria(
        around.crm,
        done=done,
        deal_id=around.id if around.kind is DEAL else None,
        participant_id=around.id if around.kind is PERSON else None,
        org_id=around.id if around.kind is ORGANIZATION else None,
    )
    statement = _moments(around, time, "activity" if done else "plannedActivity", tables.activities.c.id)
    return _visible(around, ACTIVITY, statement.where(*criteria))


def _notes(around: _Around) -> Select | None:
    columns = tables.notes.c
    statement = _moments(around, columns.add_time, "note", columns.id).where(*_notes_on(around))
    return _visible(around, NOTE, statement) if around.wants("note") else None


def _comments(around: _Around) -> Select | None:
    if not around.wants("comment"):
        return None
    on_notes = _visible(around, NOTE, sa.select(tables.notes.c.id).where(*_notes_on(around)))
    columns = tables.note_comments.c
    statement = _select(columns.add_time, "comment", columns.note_id, sa.literal_column("-1"), columns.uuid)
    return statement.where(columns.is_deleted == sa.false(), columns.note_id.in_(on_notes))


def _notes_on(around: _Around) -> Criteria:
    return notes.criteria(around.crm, {LINKS[around.kind.object]: around.id}, {})


def _files(around: _Around) -> Select | None:
    columns = tables.files.c
    criteria = files.criteria(around.crm, {LINKS[around.kind.object]: around.id})
    statement = _moments(around, columns.add_time, "file", columns.id).where(*criteria)
    return _visible(around, FILE, statement) if around.wants("file") else None


def _deals(around: _Around) -> Select | None:
    """The deals of a person or an organization, at the moment at which they were added."""
    if around.kind is DEAL or not around.wants("deal"):
        return None
    columns = tables.deals.c
    if around.kind is PERSON:
        criteria: Criteria = persons.deals_of(around.crm, around.id, None)
    else:
        criteria = deals.criteria(around.crm, org_id=around.id)
    return _visible(around, DEAL, _moments(around, columns.add_time, "deal", columns.id).where(*criteria))


SOURCES: tuple[Source, ...] = (
    _field_changes,
    _followers,
    _participants,
    _done_activities,
    _planned_activities,
    _notes,
    _comments,
    _files,
    _deals,
)


def _entries(object: str, position: sa.ColumnElement[Any]) -> Select:
    """Moments in the change log, whose times have milliseconds."""
    columns = tables.changes.c
    return _select(columns.time, object, columns.id, position, sa.cast(sa.null(), sa.Text))


def _moments(around: _Around, time: sa.ColumnElement[Any], object: str, id: sa.ColumnElement[int]) -> Select:
    """Moments in a table whose times are whole seconds."""
    time = dialects.with_milliseconds(around.crm.dialect, time)
    return _select(time, object, id, sa.literal_column("-1"), sa.cast(sa.null(), sa.Text))


def _select(
    time: sa.ColumnElement[Any],
    object: str,
    id: sa.ColumnElement[int],
    position: sa.ColumnElement[Any],
    uuid: sa.ColumnElement[Any],
) -> Select:
    name = sa.literal_column(f"'{object}'", sa.Text)
    return sa.select(
        time.label("time"), name.label("object"), id.label("id"), position.label("position"), uuid.label("uuid")
    )


def _of_record(around: _Around) -> list[sa.ColumnElement[bool]]:
    columns = tables.changes.c
    return [columns.object == around.kind.object, columns.record_id == around.id]


def _visible(around: _Around, kind: Kind[Any], statement: Select) -> Select:
    criterion = access.visible(around.crm, kind)
    return statement if criterion is None else statement.where(criterion)
