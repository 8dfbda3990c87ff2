"""Removes for good what was deleted 30 days ago, and what belonged to it alone.

Links of other records to it become empty. What lay on it stays, but for notes that lie on nothing else, which could no
longer be found. Of the change log, the end of a record stays, without any values, so that `crm.recents` can still tell it.
Nothing of this counts as a change of other records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm import counters, dialects
from dealwright.crm.kinds import Kind, Object
from dealwright.crm.merge import FIELD_TYPES, WITH_CUSTOM_FIELDS
from dealwright.crm.model.activities import ACTIVITY
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.files import FILE
from dealwright.crm.model.leads import LEAD
from dealwright.crm.model.notes import NOTE
from dealwright.crm.model.organization_relationships import ORGANIZATION_RELATIONSHIP
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.model.products import PRODUCT
from dealwright.crm.pictures import SIZES, stored_under
from dealwright.crm.unit import Crm
from dealwright.crm.values import dumps, loads, moment
from dealwright.storage import tables

KEPT_DELETED = timedelta(days=30)

KINDS: tuple[Kind[Any], ...] = (
    *(FILE, NOTE, ACTIVITY, LEAD, DEAL),
    *(PRODUCT, PERSON, ORGANIZATION, ORGANIZATION_RELATIONSHIP),
)
"""The kinds of records that are purged."""


class _Around(NamedTuple):
    """The columns that name a record of a kind: of records that stay, and of rows that go with it.

    A new table with such a column says here which of the two it is.
    """

    links: tuple[sa.Column[Any], ...] = ()
    parts: tuple[sa.Column[Any], ...] = ()


_activities, _notes, _files = tables.activities.c, tables.notes.c, tables.files.c
_AROUND: Mapping[Object, _Around] = {
    "deal": _Around(
        links=(_activities.deal_id, _notes.deal_id, _files.deal_id),
        parts=(tables.deal_stages.c.deal_id, tables.deal_participants.c.deal_id),
    ),
    "person": _Around(
        links=(
            *(tables.deals.c.person_id, tables.leads.c.person_id),
            *(_activities.person_id, _notes.person_id, _files.person_id),
        ),
        parts=(
            *(tables.deal_participants.c.person_id, tables.activity_participants.c.person_id),
            tables.person_pictures.c.person_id,
        ),
    ),
    "organization": _Around(
        links=(
            *(tables.deals.c.org_id, tables.persons.c.org_id, tables.leads.c.organization_id),
            *(_activities.org_id, _notes.org_id, _files.org_id),
        ),
        parts=(
            tables.organization_relationships.c.rel_owner_org_id,
            tables.organization_relationships.c.rel_linked_org_id,
        ),
    ),
    "product": _Around(
        links=(_files.product_id,), parts=(tables.product_prices.c.product_id, tables.product_images.c.product_id)
    ),
    "activity": _Around(links=(_files.activity_id,), parts=(tables.activity_participants.c.activity_id,)),
    "note": _Around(parts=(tables.note_comments.c.note_id,)),
    # These name a lead by its UUID.
    "lead": _Around(links=(_activities.lead_id, _notes.lead_id, _files.lead_id)),
}


def columns_naming(object: Object) -> list[sa.Column[Any]]:
    """Every column that names a record of a kind."""
    around = _AROUND.get(object, _Around())
    return [*around.links, *around.parts]


def due(crm: Crm, kind: Kind[Any], limit: int) -> list[int]:
    """The ids of some records of a kind that were deleted more than 30 days ago."""
    columns = kind.table.c
    gone = (columns.is_deleted == sa.true()) & (columns.delete_time < moment(crm.time - KEPT_DELETED))
    return crm.db.values(sa.select(columns.id).where(gone).order_by(columns.id).limit(limit))


def remove(crm: Crm, kind: Kind[Any], ids: Sequence[int]) -> int:
    """Removes those of some records for good that are still deleted; how many that were."""
    columns = kind.table.c
    there = sa.select(columns.id).where(columns.id.in_(ids), columns.is_deleted == sa.true()).with_for_update()
    ids = crm.db.values(there)
    if not ids:
        return 0
    if before := _BEFORE.get(kind.object):
        before(crm, ids)
    around = _AROUND.get(kind.object, _Around())
    _empty_links(crm, kind, around.links, ids)
    for column in around.parts:
        crm.db.execute(sa.delete(column.table).where(column.in_(ids)))
    _empty_custom_fields(crm, kind.object, ids)
    followed = tables.followers.c
    crm.db.execute(sa.delete(tables.followers).where(followed.object == kind.object, followed.record_id.in_(ids)))
    _forget_changes(crm, kind.object, ids)
    crm.db.execute(sa.delete(kind.table).where(columns.id.in_(ids)))
    return len(ids)


def _empty_links(crm: Crm, kind: Kind[Any], links: Sequence[sa.Column[Any]], ids: Sequence[int]) -> None:
    named: Sequence[int | str] = ids
    if kind is LEAD:
        named = crm.db.values(sa.select(tables.leads.c.uuid).where(tables.leads.c.id.in_(ids)))
    for column in links:
        these = column.in_(named)
        if column.table is tables.notes:
            _remove_notes_on_nothing_else(crm, column, these)
        crm.db.execute(sa.update(column.table).where(these).values({column.name: None}))


def _remove_notes_on_nothing_else(crm: Crm, column: sa.Column[Any], these: sa.ColumnElement[bool]) -> None:
    others = {"deal_id", "person_id", "org_id", "lead_id", "project_id"} - {column.name}
    alone = [_notes[name].is_(None) for name in sorted(others)]
    ids = crm.db.values(sa.select(_notes.id).where(these, *alone))
    if ids:
        crm.db.execute(sa.update(tables.notes).where(_notes.id.in_(ids)).values(is_deleted=True))
        remove(crm, NOTE, ids)


def _empty_custom_fields(crm: Crm, object: Object, ids: Sequence[int]) -> None:
    """Takes records out of the custom fields that name them."""
    for owner in WITH_CUSTOM_FIELDS if object in FIELD_TYPES else ():
        columns = owner.table.c
        for key, field in crm.settings.custom_fields("deal" if owner is LEAD else owner.object).items():
            if field.field_type != FIELD_TYPES[object]:
                continue
            named = dialects.json_number(crm.dialect, columns.custom_fields, key).in_(ids)
            for id, text in crm.db.rows(sa.select(columns.id, columns.custom_fields).where(named)):
                rest = {name: value for name, value in loads(text).items() if name != key}
                crm.db.update(owner.table, id, {"custom_fields": dumps(rest)})


def _forget_changes(crm: Crm, object: Object, ids: Sequence[int]) -> None:
    columns = tables.changes.c
    these = (columns.object == object) & columns.record_id.in_(ids)
    crm.db.execute(sa.delete(tables.changes).where(these, columns.action.not_in(["delete", "merge"])))
    crm.db.execute(sa.update(tables.changes).where(these).values(fields="[]"))


def _before_file(crm: Crm, ids: Sequence[int]) -> None:
    for key in crm.db.values(sa.select(_files.content_key).where(_files.id.in_(ids), _files.content_key.is_not(None))):
        crm.files.delete(key)


def _before_product(crm: Crm, ids: Sequence[int]) -> None:
    columns = tables.product_images.c
    live = columns.is_deleted == sa.false()
    for key in crm.db.values(sa.select(columns.content_key).where(columns.product_id.in_(ids), live)):
        crm.files.delete(key)


def _before_person(crm: Crm, ids: Sequence[int]) -> None:
    columns = tables.person_pictures.c
    live = columns.is_deleted == sa.false()
    for key in crm.db.values(sa.select(columns.content_key).where(columns.person_id.in_(ids), live)):
        for size in SIZES:
            crm.files.delete(stored_under(key, size))
    taking_part = tables.deal_participants.c
    deal_ids = crm.db.values(sa.select(taking_part.deal_id).where(taking_part.person_id.in_(ids)))
    org_ids = crm.db.values(sa.select(tables.persons.c.org_id).where(tables.persons.c.id.in_(ids)))
    # Counts that follow from persons do so from deleted ones, too, until now.
    crm.db.execute(sa.delete(tables.deal_participants).where(taking_part.person_id.in_(ids)))
    crm.db.execute(sa.update(tables.persons).where(tables.persons.c.id.in_(ids)).values(org_id=None))
    counters.recount_participants(crm, deal_ids)
    counters.recount_deals(crm, org_ids=org_ids)


_BEFORE: Mapping[Object, Callable[[Crm, Sequence[int]], None]] = {
    "file": _before_file,
    "product": _before_product,
    "person": _before_person,
}
