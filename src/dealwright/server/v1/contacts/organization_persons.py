"""The persons of an organization."""

from __future__ import annotations

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.contacts import organization_persons as contract
from dealwright.contract.v1.contacts.persons import Person
from dealwright.contract.v1.envelopes import Page
from dealwright.crm.contacts import persons as rules
from dealwright.crm.contacts.model import ORGANIZATION
from dealwright.crm.kernel import records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v1.contacts import persons


@implements(contract.get_organizations_by_id_persons)
def get_organizations_by_id_persons(crm: UnitOfWork, id: int, page: OffsetPaging) -> Page[Person]:
    organization = records.get(crm, ORGANIZATION, id, deleted=True)
    return persons.list_page(crm, rules.criteria(crm, org_id=organization.id), page)
