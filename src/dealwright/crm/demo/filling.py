"""Founds a company, and fills one that has just been founded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from dealwright._garbage import nothing_collected
from dealwright.crm import founding, records
from dealwright.crm.demo import contacts, counts, team, times
from dealwright.crm.demo.activities import Activities
from dealwright.crm.demo.attachments import Attachments
from dealwright.crm.demo.custom_fields import CustomFields
from dealwright.crm.demo.deals import Deals
from dealwright.crm.demo.notes import Notes
from dealwright.crm.demo.story import Story
from dealwright.crm.errors import Conflict
from dealwright.crm.kinds import Kind
from dealwright.crm.model.activities import ACTIVITY
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.files import FILE, PICTURE
from dealwright.crm.model.notes import NOTE
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.search import indexing
from dealwright.crm.unit import Companies
from dealwright.crm.values import Values
from dealwright.storage import tables
from dealwright.storage.engines import Transaction
from dealwright.storage.files import FilesOfUnit
from dealwright.storage.platform import Company

_PAST = timedelta(days=590)
_FOUNDER = 1
# How many there are of each for one deal.
_ORGANIZATIONS, _PERSONS, _ACTIVITIES, _NOTES, _FILES, _PICTURES = 0.4, 0.75, 2.5, 0.2, 0.006, 0.004
_MOST_PICTURES = 4


def first(companies: Companies) -> tuple[Company, bool]:
    """The first company of a platform, and whether it has just been founded, as yet without records."""
    return founding.first(
        companies, "demo", name="Demo company", owner_name="Demo Admin", owner_email="admin@example.com"
    )


def fill(companies: Companies, company: Company, *, deals: int = 2000, seed: int = 1) -> None:
    """Fills a company that has just been founded with a year and a half of sales, the same again for the same seed and time.

    Organizations, persons, activities and notes come in proportion to the deals. Raises `Conflict` when the company has records
    already.
    """
    now = companies.clock()
    start = now - _PAST
    # Fields, roles, pipelines and all else that the rules write belong to the beginning.
    past = Companies(companies.platform, lambda: start)
    with past.unit(company, _FOUNDER, write=True, source="app") as crm, nothing_collected():
        # To look for garbage would take a fifth of the time.
        if any(crm.db.row(sa.select(kind.table.c.id).limit(1)) for kind in (DEAL, PERSON, ORGANIZATION)):
            raise Conflict("The company has records already")
        chance = Random(seed)
        staff, fields = team.set_up(crm), CustomFields(crm, chance)
        timezone = crm.settings.company.timezone
        _tell(
            Story(chance, times.seconds(start), times.seconds(now), staff, fields, timezone), crm.db, crm.files, deals
        )
        indexing.index_all(crm.db, crm.settings)


def _tell(story: Story, db: Transaction, store: FilesOfUnit, count: int) -> None:
    """Makes up everything, and stores it."""
    organizations = contacts.organizations(story, math.ceil(count * _ORGANIZATIONS))
    persons = contacts.persons(story, math.ceil(count * _PERSONS), organizations)
    deals = Deals(story, organizations, persons)
    deals.add(count)
    contacts.tidy_up(story, organizations, persons, {deal.organization.id for deal in deals.deals if deal.organization})
    activities = Activities(story, deals.deals, persons)
    activities.add(math.ceil(count * _ACTIVITIES))
    notes = Notes(story, deals.deals, organizations)
    notes.add(math.ceil(count * _NOTES))
    attachments = Attachments(story, store)
    attachments.add_files(math.ceil(count * _FILES), deals.deals, organizations)
    attachments.add_pictures(min(math.ceil(count * _PICTURES), _MOST_PICTURES), persons)

    for follower in story.followers:
        kind, id, user_id, since = follower
        story.log.began("follower", kind, id, user_id, since, user_id)
    for participant in deals.participants:
        deal_id, person_id, user_id, since = participant
        story.log.began("participant", "deal", deal_id, person_id, since, user_id)

    past = counts.Past(
        *(organizations, persons, deals.deals, deals.participants, activities.activities, activities.participants),
        *(notes.notes, attachments.files, story.followers),
    )
    counts.count(past)
    _write(db, ORGANIZATION, {one.id: one.values for one in organizations})
    _write(db, PERSON, {one.id: one.values for one in persons})
    _write(db, DEAL, {deal.id: deal.values for deal in deals.deals})
    _write(db, ACTIVITY, activities.activities)
    _write(db, NOTE, notes.notes)
    _write(db, FILE, attachments.files)
    _write(db, PICTURE, attachments.pictures)
    db.insert_many(tables.deal_stages, [visit.row() for visit in sorted(deals.visits, key=lambda visit: visit.entered)])
    db.insert_many(
        tables.deal_participants, [one.row() for one in sorted(deals.participants, key=lambda one: one.since)]
    )
    db.insert_many(tables.activity_participants, [one._asdict() for one in activities.participants])
    db.insert_many(tables.followers, [one.row() for one in sorted(story.followers, key=lambda one: one.since)])
    db.insert_many(tables.note_comments, [comment.row() for comment in notes.comments])
    story.log.write(db)


def _write(db: Transaction, kind: Kind[Any], values: Mapping[int, Values]) -> None:
    db.insert_many(kind.table, [{"id": id, **records.stored(kind, those)} for id, those in values.items()])
