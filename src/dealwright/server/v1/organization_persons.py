"""The persons of an organization."""

from __future__ import annotations

from dealwright.contract.v1 import organization_persons as contract
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.persons import Person
from dealwright.crm import persons as rules
from dealwright.crm import records
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import persons


@implements(contract.get_organizations_by_id_persons)
def get_organizations_by_id_persons(crm: Crm, id: int, start: int = 0, limit: int | None = None) -> Page[Person]:
    organization = records.get(crm, ORGANIZATION, id, deleted=True)
    return persons.page_of(crm, rules.criteria(crm, org_id=organization.id), start=start, limit=limit)
