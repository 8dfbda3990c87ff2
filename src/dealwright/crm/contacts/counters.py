"""Counts on persons and organizations that are derived from deals, and from the persons of organizations."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.kernel.counters import count, write_counts
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.tables import deal_participants, deals, persons

_LIVE = (deals.c.is_deleted == sa.false()) & (deals.c.is_archived == sa.false())
_OPEN = deals.c.status == "open"
_WON = deals.c.status == "won"
_LOST = deals.c.status == "lost"
_CLOSED = deals.c.status.in_(("won", "lost"))


def recount_deals(crm: UnitOfWork, person_ids: Iterable[int | None] = (), org_ids: Iterable[int | None] = ()) -> None:
    """Recomputes the deal counts of persons and organizations."""
    write_counts(crm, PERSON, person_ids, _person_deal_counts())
    write_counts(crm, ORGANIZATION, org_ids, _organization_deal_counts())


def recount_people(crm: UnitOfWork, org_ids: Iterable[int | None]) -> None:
    """Recomputes the person counts of organizations."""
    write_counts(crm, ORGANIZATION, org_ids, _people_counts())


@functools.cache
def _people_counts() -> dict[str, sa.ColumnElement[Any]]:
    return {
        "people_count": count(persons, persons.c.org_id == ORGANIZATION.table.c.id, persons.c.is_deleted == sa.false())
    }


@functools.cache
def _person_deal_counts() -> dict[str, sa.ColumnElement[Any]]:
    taking_part = deals.c.id.in_(
        sa.select(deal_participants.c.deal_id)
        .where(deal_participants.c.person_id == PERSON.table.c.id)
        .correlate(PERSON.table)
    ) & (sa.func.coalesce(deals.c.person_id, 0) != PERSON.table.c.id)
    return _deal_counts(deals.c.person_id == PERSON.table.c.id, taking_part) | {
        "participant_open_deals_count": count(deals, taking_part, _LIVE, _OPEN),
        "participant_closed_deals_count": count(deals, taking_part, _LIVE, _CLOSED),
    }


@functools.cache
def _organization_deal_counts() -> dict[str, sa.ColumnElement[Any]]:
    of_people = deals.c.person_id.in_(
        sa.select(persons.c.id).where(persons.c.org_id == ORGANIZATION.table.c.id).correlate(ORGANIZATION.table)
    ) & (sa.func.coalesce(deals.c.org_id, 0) != ORGANIZATION.table.c.id)
    return _deal_counts(deals.c.org_id == ORGANIZATION.table.c.id, of_people)


def _deal_counts(own: sa.ColumnElement[bool], others: sa.ColumnElement[bool]) -> dict[str, sa.ColumnElement[Any]]:
    """Returns counts of the record's own deals and, with ``others`` added, of all related deals.

    The two are counted separately: PostgreSQL would read every deal to find those that are one or the other.
    """
    values: dict[str, sa.ColumnElement[Any]] = {}
    for name, status in (("open", _OPEN), ("closed", _CLOSED), ("won", _WON), ("lost", _LOST)):
        values[f"{name}_deals_count"] = count(deals, own, _LIVE, status)
        values[f"related_{name}_deals_count"] = count(deals, own, _LIVE, status) + count(deals, others, _LIVE, status)
    return values
