"""Organizations: the companies that users deal with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack

from dealwright.crm.contacts.model import ORGANIZATION, Organization
from dealwright.crm.errors import Invalid
from dealwright.crm.fields.system.organizations import INDUSTRIES
from dealwright.crm.filters.narrowing import Narrowing, narrow
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.criteria import Criterion, lazy_criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values import contact_values
from dealwright.crm.values.formats import Values

_INDUSTRY_IDS = frozenset(industry.id for industry in INDUSTRIES)


def create(crm: UnitOfWork, values: Values) -> Organization:
    """Adds an organization; the actor owns it unless ``owner_id`` is given. Raises `Invalid`."""
    complete: Values = {
        "owner_id": crm.actor.id,
        "visible_to": access.default_visibility(crm, "org_default_visibility"),
        "label_ids": [],
        "custom_fields": {},
        "add_time": crm.now,
        "update_time": crm.now,
        **_validated(crm, values, None),
    }
    return records.insert(crm, ORGANIZATION, complete)


def update(crm: UnitOfWork, id: int, values: Values) -> Organization:
    """Changes an organization. Raises `NotFound`, `Forbidden` and `Invalid`."""
    organization = records.get(crm, ORGANIZATION, id)
    access.check_visibility_change(crm, organization, values)
    return records.update(crm, ORGANIZATION, organization, _validated(crm, values, organization))


def delete(crm: UnitOfWork, ids: Iterable[int]) -> list[int]:
    """Deletes organizations and returns their ids. Raises `NotFound`, deleting none, when one does not exist."""
    found = [records.get(crm, ORGANIZATION, id) for id in dict.fromkeys(ids)]
    access.require_bulk_permission(crm, found)
    for organization in found:
        records.delete(crm, ORGANIZATION, organization, is_bulk=len(found) > 1)
    return [organization.id for organization in found]


@lazy_criteria
def criteria(crm: UnitOfWork, *, first_char: str | None = None, **narrowing: Unpack[Narrowing]) -> list[Criterion]:
    """Returns the criteria of a list of organizations. With ``filter_id``, owner and ids are ignored."""
    return narrow(crm, ORGANIZATION, narrowing, first_char=first_char)


def _validated(crm: UnitOfWork, values: Values, before: Organization | None) -> Values:
    """Returns the values to store for those given. Raises `Invalid`."""
    found: Values = dict(values)
    if "owner_id" in found and (before is None or found["owner_id"] != before.owner_id):
        access.require_assignable_user(crm, found["owner_id"], "owner_id")
    if "name" in found or before is None:
        found |= contact_values.name_values(found.get("name"))
    if "address" in found:
        found["address"] = contact_values.parse_address(found["address"])
    if found.get("industry") is not None and found["industry"] not in _INDUSTRY_IDS:
        raise Invalid("is not one of the industries", "industry")
    return found
