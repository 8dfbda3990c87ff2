"""The persons of a deal."""

from __future__ import annotations

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.contacts import deal_persons as contract
from dealwright.contract.v1.contacts.persons import Person
from dealwright.contract.v1.envelopes import Page
from dealwright.crm.contacts import persons as rules
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel import records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v1.contacts import persons


@implements(contract.get_deals_by_id_persons)
def get_deals_by_id_persons(crm: UnitOfWork, id: int, page: OffsetPaging) -> Page[Person]:
    deal = records.get(crm, DEAL, id, deleted=True)
    return persons.list_page(crm, rules.criteria(crm, deal_id=deal.id), page)
