"""Keeps the counts and dates on deals, persons, organizations and leads that follow from other records.

Every rule that adds, changes or removes such a record calls `recount` with the records that it touched, before and
after the change; nothing else writes these columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import sqlalchemy as sa

from dealwright.crm.unit import Crm
from dealwright.storage.tables import (
    activities,
    activity_participants,
    deal_participants,
    deals,
    files,
    followers,
    leads,
    notes,
    organizations,
    persons,
)
from dealwright.storage.types import next_revision

Counted = Literal["deal", "person", "organization"]
Values = Callable[[Counted, sa.Table], dict[str, sa.ColumnElement[object]]]
_TABLES: dict[Counted, sa.Table] = {"deal": deals, "person": persons, "organization": organizations}
_LINKS: dict[Counted, str] = {"deal": "deal_id", "person": "person_id", "organization": "org_id"}


def recount_activities(
    crm: Crm,
    deal_ids: Iterable[int | None] = (),
    person_ids: Iterable[int | None] = (),
    org_ids: Iterable[int | None] = (),
) -> None:
    """Counts the activities of records again, and finds their next and last one."""
    _write(crm, "deal", deal_ids, _activity_values)
    _write(crm, "person", person_ids, _activity_values)
    _write(crm, "organization", org_ids, _activity_values)


def recount_leads(crm: Crm, ids: Iterable[str | None]) -> None:
    """Finds the next activity of leads again, given their UUIDs."""
    wanted = sorted({id for id in ids if id is not None})
    if wanted:
        crm.db.execute(_new_lead_values().where(leads.c.uuid.in_(wanted)))


def recount_notes(
    crm: Crm,
    deal_ids: Iterable[int | None] = (),
    person_ids: Iterable[int | None] = (),
    org_ids: Iterable[int | None] = (),
) -> None:
    """Counts the notes of records again."""
    _write(crm, "deal", deal_ids, _note_values)
    _write(crm, "person", person_ids, _note_values)
    _write(crm, "organization", org_ids, _note_values)


def recount_files(
    crm: Crm,
    deal_ids: Iterable[int | None] = (),
    person_ids: Iterable[int | None] = (),
    org_ids: Iterable[int | None] = (),
) -> None:
    """Counts the files of records again."""
    _write(crm, "deal", deal_ids, _file_values)
    _write(crm, "person", person_ids, _file_values)
    _write(crm, "organization", org_ids, _file_values)


def recount_followers(crm: Crm, counted: Counted, ids: Iterable[int]) -> None:
    """Counts the followers of records again."""
    _write(crm, counted, ids, _follower_values)


def recount_deals(crm: Crm, person_ids: Iterable[int | None] = (), org_ids: Iterable[int | None] = ()) -> None:
    """Counts the deals of persons and organizations again."""
    _write(crm, "person", person_ids, _person_deal_values)
    _write(crm, "organization", org_ids, _organization_deal_values)


def recount_participants(crm: Crm, deal_ids: Iterable[int]) -> None:
    """Counts the persons who take part in deals again."""
    _write(crm, "deal", deal_ids, _participant_values)


def recount_people(crm: Crm, org_ids: Iterable[int | None]) -> None:
    """Counts the persons of organizations again."""
    _write(crm, "organization", org_ids, _people_values)


def _write(crm: Crm, counted: Counted, ids: Iterable[int | None], values: Values) -> None:
    wanted = sorted({id for id in ids if id is not None})
    if wanted:
        table = _TABLES[counted]
        these = table.c.id.in_(wanted)
        if crm.dialect == "postgresql":
            # An update that has to wait for another transaction would not count what that one has added.
            crm.db.rows(sa.select(table.c.id).where(these).order_by(table.c.id).with_for_update())
        crm.db.execute(sa.update(table).where(these).values(next_revision(table) | values(counted, table)))


def _count(table: sa.Table, *criteria: sa.ColumnElement[bool]) -> sa.ColumnElement[object]:
    return sa.select(sa.func.count()).select_from(table).where(*criteria).scalar_subquery()


def _follower_values(counted: Counted, table: sa.Table) -> dict[str, sa.ColumnElement[object]]:
    return {"followers_count": _count(followers, followers.c.object == counted, followers.c.record_id == table.c.id)}


def _participant_values(counted: Counted, table: sa.Table) -> dict[str, sa.ColumnElement[object]]:
    return {"participants_count": _count(deal_participants, deal_participants.c.deal_id == table.c.id)}


def _people_values(counted: Counted, table: sa.Table) -> dict[str, sa.ColumnElement[object]]:
    return {"people_count": _count(persons, persons.c.org_id == table.c.id, persons.c.is_deleted == sa.false())}


def _note_values(counted: Counted, table: sa.Table) -> dict[str, sa.ColumnElement[object]]:
    link = notes.c[_LINKS[counted]] == table.c.id
    return {"notes_count": _count(notes, link, notes.c.is_deleted == sa.false())}


def _file_values(counted: Counted, table: sa.Table) -> dict[str, sa.ColumnElement[object]]:
    link = files.c[_LINKS[counted]] == table.c.id
    return {"files_count": _count(files, link, files.c.is_deleted == sa.false())}


def _activity_values(counted: Counted, table: sa.Table) -> dict[str, sa.ColumnElement[object]]:
    link: sa.ColumnElement[bool] = activities.c[_LINKS[counted]] == table.c.id
    if counted == "person":
        # Also those that the person takes part in without being the primary participant. Two levels down, a subquery
        # must be told which table is the one around it.
        link = activities.c.id.in_(
            sa.select(activity_participants.c.activity_id)
            .where(activity_participants.c.person_id == table.c.id)
            .correlate(table)
        )
    live = activities.c.is_deleted == sa.false()
    todo, done = activities.c.done == sa.false(), activities.c.done == sa.true()

    def latest(column: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
        return sa.select(column).where(link, live, done).order_by(*most_recent).limit(1).scalar_subquery()

    most_recent = [
        activities.c.due_date.is_(None),
        activities.c.due_date.desc(),
        _DUE_TIME.desc(),
        activities.c.id.desc(),
    ]
    return {
        "activities_count": _count(activities, link, live),
        "done_activities_count": _count(activities, link, live, done),
        "undone_activities_count": _count(activities, link, live, todo),
        "next_activity_id": _next(activities.c.id, link),
        "next_activity_date": _next(activities.c.due_date, link),
        "next_activity_time": _next(activities.c.due_time, link),
        "last_activity_id": latest(activities.c.id),
        "last_activity_date": latest(activities.c.due_date),
    }


def _new_lead_values() -> sa.Update:
    link = activities.c.lead_id == leads.c.uuid
    return sa.update(leads).values(next_activity_id=_next(activities.c.id, link))


def _next(column: sa.ColumnElement[object], link: sa.ColumnElement[bool]) -> sa.ColumnElement[object]:
    """Something of the activity that is to be done first."""
    soonest = [activities.c.due_date.is_(None), activities.c.due_date, _DUE_TIME, activities.c.id]
    todo = (activities.c.is_deleted == sa.false()) & (activities.c.done == sa.false())
    return sa.select(column).where(link, todo).order_by(*soonest).limit(1).scalar_subquery()


_DUE_TIME = sa.func.coalesce(activities.c.due_time, "")
_LIVE = (deals.c.is_deleted == sa.false()) & (deals.c.is_archived == sa.false())
_OPEN = deals.c.status == "open"
_WON = deals.c.status == "won"
_LOST = deals.c.status == "lost"
_CLOSED = deals.c.status.in_(("won", "lost"))


def _person_deal_values(counted: Counted, table: sa.Table) -> dict[str, sa.ColumnElement[object]]:
    taking_part = deals.c.id.in_(
        sa.select(deal_participants.c.deal_id).where(deal_participants.c.person_id == table.c.id).correlate(table)
    ) & (sa.func.coalesce(deals.c.person_id, 0) != table.c.id)
    return _deal_values(deals.c.person_id == table.c.id, taking_part) | {
        "participant_open_deals_count": _count(deals, taking_part, _LIVE, _OPEN),
        "participant_closed_deals_count": _count(deals, taking_part, _LIVE, _CLOSED),
    }


def _organization_deal_values(counted: Counted, table: sa.Table) -> dict[str, sa.ColumnElement[object]]:
    of_people = deals.c.person_id.in_(
        sa.select(persons.c.id).where(persons.c.org_id == table.c.id).correlate(table)
    ) & (sa.func.coalesce(deals.c.org_id, 0) != table.c.id)
    return _deal_values(deals.c.org_id == table.c.id, of_people)


def _deal_values(own: sa.ColumnElement[bool], others: sa.ColumnElement[bool]) -> dict[str, sa.ColumnElement[object]]:
    """Counts of the record's own deals and, with ``others`` added, of all that are related to it.

    The two are counted for themselves: PostgreSQL would read every deal to find those that are one or the other.
    """
    values: dict[str, sa.ColumnElement[object]] = {}
    for name, status in (("open", _OPEN), ("closed", _CLOSED), ("won", _WON), ("lost", _LOST)):
        values[f"{name}_deals_count"] = _count(deals, own, _LIVE, status)
        values[f"related_{name}_deals_count"] = _count(deals, own, _LIVE, status) + _count(deals, others, _LIVE, status)
    return values
