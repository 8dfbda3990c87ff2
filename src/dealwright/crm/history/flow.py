"""The flow of a record: everything that happened around it, the newest first.

Each source is a query for entries: the time, the kind and the id of an item. The database merges, sorts and cuts them,
so that only the items of a page are read in full. A new kind of item is one more source.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, PERSON, Person
from dealwright.crm.correspondence import files, notes
from dealwright.crm.correspondence.model import FILE, MAIL_MESSAGE, NOTE
from dealwright.crm.deals import deals
from dealwright.crm.deals.model import DEAL
from dealwright.crm.fields import custom
from dealwright.crm.history import changelog
from dealwright.crm.kernel import access, changes, counters, pages, sql_functions
from dealwright.crm.kernel.counters import MIN_DATE
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.pages import OffsetPage
from dealwright.crm.kernel.record_types import Record, RecordType, RelationAction
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work import activities
from dealwright.crm.work.model import ACTIVITY
from dealwright.storage import tables

LINK_COLUMNS = {"deal": "deal_id", "person": "person_id", "organization": "org_id"}
"""The record types that have a flow, and the column by which other records link to them."""

PLAIN_MAIL, MAIL_WITH_FILES = "mailMessage", "mailMessageWithAttachment"
"""The kinds of items that messages are."""


class FlowEntry(NamedTuple):
    """An entry of a flow: the time and the kind of an item, and the id of the record that it is about.

    ``position`` is the index of a field in an entry of the change log, and -1 for all other items; comments have a
    ``uuid``.
    """

    time: str
    object: str
    id: int
    position: int
    uuid: str | None


class _FlowQuery(NamedTuple):
    """A request for a flow: the record, the kinds of items (None for all), and whether custom fields are included."""

    crm: UnitOfWork
    kind: RecordType[Any]
    id: int
    record: Record
    items: Collection[str] | None
    all_changes: bool

    def includes(self, *names: str) -> bool:
        """Whether items that have one of these names are requested."""
        return self.items is None or any(name in self.items for name in names)


Select = sa.Select[Any]
Source = Callable[[_FlowQuery], Sequence[Select]]


def list_entries(
    crm: UnitOfWork,
    kind: RecordType[Any],
    record: Record,
    *,
    items: Collection[str] | None = None,
    all_changes: bool = False,
    start: int = 0,
    limit: int | None = None,
) -> OffsetPage[FlowEntry]:
    """Returns a page of a record's flow, as far as the actor may see the items.

    Changes of custom fields are included only with ``all_changes``.
    """
    size = pages.page_size(limit)
    id: int = record.id  # type: ignore[attr-defined]
    flow_query = _FlowQuery(crm, kind, id, record, items, all_changes)
    queries = [query for source in SOURCES for query in source(flow_query)]
    if not queries:
        return OffsetPage([], start, size, False)
    # Each source gives its newest items, in the order of an index, and no more than the page may show.
    newest = [sa.select(query.limit(start + size + 1).subquery()) for query in queries]
    merged = sa.union_all(*newest).subquery()
    columns = merged.c
    # At the same time, the entries of the change log come first, in their own order.
    order = [columns.time.desc(), columns.position < 0, columns.id.desc(), columns.object, columns.uuid]
    statement = sa.select(merged).order_by(*order, columns.position).limit(size + 1).offset(start)
    found = [FlowEntry(time[:19], *rest) for time, *rest in crm.db.rows(statement)]
    return OffsetPage(found[:size], start, size, len(found) > size)


def _field_changes(query: _FlowQuery) -> Sequence[Select]:
    """Returns a query with an entry for each field that changed; nothing when they are not requested."""
    name = f"{query.kind.object}Change"
    if not query.includes(name, "change"):
        return ()
    columns = tables.changes.c
    each, key, position = sql_functions.json_entries(query.crm.dialect, columns.fields)
    is_visible: sa.ColumnElement[bool] = key.in_(changelog.visible_columns(query.kind))
    if query.all_changes:
        is_visible |= sa.func.length(key) == custom.KEY_LENGTH
    statement = _log_entries(name, position).select_from(tables.changes.join(each, sa.true()))
    statement = statement.where(
        *_about_record(query),
        columns.action.in_(changes.RECORD_ACTIONS),
        sa.case((columns.action == "create", key == "add_time"), else_=is_visible),
    )
    return (statement.order_by(_not_in_index(columns.time).desc(), columns.id.desc(), position),)


def _followers(query: _FlowQuery) -> Sequence[Select]:
    name = f"{query.kind.object}Follower"
    return _relations(query, name, ("follow", "unfollow")) if query.includes(name, "follower") else ()


def _participants(query: _FlowQuery) -> Sequence[Select]:
    return _relations(query, "participant", ("join", "leave")) if query.includes("participant") else ()


def _relations(query: _FlowQuery, name: str, actions: Sequence[RelationAction]) -> Sequence[Select]:
    columns = tables.changes.c
    statement = _log_entries(name, sa.literal_column("0")).where(*_about_record(query), columns.action.in_(actions))
    return (statement.order_by(_not_in_index(columns.time).desc(), columns.id.desc()),)


def _done_activities(query: _FlowQuery) -> Sequence[Select]:
    if not query.includes("activity"):
        return ()
    columns = _activity_rows(query).c
    time = sa.func.coalesce(columns.marked_as_done_time, columns.add_time)
    return (_activities(query, time, [time], done=True),)


def _planned_activities(query: _FlowQuery) -> Sequence[Select]:
    """Returns queries for activities that are still to be done, at the time at which they are due, if at any."""
    if not query.includes("plannedActivity"):
        return ()
    rows = _activity_rows(query)
    columns, due_time = rows.c, counters.due_time(rows)
    due = sql_functions.combine_date_time(query.crm.dialect, columns.due_date, due_time)
    dated = _activities(query, due, [columns.due_date, due_time], done=False).where(columns.due_date >= MIN_DATE)
    undated = _activities(query, columns.add_time, [_not_in_index(columns.add_time)], done=False).where(
        columns.due_date.is_(None)
    )
    return dated, undated


def _activity_rows(query: _FlowQuery) -> sa.Table:
    """Returns the table with the rows that link the activities of the record, and their times."""
    return tables.activity_participants if query.kind is PERSON else tables.activities


def _activities(
    query: _FlowQuery, time: sa.ColumnElement[Any], order: Sequence[sa.ColumnElement[Any]], *, done: bool
) -> Select:
    name = "activity" if done else "plannedActivity"
    criteria = activities.criteria(
        query.crm,
        done=done,
        deal_id=query.id if query.kind is DEAL else None,
        org_id=query.id if query.kind is ORGANIZATION else None,
    )
    id: sa.ColumnElement[int] = tables.activities.c.id
    statement = _table_entries(query, time, name, id)
    if query.kind is PERSON:
        through = activities.participation(query.id, done)
        id = through.relation.c[through.row_id]
        joined = through.relation.join(tables.activities, tables.activities.c.id == id)
        statement = _table_entries(query, time, name, id).select_from(joined).where(through.criterion)
    statement = statement.order_by(*(one.desc() for one in order), id.desc())
    return _where_visible(query, ACTIVITY, statement.where(*criteria))


def _notes(query: _FlowQuery) -> Sequence[Select]:
    if not query.includes("note"):
        return ()
    columns = tables.notes.c
    statement = _table_entries(query, columns.add_time, "note", columns.id).where(*_note_criteria(query))
    return (_where_visible(query, NOTE, _newest_first(statement, columns)),)


def _comments(query: _FlowQuery) -> Sequence[Select]:
    if not query.includes("comment"):
        return ()
    columns, link = tables.note_comments.c, LINK_COLUMNS[query.kind.object]
    joined = tables.note_comments.join(tables.notes, tables.notes.c.id == columns.note_id)
    statement = _select(columns.add_time, "comment", columns.note_id, sa.literal_column("-1"), columns.uuid)
    these = (columns[link] == query.id) & (columns.is_deleted == sa.false()) & (tables.notes.c.is_deleted == sa.false())
    statement = statement.select_from(joined).where(these)
    return (_where_visible(query, NOTE, statement.order_by(columns.add_time.desc())),)


def _note_criteria(query: _FlowQuery) -> Criteria:
    return notes.criteria(query.crm, {LINK_COLUMNS[query.kind.object]: query.id}, {})


def _files(query: _FlowQuery) -> Sequence[Select]:
    if not query.includes("file"):
        return ()
    columns = tables.files.c
    criteria = files.criteria(query.crm, {LINK_COLUMNS[query.kind.object]: query.id})
    # Those that came with mail are shown with it.
    own = columns.mail_message_id.is_(None)
    statement = _table_entries(query, columns.add_time, "file", columns.id).where(*criteria, own)
    return (_where_visible(query, FILE, _newest_first(statement, columns)),)


def _mail(query: _FlowQuery) -> Sequence[Select]:
    """Returns a query for messages, with and without files in them."""
    names = [name for name in (PLAIN_MAIL, MAIL_WITH_FILES) if query.includes(name)]
    if not names:
        return ()
    messages, links = tables.mail_messages.c, tables.mail_links.c
    rows = messages if query.kind is DEAL else links
    has_files = messages.has_inline_attachments | messages.has_real_attachments
    name = sa.case((has_files, _literal(MAIL_WITH_FILES)), else_=_literal(PLAIN_MAIL))
    time = sql_functions.with_milliseconds(query.crm.dialect, rows.message_time)
    these = [rows[LINK_COLUMNS[query.kind.object]] == query.id, *_not(rows.is_deleted, rows.is_draft)]
    statement = _select_named(time, name, messages.id, sa.literal_column("-1"), sa.cast(sa.null(), sa.Text))
    if query.kind is not DEAL:
        statement = statement.select_from(
            tables.mail_links.join(tables.mail_messages, messages.id == links.mail_message_id)
        )
    if len(names) == 1:
        these.append(has_files if names == [MAIL_WITH_FILES] else sa.not_(has_files))
    id = messages.id if query.kind is DEAL else links.mail_message_id
    statement = statement.where(*these).order_by(rows.message_time.desc(), id.desc())
    return (_where_visible(query, MAIL_MESSAGE, statement),)


def _not(*flags: sa.ColumnElement[bool]) -> list[sa.ColumnElement[bool]]:
    return [flag == sa.false() for flag in flags]


def _deals(query: _FlowQuery) -> Sequence[Select]:
    """Returns queries for the deals of a person or an organization, at the time at which they were added."""
    if query.kind is DEAL or not query.includes("deal"):
        return ()
    columns = tables.deals.c
    entries = _table_entries(query, columns.add_time, "deal", columns.id)
    if query.kind is ORGANIZATION:
        found = [entries.where(*deals.criteria(query.crm, org_id=query.id))]
    else:
        found = [entries.where(*deals.criteria(query.crm, person_id=query.id))]
        assert isinstance(query.record, Person)
        if query.record.participant_open_deals_count or query.record.participant_closed_deals_count:
            taking_part = tables.deal_participants.c
            joined = tables.deal_participants.join(tables.deals, columns.id == taking_part.deal_id)
            others = (taking_part.person_id == query.id) & columns.person_id.is_distinct_from(query.id)
            found.append(entries.select_from(joined).where(others, *deals.criteria(query.crm)))
    return [_where_visible(query, DEAL, _newest_first(one, columns)) for one in found]


SOURCES: tuple[Source, ...] = (
    _field_changes,
    _followers,
    _participants,
    _done_activities,
    _planned_activities,
    _notes,
    _comments,
    _files,
    _mail,
    _deals,
)


def _not_in_index(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Returns a column as an expression that is in no index.

    SQLite would read an index in the order of the column, and look in all of it for the few rows that are asked for.
    """
    return sa.func.coalesce(column, column)


