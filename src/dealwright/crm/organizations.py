"""Organizations: the companies that are dealt with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from dealwright.crm import access, contacts, deals, dialects, filters, pages, records
from dealwright.crm.criteria import asked
from dealwright.crm.errors import Invalid
from dealwright.crm.model.organizations import ORGANIZATION, Organization
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.storage import tables
from dealwright.storage.tables import organizations


def create(crm: Crm, values: Values) -> Organization:
    """Adds an organization; the actor owns it unless another user is given. Raises `Invalid`."""
    complete: Values = {
        "owner_id": crm.actor.id,
        "visible_to": access.default_visibility(crm, "org_default_visibility"),
        "label_ids": [],
        "custom_fields": {},
        "add_time": crm.now,
        "update_time": crm.now,
        **_checked(crm, values, None),
    }
    id = records.insert(crm, ORGANIZATION, complete)
    return records.reread(crm, ORGANIZATION, id)


def update(crm: Crm, id: int, values: Values) -> Organization:
    """Changes an organization. Raises `NotFound` and `Invalid`."""
    organization = records.get(crm, ORGANIZATION, id)
    access.check_visibility(crm, organization, values)
    return records.update(crm, ORGANIZATION, organization, _checked(crm, values, organization))


def delete(crm: Crm, ids: Iterable[int]) -> list[int]:
    """Deletes organizations; the ids of those deleted. Raises `NotFound`, and deletes none, when one is not there."""
    found = [records.get(crm, ORGANIZATION, id) for id in dict.fromkeys(ids)]
    for organization in found:
        records.delete(crm, ORGANIZATION, organization, is_bulk=len(found) > 1)
    return [organization.id for organization in found]


@asked
def criteria(
    crm: Crm,
    *,
    filter_id: int | None = None,
    ids: list[int] | None = None,
    owner_id: int | None = None,
    first_char: str | None = None,
    updated_since: datetime | None = None,
    updated_until: datetime | None = None,
) -> list[sa.ColumnElement[bool]]:
    """What a list of organizations asks for, as criteria. A filter makes the narrowing by owner and ids void."""
    found = [organizations.c.is_deleted == sa.false()]
    if filter_id is not None:
        found += filters.criteria(crm, "organization", filter_id)
    else:
        if ids is not None:
            found.append(organizations.c.id.in_(ids))
        if owner_id is not None:
            found.append(organizations.c.owner_id == owner_id)
    if first_char is not None:
        found.append(organizations.c.first_char == contacts.first_char(first_char))
    return found + pages.updated(ORGANIZATION, updated_since, updated_until)


def deals_of(crm: Crm, id: int, statuses: Iterable[str] | None, *, only_own: bool) -> list[sa.ColumnElement[bool]]:
    """What a list of an organization's deals asks for: its own, those of its persons, and those naming it in a custom field."""
    related = [tables.deals.c.org_id == id]
    if not only_own:
        people = sa.select(tables.persons.c.id).where(tables.persons.c.org_id == id)
        related.append(tables.deals.c.person_id.in_(people))
        fields = crm.settings.custom_fields("deal").values()
        related += [_names(crm, field.key, id) for field in fields if field.field_type == "org"]
    return [*deals.criteria(crm, statuses=statuses), sa.or_(*related)]


def _names(crm: Crm, key: str, id: int) -> sa.ColumnElement[bool]:
    """Whether a deal names an organization in a custom field."""
    return dialects.json_is(crm.dialect, tables.deals.c.custom_fields, id, key)


def _checked(crm: Crm, values: Values, before: Organization | None) -> Values:
    """The values to store for those given. Raises `Invalid`."""
    found: Values = dict(values)
    if "owner_id" in found and (before is None or found["owner_id"] != before.owner_id):
        access.assignable_user(crm, found["owner_id"], "owner_id")
    if "name" in found or before is None:
        name = str(found.get("name") or "").strip()
        if not name:
            raise Invalid("is required", "name")
        found |= {"name": name, "first_char": contacts.first_char(name)}
    if "address" in found:
        found["address"] = contacts.address(found["address"])
    return found
