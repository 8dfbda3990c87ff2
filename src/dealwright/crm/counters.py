"""Keeps the counts and dates on deals, persons and organizations that follow from other records.

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
    followers,
    notes,
    organizations,
    persons,
)

Counted = Literal["deal", "person", "organization"]
Values = Callable[[sa.Table], dict[str, sa.ColumnElement[object]]]
_TABLES: dict[Counted, sa.Table] = {"deal": deals, "person": persons, "organization": organizations}


def recount_activities(
    crm: Crm,
    deal_ids: Iterable[int | None] = (),
    person_ids: Iterable[int | None] = (),
    org_ids: Iterable[int | None] = (),
) -> None:
    """Counts the activities of records again, and finds their next and last one."""
    _write(crm, "deal", deal_ids, lambda table: _activity_values(table, activities.c.deal_id == table.c.id))
    _write(crm, "person", person_ids, lambda table: _activity_values(table, _with_person(table)))
    _write(crm, "organization", org_ids, lambda table: _activity_values(table, activities.c.org_id == table.c.id))


def recount_notes(
    crm: Crm,
    deal_ids: Iterable[int | None] = (),
    person_ids: Iterable[int | None] = (),
    org_ids: Iterable[int | None] = (),
) -> None:
    """Counts the notes of records again."""
    _write(crm, "deal", deal_ids, lambda table: _note_values(notes.c.deal_id == table.c.id))
    _write(crm, "person", person_ids, lambda table: _note_values(notes.c.person_id == table.c.id))
    _write(crm, "organization", org_ids, lambda table: _note_values(notes.c.org_id == table.c.id))


def recount_followers(crm: Crm, counted: Counted, ids: Iterable[int]) -> None:
    """Counts the followers of records again."""
    _write(
        crm,
        counted,
        ids,
        lambda table: {
            "followers_count": _count(followers, followers.c.object == counted, followers.c.record_id == table.c.id)
        },
    )


def recount_deals(crm: Crm, person_ids: Iterable[int | None] = (), org_ids: Iterable[int | None] = ()) -> None:
    """Counts the deals of persons and organizations again."""
    _write(crm, "person", person_ids, _person_deal_values)
    _write(crm, "organization", org_ids, _organization_deal_values)


def recount_participants(crm: Crm, deal_ids: Iterable[int]) -> None:
    """Counts the persons who take part in deals again."""
    _write(
        crm,
        "deal",
        deal_ids,
        lambda table: {"participants_count": _count(deal_participants, deal_participants.c.deal_id == table.c.id)},
    )


def recount_people(crm: Crm, org_ids: Iterable[int | None]) -> None:
    """Counts the persons of organizations again."""
    _write(
        crm,
        "organization",
        org_ids,
        lambda table: {
            "people_count": _count(persons, persons.c.org_id == table.c.id, persons.c.is_deleted == sa.false())
        },
    )


def _write(crm: Crm, counted: Counted, ids: Iterable[int | None], values: Values) -> None:
    wanted = sorted({id for id in ids if id is not None})
    if wanted:
        table = _TABLES[counted]
        crm.db.execute(sa.update(table).where(table.c.id.in_(wanted)).values(values(table)))


def _count(table: sa.Table, *criteria: sa.ColumnElement[bool]) -> sa.ColumnElement[object]:
    return sa.select(sa.func.count()).select_from(table).where(*criteria).scalar_subquery()


def _note_values(link: sa.ColumnElement[bool]) -> dict[str, sa.ColumnElement[object]]:
    return {"notes_count": _count(notes, link, notes.c.is_deleted == sa.false())}


def _with_person(table: sa.Table) -> sa.ColumnElement[bool]:
    return activities.c.id.in_(
        # Two levels down, a subquery must be told which table is the one around it.
        sa.select(activity_participants.c.activity_id)
        .where(activity_participants.c.person_id == table.c.id)
        .correlate(table)
    )


def _activity_values(table: sa.Table, link: sa.ColumnElement[bool]) -> dict[str, sa.ColumnElement[object]]:
    live = activities.c.is_deleted == sa.false()
    todo, done = activities.c.done == sa.false(), activities.c.done == sa.true()

    def first(column: sa.ColumnElement[object], *criteria: sa.ColumnElement[bool]) -> sa.ColumnElement[object]:
        return sa.select(column).where(link, live, todo, *criteria).order_by(*soonest).limit(1).scalar_subquery()

    def latest(column: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
        return sa.select(column).where(link, live, done).order_by(*most_recent).limit(1).scalar_subquery()

    due_time = sa.func.coalesce(activities.c.due_time, "")
    soonest = [activities.c.due_date.is_(None), activities.c.due_date, due_time, activities.c.id]
    most_recent = [
        activities.c.due_date.is_(None),
        activities.c.due_date.desc(),
        due_time.desc(),
        activities.c.id.desc(),
    ]
    return {
        "activities_count": _count(activities, link, live),
        "done_activities_count": _count(activities, link, live, done),
        "undone_activities_count": _count(activities, link, live, todo),
        "next_activity_id": first(activities.c.id),
        "next_activity_date": first(activities.c.due_date),
        "next_activity_time": first(activities.c.due_time),
        "last_activity_id": latest(activities.c.id),
        "last_activity_date": latest(activities.c.due_date),
    }


_LIVE = (deals.c.is_deleted == sa.false()) & (deals.c.is_archived == sa.false())
_OPEN = deals.c.status == "open"
_WON = deals.c.status == "won"
_LOST = deals.c.status == "lost"
_CLOSED = deals.c.status.in_(("won", "lost"))


def _person_deal_values(table: sa.Table) -> dict[str, sa.ColumnElement[object]]:
    own = deals.c.person_id == table.c.id
    taking_part = deals.c.id.in_(
        sa.select(deal_participants.c.deal_id).where(deal_participants.c.person_id == table.c.id).correlate(table)
    ) & (sa.func.coalesce(deals.c.person_id, 0) != table.c.id)
    related = own | taking_part
    return _deal_values(own, related) | {
        "participant_open_deals_count": _count(deals, taking_part, _LIVE, _OPEN),
        "participant_closed_deals_count": _count(deals, taking_part, _LIVE, _CLOSED),
    }


def _organization_deal_values(table: sa.Table) -> dict[str, sa.ColumnElement[object]]:
    own = deals.c.org_id == table.c.id
    of_people = deals.c.person_id.in_(sa.select(persons.c.id).where(persons.c.org_id == table.c.id).correlate(table))
    return _deal_values(own, own | of_people)


def _deal_values(own: sa.ColumnElement[bool], related: sa.ColumnElement[bool]) -> dict[str, sa.ColumnElement[object]]:
    values = {}
    for name, status in (("open", _OPEN), ("closed", _CLOSED), ("won", _WON), ("lost", _LOST)):
        values[f"{name}_deals_count"] = _count(deals, own, _LIVE, status)
        values[f"related_{name}_deals_count"] = _count(deals, related, _LIVE, status)
    return values
