"""Creates the demo company, and fills a new company with demo data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from dealwright._gc import gc_disabled
from dealwright.crm import provisioning
from dealwright.crm.companies import Companies
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.correspondence.model import (
    CALL_LOG,
    COMMENT_COPIES,
    FILE,
    MAIL_MESSAGE,
    MAIL_THREAD,
    NOTE,
    PICTURE,
)
from dealwright.crm.deals.model import DEAL, DEAL_DISCOUNT, DEAL_INSTALLMENT, DEAL_PRODUCT
from dealwright.crm.demo import channels, contacts, counts, goals, projects, team, times
from dealwright.crm.demo.activities import Activities
from dealwright.crm.demo.attachments import Attachments
from dealwright.crm.demo.calls import Calls
from dealwright.crm.demo.context import DemoContext
from dealwright.crm.demo.custom_fields import CustomFields
from dealwright.crm.demo.deals import Deals
from dealwright.crm.demo.leads import Leads
from dealwright.crm.demo.mail import Mail
from dealwright.crm.demo.notes import Notes
from dealwright.crm.demo.products import Products
from dealwright.crm.demo.projects import Projects, ProjectSetting
from dealwright.crm.errors import Conflict
from dealwright.crm.kernel import records, recount
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.leads.model import LEAD
from dealwright.crm.products.model import PRODUCT, PRODUCT_VARIATION
from dealwright.crm.search import index_writer
from dealwright.crm.values.formats import Values
from dealwright.crm.values.mail import Address
from dealwright.crm.work.model import ACTIVITY, ACTIVITY_COPIES, ACTIVITY_DISTRIBUTIONS, PROJECT, TASK, TASK_COPIES
from dealwright.storage import tables
from dealwright.storage.engines import Transaction
from dealwright.storage.files import NewFiles
from dealwright.storage.platform import Company
from dealwright.storage.tables.work.projects import LINKS

_HISTORY_LENGTH = timedelta(days=590)
_OWNER_ID = 1
# The number of each for one deal.
(
    _ORGANIZATIONS_PER_DEAL,
    _PERSONS_PER_DEAL,
    _ACTIVITIES_PER_DEAL,
    _NOTES_PER_DEAL,
    _FILES_PER_DEAL,
    _PICTURES_PER_DEAL,
    _PROJECTS_PER_DEAL,
    _LEADS_PER_DEAL,
    _THREADS_PER_DEAL,
) = 0.4, 0.75, 2.5, 0.2, 0.006, 0.004, 0.04, 0.015, 0.03
_MAX_PICTURES = 4
# Each message is a file of its own.
_MAX_THREADS = 200


def get_or_create_demo_company(companies: Companies) -> tuple[Company, bool]:
    """Returns the first company of a platform, and whether it has just been created, as yet without records."""
    return provisioning.get_or_create_first_company(
        companies, "demo", name="Demo company", owner_name="Demo Admin", owner_email="admin@example.com"
    )


def fill(companies: Companies, company: Company, *, deals: int = 2000, seed: int = 1) -> None:
    """Fills a new company with a year and a half of sales, the same again for the same seed and time.

    Organizations, persons, activities and notes are in proportion to the deals. Raises `Conflict` when the company has
    records already.
    """
    now = companies.clock()
    start = now - _HISTORY_LENGTH
    # Fields, roles, pipelines and all else that the rules write date from the beginning.
    companies_at_start = Companies(companies.platform, lambda: start, webhook_reach=companies.webhook_reach)
    with (
        NewFiles(company.files) as new_files,
        companies_at_start.unit_of_work(company, _OWNER_ID, write=True, source="app", new_files=new_files) as crm,
        gc_disabled(),
    ):
        # Garbage collection would take a fifth of the time.
        if any(crm.db.row(sa.select(kind.table.c.id).limit(1)) for kind in (DEAL, PERSON, ORGANIZATION)):
            raise Conflict("The company has records already")
        rng = Random(seed)
        staff, fields = team.set_up(crm), CustomFields(crm, rng)
        setting = projects.set_up(crm)
        goals.set_up(crm, staff)
        channels.set_up(crm, now)
        timezone = crm.company_data.company.timezone
        users = {user.id: Address(user.email, user.name) for user in crm.company_data.users.values()}
        _generate_records(
            DemoContext(rng, times.to_timestamp(start), times.to_timestamp(now), staff, fields, timezone),
            crm.db,
            new_files,
            deals,
            setting,
            users,
        )
        index_writer.rebuild_index(crm.db, crm.company_data)


def _generate_records(
    context: DemoContext,
    db: Transaction,
    store: NewFiles,
    count: int,
    setting: ProjectSetting,
    users: Mapping[int, Address],
) -> None:
    """Generates all records, and stores them."""
    organizations = contacts.generate_organizations(context, math.ceil(count * _ORGANIZATIONS_PER_DEAL))
    persons = contacts.generate_persons(context, math.ceil(count * _PERSONS_PER_DEAL), organizations)
    deals = Deals(context, organizations, persons)
    deals.add(count)
    contacts.delete_some_contacts(
        context, organizations, persons, {deal.organization.id for deal in deals.deals if deal.organization}
    )
    activities = Activities(context, deals.deals, persons)
    activities.add(math.ceil(count * _ACTIVITIES_PER_DEAL))
    notes = Notes(context, deals.deals, organizations)
    notes.add(math.ceil(count * _NOTES_PER_DEAL))
    attachments = Attachments(context, store)
    attachments.add_files(math.ceil(count * _FILES_PER_DEAL), deals.deals, organizations)
    attachments.add_pictures(min(math.ceil(count * _PICTURES_PER_DEAL), _MAX_PICTURES), persons)
    generated = Projects(context, setting, activities.activities)
    generated.add(math.ceil(count * _PROJECTS_PER_DEAL), deals.deals)
    calls = Calls(context, persons)
    calls.add(activities.activities)
    leads = Leads(context)
    leads.add(math.ceil(count * _LEADS_PER_DEAL), persons)
    mail = Mail(context, attachments, users)
    mail.add(min(math.ceil(count * _THREADS_PER_DEAL), _MAX_THREADS), deals.deals, leads.leads, persons)

    _log_relations(context, deals)

    data = counts.GeneratedData(
        *(organizations, persons, deals.deals, deals.participants, activities.activities, activities.participants),
        *(notes.notes, attachments.files, context.followers),
    )
    counts.set_counts(data)
    mail.count(deals.deals, persons, organizations)
    _write(db, ORGANIZATION, {one.id: one.values for one in organizations})
    _write(db, PERSON, {one.id: one.values for one in persons})
    _write(db, DEAL, {deal.id: deal.values for deal in deals.deals})
    _write_products(db, deals.products)
    _write(db, ACTIVITY, activities.activities)
    _write(db, NOTE, notes.notes)
    _write(db, FILE, attachments.files)
    _write(db, PICTURE, attachments.pictures)
    _write(db, CALL_LOG, calls.calls)
    _write(db, LEAD, {lead.id: lead.values for lead in leads.leads})
    _write_mail(db, mail)
    _write(db, PROJECT, generated.projects)
    _write(db, TASK, generated.tasks)
    for column in LINKS:
        db.insert_many(tables.project_links, [link for link in generated.links if column in link])
    db.insert_many(tables.project_groups, generated.groups)
    db.insert_many(
        tables.task_assignees,
        [
            one | {name: generated.tasks[one["task_id"]][name] for name in TASK_COPIES.columns}
            for one in generated.assignees
        ],
    )
    db.insert_many(tables.deal_stages, [visit.row() for visit in sorted(deals.visits, key=lambda visit: visit.entered)])
    db.insert_many(
        tables.deal_participants, [one.row() for one in sorted(deals.participants, key=lambda one: one.since)]
    )
    db.insert_many(
        tables.activity_participants,
        [
            one._asdict() | {name: activities.activities[one.activity_id][name] for name in ACTIVITY_COPIES.columns}
            for one in activities.participants
        ],
    )
    for distribution in ACTIVITY_DISTRIBUTIONS:
        recount.write_numbers(db, distribution)
    db.insert_many(tables.followers, [one.row() for one in sorted(context.followers, key=lambda one: one.since)])
    db.insert_many(
        tables.note_comments,
        [
            comment.row() | {name: notes.notes[comment.note_id][name] for name in COMMENT_COPIES.columns}
            for comment in notes.comments
        ],
    )
    context.log.write(db)


def _log_relations(context: DemoContext, deals: Deals) -> None:
    for object, id, user_id, since in context.followers:
        context.log.add_relation("follower", object, id, user_id, since, user_id)
    for deal_id, person_id, user_id, since in deals.participants:
        context.log.add_relation("participant", "deal", deal_id, person_id, since, user_id)


def _write_mail(db: Transaction, mail: Mail) -> None:
    _write(db, MAIL_THREAD, mail.threads)
    _write(db, MAIL_MESSAGE, mail.messages)
    db.insert_many(tables.mail_parties, mail.parties)
    db.insert_many(tables.mail_links, mail.links)
    db.insert_many(tables.mail_references, mail.references)


def _write_products(db: Transaction, made: Products) -> None:
    _write(db, PRODUCT, made.products)
    _write(db, PRODUCT_VARIATION, made.variations)
    _write(db, DEAL_PRODUCT, made.lines)
    _write(db, DEAL_DISCOUNT, made.discounts)
    _write(db, DEAL_INSTALLMENT, made.installments)
    db.insert_many(tables.product_prices, made.prices)
    db.insert_many(tables.product_variation_prices, made.variation_prices)


def _write(db: Transaction, kind: RecordType[Any], values: Mapping[int, Values]) -> None:
    db.insert_many(kind.table, [{"id": id, **records.to_columns(kind, those)} for id, those in values.items()])
