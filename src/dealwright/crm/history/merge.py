"""Merging of two deals, persons or organizations: one stays, the other is deleted, and its related records move.

The values of the one that stays win; where it has none, it takes those of the other one. Labels, e-mail addresses and
phone numbers are those of both. The change log has an entry ``merge`` for each of the two, with the id of the other
one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.contacts import organization_relationships
from dealwright.crm.contacts.model import ORGANIZATION, PERSON, Organization, Person
from dealwright.crm.correspondence import mail_links, mail_threads
from dealwright.crm.correspondence.model import CALL_LOG, FILE, NOTE, PICTURE
from dealwright.crm.deals import deal_parts, participants
from dealwright.crm.deals.model import DEAL, Deal
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import access, followers, records, sql_functions
from dealwright.crm.kernel.changes import MERGED_FROM, MERGED_INTO
from dealwright.crm.kernel.record_types import RecordType, RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads.model import LEAD
from dealwright.crm.products.model import PRODUCT
from dealwright.crm.values.formats import Values, loads
from dealwright.crm.work import activity_participants, project_links
from dealwright.crm.work.model import ACTIVITY, PROJECT

R = TypeVar("R", Deal, Person, Organization)


class _MergePolicy(NamedTuple):
    """The rules for merging records of a type.

    ``fill_if_empty`` are the columns that are taken over where they are empty, ``union`` those whose lists are united.
    ``links`` are the columns of other records that reference this type, ``field_type`` is that of such custom fields.
    """

    permission: str
    fill_if_empty: tuple[str, ...]
    union: tuple[str, ...]
    links: tuple[tuple[RecordType[Any], str], ...]
    field_type: str | None = None


_POLICIES: Mapping[RecordTypeName, _MergePolicy] = {
    "deal": _MergePolicy(
        permission="can_merge_deals",
        fill_if_empty=(
            *("person_id", "org_id", "probability", "expected_close_date"),
            *("origin_id", "channel", "channel_id"),
        ),
        union=("label_ids",),
        links=((ACTIVITY, "deal_id"), (NOTE, "deal_id"), (FILE, "deal_id"), (CALL_LOG, "deal_id")),
    ),
    "person": _MergePolicy(
        permission="can_merge_people",
        fill_if_empty=("org_id", "picture_id", "notes", "birthday", "job_title", "postal_address"),
        union=("label_ids", "emails", "phones", "im"),
        links=(
            *((DEAL, "person_id"), (LEAD, "person_id")),
            *((NOTE, "person_id"), (FILE, "person_id"), (CALL_LOG, "person_id")),
        ),
        field_type="people",
    ),
    "organization": _MergePolicy(
        permission="can_merge_organizations",
        fill_if_empty=(
            *("address", "picture_id", "country_code", "website", "linkedin", "industry"),
            *("annual_revenue", "employee_count"),
        ),
        union=("label_ids",),
        links=(
            *((DEAL, "org_id"), (PERSON, "org_id"), (LEAD, "organization_id")),
            *((ACTIVITY, "org_id"), (NOTE, "org_id"), (FILE, "org_id"), (CALL_LOG, "org_id")),
        ),
        field_type="org",
    ),
}


TYPES_WITH_CUSTOM_FIELDS: tuple[RecordType[Any], ...] = (DEAL, PERSON, ORGANIZATION, PRODUCT, LEAD, PROJECT)
LINK_FIELD_TYPES = {object: rules.field_type for object, rules in _POLICIES.items() if rules.field_type}
"""The types of custom fields that reference other records, by the type of those."""

_EMPTY = (None, "")


def merge_deals(crm: UnitOfWork, id: int, into_id: int) -> Deal:
    """Merges a deal into another one and returns the latter. Raises `NotFound`, `Invalid` and `Forbidden`."""
    return _merge(crm, DEAL, id, into_id, _move_related_of_deal)


def merge_persons(crm: UnitOfWork, id: int, into_id: int) -> Person:
    """Merges a person into another one and returns the latter. Raises `NotFound`, `Invalid` and `Forbidden`."""
    return _merge(crm, PERSON, id, into_id, _move_related_of_person)


def merge_organizations(crm: UnitOfWork, id: int, into_id: int) -> Organization:
    """Merges an organization into another one and returns the latter. Raises `NotFound`, `Invalid` and `Forbidden`."""
    return _merge(crm, ORGANIZATION, id, into_id, _move_related_of_organization)


def _merge(
    crm: UnitOfWork, kind: RecordType[R], id: int, into_id: int, move_related: Callable[[UnitOfWork, R, R], None]
) -> R:
    access.require_permission(crm, _POLICIES[kind.object].permission)
    crm.require_exclusive_lock()
    source = records.get(crm, kind, id)
    if id == into_id:
        raise Invalid(f"{kind.noun} cannot be merged with itself", "merge_with_id")
    target = records.require_linked(crm, kind, into_id, "merge_with_id")
    assert target is not None
    _move_links(crm, kind, id, into_id)
    followers.copy_followers(crm, kind, id, into_id)
    # Custom fields of the two may have referenced the source.
    source, target = records.refresh(crm, kind, id), records.refresh(crm, kind, into_id)
    values = _values(kind, source, target)
    deletion: Values = {"is_deleted": True, "delete_time": crm.now}
    if "picture_id" in values:
        deletion["picture_id"] = None
    records.update(crm, kind, source, deletion, action="merge", extra_changes=[(MERGED_INTO, None, into_id)])
    merged = records.update(crm, kind, target, values, action="merge", extra_changes=[(MERGED_FROM, None, id)])
    move_related(crm, source, merged)
    return records.refresh(crm, kind, into_id)


def _values(kind: RecordType[R], source: R, target: R) -> Values:
    """Returns the new values of the record that stays."""
    policy, values = _POLICIES[kind.object], Values()
    for name in policy.fill_if_empty:
        if _value(kind, target, name) in _EMPTY and (value := _value(kind, source, name)) not in _EMPTY:
            values[name] = value
    for name in policy.union:
        values[name] = _union(_value(kind, target, name), _value(kind, source, name))
    own, others = loads(target.custom_fields), loads(source.custom_fields)
    values["custom_fields"] = {key: value for key, value in others.items() if key not in own}
    if isinstance(target, Deal) and isinstance(source, Deal) and not (target.value or target.products_count):
        values |= {"value": source.value, "currency": source.currency} if source.value else {}
    return values


def _value(kind: RecordType[R], record: R, name: str) -> Any:
    value = getattr(record, name)
    return loads(value) if name in kind.json_columns else value


def _union(own: list[Json], others: list[Json]) -> list[Json]:
    """Returns the members of both lists, each once; a primary address or number of ``own`` stays the primary one."""
    found = list(own)
    known = {_identity_key(one) for one in own}
    for one in others:
        if _identity_key(one) not in known:
            found.append({**one, "primary": one.get("primary") is True and not own} if isinstance(one, dict) else one)
    return found


def _identity_key(member: Json) -> str:
    return str(member["value"] if isinstance(member, dict) else member).lower()


def _move_links(crm: UnitOfWork, kind: RecordType[R], id: int, into_id: int) -> None:
    """Makes the live records that reference the source reference the target instead."""
    policy = _POLICIES[kind.object]
    for owner, column in policy.links:
        for record in _select_live(crm, owner, owner.table.c[column] == id):
            records.update(crm, owner, record, {column: into_id}, is_bulk=True)
    for owner in TYPES_WITH_CUSTOM_FIELDS if policy.field_type else ():
        for key, field in crm.company_data.custom_fields("deal" if owner is LEAD else owner.object).items():
            if field.field_type == policy.field_type:
                named = sql_functions.json_number(crm.dialect, owner.table.c.custom_fields, key) == id
                for record in _select_live(crm, owner, named):
                    records.update(crm, owner, record, {"custom_fields": {key: into_id}}, is_bulk=True)


def _select_live(crm: UnitOfWork, kind: RecordType[Any], criterion: sa.ColumnElement[bool]) -> list[Any]:
    return records.select(crm, kind, criterion, kind.table.c.is_deleted == sa.false())


def _move_related_of_deal(crm: UnitOfWork, source: Deal, target: Deal) -> None:
    people = participants.person_ids(crm, source.id)
    present = participants.person_ids(crm, target.id)
    participants.insert(crm, target, [id for id in people if id not in present])
    project_links.move(crm, DEAL, source.id, target.id)
    mail_threads.move(crm, {"deal_id": source.id}, {"deal_id": target.id})
    deal_parts.move(crm, source, target)


def _move_related_of_person(crm: UnitOfWork, source: Person, target: Person) -> None:
    for id, people in activity_participants.replace_person(crm, source.id, target.id).items():
        values: Values = {"person_id": activity_participants.primary_person_id(people), "update_time": crm.now}
        records.update(crm, ACTIVITY, records.refresh(crm, ACTIVITY, id), values, is_bulk=True)
    for picture in records.in_bulk(crm, PICTURE, [target.picture_id]).values():
        records.update(crm, PICTURE, picture, {"person_id": target.id})
    participants.replace_person(crm, source.id, target.id)
    project_links.move(crm, PERSON, source.id, target.id)
    mail_links.move(crm, PERSON, source.id, target.id)


def _move_related_of_organization(crm: UnitOfWork, source: Organization, target: Organization) -> None:
    organization_relationships.move(crm, source.id, target.id)
    project_links.move(crm, ORGANIZATION, source.id, target.id)
    mail_links.move(crm, ORGANIZATION, source.id, target.id)