def _newest_first(statement: Select, columns: Any) -> Select:
    return statement.order_by(columns.add_time.desc(), columns.id.desc())


def _log_entries(object: str, position: sa.ColumnElement[Any]) -> Select:
    """Returns a query for entries of the change log, whose times have milliseconds."""
    columns = tables.changes.c
    return _select(columns.time, object, columns.id, position, sa.cast(sa.null(), sa.Text))


def _table_entries(query: _FlowQuery, time: sa.ColumnElement[Any], object: str, id: sa.ColumnElement[int]) -> Select:
    """Returns a query for entries of a table whose times are whole seconds."""
    time = sql_functions.with_milliseconds(query.crm.dialect, time)
    return _select(time, object, id, sa.literal_column("-1"), sa.cast(sa.null(), sa.Text))


def _select(
    time: sa.ColumnElement[Any],
    object: str,
    id: sa.ColumnElement[int],
    position: sa.ColumnElement[Any],
    uuid: sa.ColumnElement[Any],
) -> Select:
    return _select_named(time, _literal(object), id, position, uuid)


def _select_named(
    time: sa.ColumnElement[Any],
    object: sa.ColumnElement[str],
    id: sa.ColumnElement[int],
    position: sa.ColumnElement[Any],
    uuid: sa.ColumnElement[Any],
) -> Select:
    return sa.select(
        time.label("time"), object.label("object"), id.label("id"), position.label("position"), uuid.label("uuid")
    )


def _literal(name: str) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{name}'", sa.Text)


def _about_record(query: _FlowQuery) -> list[sa.ColumnElement[bool]]:
    columns = tables.changes.c
    return [columns.object == query.kind.object, columns.record_id == query.id]


def _where_visible(query: _FlowQuery, kind: RecordType[Any], statement: Select) -> Select:
    criterion = access.visible(query.crm, kind)
    return statement if criterion is None else statement.where(criterion)
