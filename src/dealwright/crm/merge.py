"""Merging two deals, persons or organizations: one stays, the other one is deleted, and what lay on it moves.

The values of the one that stays win; where it has none, it takes those of the other one. Labels, e-mail addresses and
phone numbers are those of both. The change log has an entry ``merge`` for each of the two, which says with what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import (
    access,
    activity_participants,
    counters,
    dialects,
    followers,
    organization_relationships,
    participants,
    records,
)
from dealwright.crm.changes import MERGED_FROM, MERGED_INTO
from dealwright.crm.errors import Invalid
from dealwright.crm.kinds import Kind, Object
from dealwright.crm.model.activities import ACTIVITY
from dealwright.crm.model.deals import DEAL, Deal
from dealwright.crm.model.files import FILE, PICTURE
from dealwright.crm.model.leads import LEAD
from dealwright.crm.model.notes import NOTE
from dealwright.crm.model.organizations import ORGANIZATION, Organization
from dealwright.crm.model.persons import PERSON, Person
from dealwright.crm.model.products import PRODUCT
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads

R = TypeVar("R", Deal, Person, Organization)


class _Rules(NamedTuple):
    """What merging means for a kind of records.

    ``filled`` are the columns that are taken over where they are empty, ``united`` those whose lists are put together;
    ``links`` are the columns of other records that name one of this kind, ``field_type`` that of such custom fields.
    """

    permission: str
    filled: tuple[str, ...]
    united: tuple[str, ...]
    links: tuple[tuple[Kind[Any], str], ...]
    field_type: str | None = None


_RULES: Mapping[Object, _Rules] = {
    "deal": _Rules(
        permission="can_merge_deals",
        filled=(
            *("person_id", "org_id", "probability", "expected_close_date", "acv", "arr", "mrr"),
            *("origin_id", "channel", "channel_id"),
        ),
        united=("label_ids",),
        links=((ACTIVITY, "deal_id"), (NOTE, "deal_id"), (FILE, "deal_id")),
    ),
    "person": _Rules(
        permission="can_merge_people",
        filled=("org_id", "picture_id", "notes", "birthday", "job_title", "postal_address"),
        united=("label_ids", "emails", "phones", "im"),
        links=((DEAL, "person_id"), (LEAD, "person_id"), (NOTE, "person_id"), (FILE, "person_id")),
        field_type="people",
    ),
    "organization": _Rules(
        permission="can_merge_organizations",
        filled=(
            *("address", "picture_id", "country_code", "website", "linkedin", "industry"),
            *("annual_revenue", "employee_count"),
        ),
        united=("label_ids",),
        links=(
            *((DEAL, "org_id"), (PERSON, "org_id"), (LEAD, "organization_id")),
            *((ACTIVITY, "org_id"), (NOTE, "org_id"), (FILE, "org_id")),
        ),
        field_type="org",
    ),
}


WITH_CUSTOM_FIELDS: tuple[Kind[Any], ...] = (DEAL, PERSON, ORGANIZATION, PRODUCT, LEAD)
FIELD_TYPES = {object: rules.field_type for object, rules in _RULES.items() if rules.field_type}
"""The types of the custom fields that name other records, by what those are."""

_EMPTY = (None, "")


def deals(crm: Crm, id: int, into_id: int) -> Deal:
    """Merges a deal into another one, which is given back. Raises `NotFound`, `Invalid` and `Forbidden`."""
    return _merge(crm, DEAL, id, into_id, _move_around_deal)


def persons(crm: Crm, id: int, into_id: int) -> Person:
    """Merges a person into another one, which is given back. Raises `NotFound`, `Invalid` and `Forbidden`."""
    return _merge(crm, PERSON, id, into_id, _move_around_person)


def organizations(crm: Crm, id: int, into_id: int) -> Organization:
    """Merges an organization into another one, which is given back. Raises `NotFound`, `Invalid` and `Forbidden`."""
    return _merge(crm, ORGANIZATION, id, into_id, _move_around_organization)


def _merge(crm: Crm, kind: Kind[R], id: int, into_id: int, move_around: Callable[[Crm, R, R], None]) -> R:
    access.require(crm, _RULES[kind.object].permission)
    gone = records.get(crm, kind, id)
    if id == into_id:
        raise Invalid(f"{kind.noun} cannot be merged with itself", "merge_with_id")
    kept = records.linked(crm, kind, into_id, "merge_with_id")
    assert kept is not None
    _move_links(crm, kind, id, into_id)
    followers.join(crm, kind, id, into_id)
    # Custom fields of the two may have named the one that goes.
    gone, kept = records.reread(crm, kind, id), records.reread(crm, kind, into_id)
    values = _values(kind, gone, kept)
    goodbye: Values = {"is_deleted": True, "delete_time": crm.now}
    if "picture_id" in values:
        goodbye["picture_id"] = None
    records.update(crm, kind, gone, goodbye, action="merge", beside=[(MERGED_INTO, None, into_id)])
    merged = records.update(crm, kind, kept, values, action="merge", beside=[(MERGED_FROM, None, id)])
    move_around(crm, gone, merged)
    _recount(crm, kind, id, into_id)
    return records.reread(crm, kind, into_id)


def _values(kind: Kind[R], gone: R, kept: R) -> Values:
    """What changes in the record that stays."""
    rules, values = _RULES[kind.object], Values()
    for name in rules.filled:
        if _value(kind, kept, name) in _EMPTY and (value := _value(kind, gone, name)) not in _EMPTY:
            values[name] = value
    for name in rules.united:
        values[name] = _united(_value(kind, kept, name), _value(kind, gone, name))
    own, others = loads(kept.custom_fields), loads(gone.custom_fields)
    values["custom_fields"] = {key: value for key, value in others.items() if key not in own}
    if isinstance(kept, Deal) and isinstance(gone, Deal) and not kept.value:
        values |= {"value": gone.value, "currency": gone.currency} if gone.value else {}
    return values


def _value(kind: Kind[R], record: R, name: str) -> Any:
    value = getattr(record, name)
    return loads(value) if name in kind.json_columns else value


def _united(own: list[Json], others: list[Json]) -> list[Json]:
    """The members of both lists, each once; of addresses and numbers, the primary one stays that."""
    found = list(own)
    known = {_identity(one) for one in own}
    for one in others:
        if _identity(one) not in known:
            found.append({**one, "primary": one.get("primary") is True and not own} if isinstance(one, dict) else one)
    return found


def _identity(member: Json) -> str:
    return str(member["value"] if isinstance(member, dict) else member).lower()


def _move_links(crm: Crm, kind: Kind[R], id: int, into_id: int) -> None:
    """Lets the live records that name the one that goes name the other one."""
    rules = _RULES[kind.object]
    for owner, column in rules.links:
        for record in _live(crm, owner, owner.table.c[column] == id):
            records.update(crm, owner, record, {column: into_id}, is_bulk=True)
    for owner in WITH_CUSTOM_FIELDS if rules.field_type else ():
        for key, field in crm.settings.custom_fields("deal" if owner is LEAD else owner.object).items():
            if field.field_type == rules.field_type:
                named = dialects.json_number(crm.dialect, owner.table.c.custom_fields, key) == id
                for record in _live(crm, owner, named):
                    records.update(crm, owner, record, {"custom_fields": {key: into_id}}, is_bulk=True)


def _live(crm: Crm, kind: Kind[Any], criterion: sa.ColumnElement[bool]) -> list[Any]:
    return records.select(crm, kind, criterion, kind.table.c.is_deleted == sa.false())


def _move_around_deal(crm: Crm, gone: Deal, kept: Deal) -> None:
    people = participants.person_ids(crm, gone.id)
    present = participants.person_ids(crm, kept.id)
    participants.insert(crm, kept.id, [id for id in people if id not in present])
    counters.recount_participants(crm, [kept.id])
    found = records.many(crm, PERSON, [*people, *present])
    counters.recount_deals(crm, found, [gone.org_id, kept.org_id, *(person.org_id for person in found.values())])


def _move_around_person(crm: Crm, gone: Person, kept: Person) -> None:
    for id, people in activity_participants.substitute(crm, gone.id, kept.id).items():
        values: Values = {"person_id": activity_participants.primary(people), "update_time": crm.now}
        records.update(crm, ACTIVITY, records.reread(crm, ACTIVITY, id), values, is_bulk=True)
    for picture in records.many(crm, PICTURE, [kept.picture_id]).values():
        records.update(crm, PICTURE, picture, {"person_id": kept.id})
    counters.recount_participants(crm, participants.replace(crm, gone.id, kept.id))
    org_ids = [gone.org_id, kept.org_id]
    counters.recount_people(crm, org_ids)
    counters.recount_deals(crm, [gone.id, kept.id], org_ids)


def _move_around_organization(crm: Crm, gone: Organization, kept: Organization) -> None:
    organization_relationships.move(crm, gone.id, kept.id)
    counters.recount_people(crm, [gone.id, kept.id])
    counters.recount_deals(crm, org_ids=[gone.id, kept.id])


def _recount(crm: Crm, kind: Kind[R], *ids: int) -> None:
    """Counts again what lies on the two records of any kind."""
    counted = kind.object
    assert counted in ("deal", "person", "organization")
    counters.recount_followers(crm, counted, ids)
    by_kind: dict[str, tuple[int, ...]] = {"deal": (), "person": (), "organization": ()} | {counted: ids}
    for recount in (counters.recount_activities, counters.recount_notes, counters.recount_files):
        recount(crm, by_kind["deal"], by_kind["person"], by_kind["organization"])
