"""Purges records that were deleted 30 days ago, with the rows that belong to them alone.

Links of other records to a purged one become empty. Records on it stay, except notes that are on nothing else, which
could no longer be found. Of its change log, the entry of its deletion stays, without any values, so that
`history.recents` can still list it. A purge does not count as a change of other records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, ORGANIZATION_RELATIONSHIP, PERSON
from dealwright.crm.contacts.pictures import SIZES, storage_key
from dealwright.crm.correspondence.model import CALL_LOG, FILE, MAIL_MESSAGE, MAIL_THREAD, NOTE
from dealwright.crm.deals import participants
from dealwright.crm.deals.model import DEAL, GOAL
from dealwright.crm.history.merge import LINK_FIELD_TYPES, TYPES_WITH_CUSTOM_FIELDS
from dealwright.crm.kernel import counters, records, sql_functions
from dealwright.crm.kernel.record_types import RecordType, RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads.model import LEAD
from dealwright.crm.products.model import PRODUCT, PRODUCT_VARIATION
from dealwright.crm.search import index_writer
from dealwright.crm.values.formats import dumps, format_time, loads
from dealwright.crm.work.model import ACTIVITY, PROJECT, TASK
from dealwright.storage import tables

DELETED_RETENTION = timedelta(days=30)

PURGED_TYPES: tuple[RecordType[Any], ...] = (
    *(CALL_LOG, FILE, NOTE, MAIL_THREAD, ACTIVITY, TASK, PROJECT, LEAD, DEAL),
    *(PRODUCT_VARIATION, PRODUCT, PERSON, ORGANIZATION, ORGANIZATION_RELATIONSHIP, GOAL),
)
"""The record types that are purged."""


class _References(NamedTuple):
    """Columns that reference a record type. ``set_null``: cleared on purge. ``cascade``: their rows are deleted.

    A new table with such a column must be listed here as one of the two.
    """

    set_null: tuple[sa.Column[Any], ...] = ()
    cascade: tuple[sa.Column[Any], ...] = ()


_activities, _notes, _files, _comments = tables.activities.c, tables.notes.c, tables.files.c, tables.note_comments.c
_calls, _project_links = tables.call_logs.c, tables.project_links.c
_threads, _messages, _parties = tables.mail_threads.c, tables.mail_messages.c, tables.mail_parties.c
_mail_links = tables.mail_links.c
_REFERENCES: Mapping[RecordTypeName, _References] = {
    "deal": _References(
        set_null=(
            *(_activities.deal_id, _notes.deal_id, _comments.deal_id, _files.deal_id, _calls.deal_id),
            *(_threads.deal_id, _messages.deal_id, tables.leads.c.source_deal_id),
        ),
        cascade=(
            *(tables.deal_stages.c.deal_id, tables.deal_participants.c.deal_id, _project_links.deal_id),
            *(tables.deal_products.c.deal_id, tables.deal_discounts.c.deal_id, tables.deal_installments.c.deal_id),
        ),
    ),
    "person": _References(
        set_null=(
            *(tables.deals.c.person_id, tables.leads.c.person_id),
            *(_activities.person_id, _notes.person_id, _comments.person_id, _files.person_id),
            *(_calls.person_id, _parties.person_id),
        ),
        cascade=(
            *(tables.deal_participants.c.person_id, tables.activity_participants.c.person_id),
            *(tables.person_pictures.c.person_id, _project_links.person_id, _mail_links.person_id),
        ),
    ),
    "organization": _References(
        set_null=(
            *(tables.deals.c.org_id, tables.persons.c.org_id, tables.leads.c.organization_id),
            *(_activities.org_id, _notes.org_id, _comments.org_id, _files.org_id, _calls.org_id),
        ),
        cascade=(
            tables.organization_relationships.c.rel_owner_org_id,
            tables.organization_relationships.c.rel_linked_org_id,
            *(_project_links.org_id, _mail_links.org_id),
        ),
    ),
    "product": _References(
        set_null=(_files.product_id, tables.deal_products.c.product_id),
        cascade=(
            *(tables.product_prices.c.product_id, tables.product_images.c.product_id),
            tables.product_variations.c.product_id,
        ),
    ),
    "productVariation": _References(
        set_null=(tables.deal_products.c.product_variation_id,),
        cascade=(tables.product_variation_prices.c.product_variation_id,),
    ),
    "activity": _References(
        set_null=(_files.activity_id, _calls.activity_id), cascade=(tables.activity_participants.c.activity_id,)
    ),
    "file": _References(set_null=(_calls.recording_id,)),
    "project": _References(
        set_null=(_activities.project_id, _notes.project_id, _files.project_id),
        cascade=(_project_links.project_id, tables.project_groups.c.project_id, tables.tasks.c.project_id),
    ),
    "task": _References(
        set_null=(_notes.task_id,), cascade=(tables.task_assignees.c.task_id, tables.tasks.c.parent_task_id)
    ),
    "note": _References(cascade=(tables.note_comments.c.note_id,)),
    # These reference a lead by its UUID.
    "lead": _References(
        set_null=(
            *(_activities.lead_id, _notes.lead_id, _files.lead_id, _calls.lead_id),
            *(_threads.lead_id, _messages.lead_id, tables.deals.c.source_lead_id),
        ),
    ),
    "mailThread": _References(
        cascade=(
            *(_parties.mail_thread_id, _mail_links.mail_thread_id, _messages.mail_thread_id),
            tables.mail_references.c.mail_thread_id,
        )
    ),
    "mailMessage": _References(
        set_null=(_files.mail_message_id,), cascade=(_parties.mail_message_id, _mail_links.mail_message_id)
    ),
}


REFERENCES: tuple[tuple[RecordType[Any], _References], ...] = tuple(
    (kind, _REFERENCES[kind.object]) for kind in (*PURGED_TYPES, MAIL_MESSAGE) if kind.object in _REFERENCES
)
"""The columns that reference records, by the type of these."""


def referencing_columns(object: RecordTypeName) -> list[sa.Column[Any]]:
    """Returns every column that references a record type."""
    references = _REFERENCES.get(object, _References())
    return [*references.set_null, *references.cascade]


def find_due_ids(crm: UnitOfWork, kind: RecordType[Any], limit: int) -> list[int]:
    """Returns the ids of up to ``limit`` records of a type that were deleted more than 30 days ago.

    A deal that was made a lead stays as long as the lead: its lines and participants are those of the deal that the lead may become.
    """
    columns = kind.table.c
    gone = (columns.is_deleted == sa.true()) & (columns.delete_time < format_time(crm.time - DELETED_RETENTION))
    if kind is DEAL:
        leads = tables.leads.c
        gone &= ~sa.exists().where(leads.source_deal_id == columns.id, leads.is_deleted == sa.false())
    return crm.db.values(sa.select(columns.id).where(gone).order_by(columns.id).limit(limit))


def remove(crm: UnitOfWork, kind: RecordType[Any], ids: Sequence[int]) -> int:
    """Removes those of the given records that are still deleted, for good; returns their number."""
    crm.require_exclusive_lock()
    columns = kind.table.c
    statement = sa.select(columns.id).where(columns.id.in_(ids), columns.is_deleted == sa.true()).with_for_update()
    ids = crm.db.values(statement)
    if not ids:
        return 0
    if before := _BEFORE_REMOVE.get(kind.object):
        before(crm, ids)
    references = _REFERENCES.get(kind.object, _References())
    _clear_links(crm, kind, references.set_null, ids)
    for column in references.cascade:
        crm.db.execute(sa.delete(column.table).where(column.in_(ids)))
    _clear_custom_fields(crm, kind.object, ids)
    followed = tables.followers.c
    crm.db.execute(sa.delete(tables.followers).where(followed.object == kind.object, followed.record_id.in_(ids)))
    counted = tables.activity_counts.c
    crm.db.execute(sa.delete(tables.activity_counts).where(counted.object == kind.object, counted.record_id.in_(ids)))
    _redact_changes(crm, kind.object, ids)
    crm.db.execute(sa.delete(kind.table).where(columns.id.in_(ids)))
    return len(ids)


def _clear_links(crm: UnitOfWork, kind: RecordType[Any], links: Sequence[sa.Column[Any]], ids: Sequence[int]) -> None:
    named: Sequence[int | str] = ids
    if kind is LEAD:
        named = crm.db.values(sa.select(tables.leads.c.uuid).where(tables.leads.c.id.in_(ids)))
    for column in links:
        these = column.in_(named)
        if column.table is tables.notes:
            _remove_orphaned_notes(crm, column, these)
        crm.db.execute(sa.update(column.table).where(these).values({column.name: None}))


def _remove_orphaned_notes(crm: UnitOfWork, column: sa.Column[Any], these: sa.ColumnElement[bool]) -> None:
    others = {"deal_id", "person_id", "org_id", "lead_id", "project_id", "task_id"} - {column.name}
    alone = [_notes[name].is_(None) for name in sorted(others)]
    ids = crm.db.values(sa.select(_notes.id).where(these, *alone))
    if ids:
        crm.db.execute(sa.update(tables.notes).where(_notes.id.in_(ids)).values(is_deleted=True))
        index_writer.remove_texts(crm, NOTE, ids)
        remove(crm, NOTE, ids)


def _clear_custom_fields(crm: UnitOfWork, object: RecordTypeName, ids: Sequence[int]) -> None:
    """Removes references to records from custom fields."""
    for owner in TYPES_WITH_CUSTOM_FIELDS if object in LINK_FIELD_TYPES else ():
        columns = owner.table.c
        for key, field in crm.company_data.custom_fields("deal" if owner is LEAD else owner.object).items():
            if field.field_type != LINK_FIELD_TYPES[object]:
                continue
            named = sql_functions.json_number(crm.dialect, columns.custom_fields, key).in_(ids)
            for id, text in crm.db.rows(sa.select(columns.id, columns.custom_fields).where(named)):
                rest = {name: value for name, value in loads(text).items() if name != key}
                crm.db.update(owner.table, id, {"custom_fields": dumps(rest)})


def _redact_changes(crm: UnitOfWork, object: RecordTypeName, ids: Sequence[int]) -> None:
    columns = tables.changes.c
    these = (columns.object == object) & columns.record_id.in_(ids)
    crm.db.execute(sa.delete(tables.changes).where(these, columns.action.not_in(["delete", "merge"])))
    crm.db.execute(sa.update(tables.changes).where(these).values(fields="[]"))


def _before_remove_file(crm: UnitOfWork, ids: Sequence[int]) -> None:
    for key in crm.db.values(sa.select(_files.content_key).where(_files.id.in_(ids), _files.content_key.is_not(None))):
        crm.files.delete(key)


def _before_remove_thread(crm: UnitOfWork, ids: Sequence[int]) -> None:
    # They were deleted together with it.
    remove(crm, MAIL_MESSAGE, crm.db.values(sa.select(_messages.id).where(_messages.mail_thread_id.in_(ids))))


def _before_remove_message(crm: UnitOfWork, ids: Sequence[int]) -> None:
    these = _messages.id.in_(ids) & _messages.content_key.is_not(None)
    for key in crm.db.values(sa.select(_messages.content_key).where(these)):
        crm.files.delete(key)


def _before_remove_product(crm: UnitOfWork, ids: Sequence[int]) -> None:
    columns = tables.product_images.c
    live = columns.is_deleted == sa.false()
    for key in crm.db.values(sa.select(columns.content_key).where(columns.product_id.in_(ids), live)):
        crm.files.delete(key)
    variations = tables.product_variations
    these = variations.c.product_id.in_(ids)
    crm.db.execute(sa.update(variations).where(these).values(is_deleted=True))
    remove(crm, PRODUCT_VARIATION, crm.db.values(sa.select(variations.c.id).where(these)))


def _before_remove_person(crm: UnitOfWork, ids: Sequence[int]) -> None:
    columns = tables.person_pictures.c
    live = columns.is_deleted == sa.false()
    for key in crm.db.values(sa.select(columns.content_key).where(columns.person_id.in_(ids), live)):
        for size in SIZES:
            crm.files.delete(storage_key(key, size))
    # Until now, these persons are still counted, although they were deleted.
    participants.remove_persons(crm, ids)
    for person in records.in_bulk(crm, PERSON, ids).values():
        counters.record_changed(crm, PERSON, person, msgspec.structs.replace(person, org_id=None))
    crm.db.execute(sa.update(tables.persons).where(tables.persons.c.id.in_(ids)).values(org_id=None))


def _before_remove_project(crm: UnitOfWork, ids: Sequence[int]) -> None:
    placed = _activities.project_id.in_(ids)
    places = {"project_phase_id": None, "project_group_id": None}
    crm.db.execute(sa.update(tables.activities).where(placed).values(places))
    # They were deleted together with it.
    remove(crm, TASK, crm.db.values(sa.select(tables.tasks.c.id).where(tables.tasks.c.project_id.in_(ids))))


def _before_remove_task(crm: UnitOfWork, ids: Sequence[int]) -> None:
    columns = tables.tasks.c
    subtasks = crm.db.values(sa.select(columns.id).where(columns.parent_task_id.in_(ids)))
    if subtasks:
        remove(crm, TASK, subtasks)


_BEFORE_REMOVE: Mapping[RecordTypeName, Callable[[UnitOfWork, Sequence[int]], None]] = {
    "file": _before_remove_file,
    "mailThread": _before_remove_thread,
    "mailMessage": _before_remove_message,
    "product": _before_remove_product,
    "person": _before_remove_person,
    "project": _before_remove_project,
    "task": _before_remove_task,
}
