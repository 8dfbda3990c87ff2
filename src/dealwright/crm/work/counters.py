"""Counts and dates on deals, persons, organizations and leads that are derived from activities."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel.counters import count, write_counts
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.tables import activities, activity_participants, leads

_DUE_TIME = sa.func.coalesce(activities.c.due_time, "")


def recount_activities(
    crm: UnitOfWork,
    deal_ids: Iterable[int | None] = (),
    person_ids: Iterable[int | None] = (),
    org_ids: Iterable[int | None] = (),
) -> None:
    """Recomputes the activity counts of records, and their next and last activity."""
    write_counts(crm, DEAL, deal_ids, _activity_counts(DEAL))
    write_counts(crm, PERSON, person_ids, _activity_counts(PERSON))
    write_counts(crm, ORGANIZATION, org_ids, _activity_counts(ORGANIZATION))


def recount_leads(crm: UnitOfWork, ids: Iterable[str | None]) -> None:
    """Recomputes the next activity of leads, given their UUIDs."""
    wanted = sorted({id for id in ids if id is not None})
    if wanted:
        crm.db.execute(_new_lead_counts().where(leads.c.uuid.in_(wanted)))


@functools.cache
def _activity_counts(kind: RecordType[Any]) -> dict[str, sa.ColumnElement[Any]]:
    link: sa.ColumnElement[bool] = activities.c[kind.link] == kind.table.c.id
    if kind is PERSON:
        # Also those that the person takes part in without being the primary participant. A subquery two levels
        # down needs to be told with which table it is correlated.
        link = activities.c.id.in_(
            sa.select(activity_participants.c.activity_id)
            .where(activity_participants.c.person_id == kind.table.c.id)
            .correlate(kind.table)
        )
    live = activities.c.is_deleted == sa.false()
    todo, done = activities.c.done == sa.false(), activities.c.done == sa.true()

    def latest(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return sa.select(column).where(link, live, done).order_by(*most_recent).limit(1).scalar_subquery()

    most_recent = [
        activities.c.due_date.is_(None),
        activities.c.due_date.desc(),
        _DUE_TIME.desc(),
        activities.c.id.desc(),
    ]
    return {
        "activities_count": count(activities, link, live),
        "done_activities_count": count(activities, link, live, done),
        "undone_activities_count": count(activities, link, live, todo),
        "next_activity_id": _next_activity(activities.c.id, link),
        "next_activity_date": _next_activity(activities.c.due_date, link),
        "next_activity_time": _next_activity(activities.c.due_time, link),
        "last_activity_id": latest(activities.c.id),
        "last_activity_date": latest(activities.c.due_date),
    }


def _new_lead_counts() -> sa.Update:
    link = activities.c.lead_id == leads.c.uuid
    return sa.update(leads).values(next_activity_id=_next_activity(activities.c.id, link))


def _next_activity(column: sa.ColumnElement[Any], link: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    """Returns a subquery for a column of the activity that is to be done first."""
    soonest = [activities.c.due_date.is_(None), activities.c.due_date, _DUE_TIME, activities.c.id]
    todo = (activities.c.is_deleted == sa.false()) & (activities.c.done == sa.false())
    return sa.select(column).where(link, todo).order_by(*soonest).limit(1).scalar_subquery()
