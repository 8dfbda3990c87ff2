"""The deals of a person."""

from __future__ import annotations

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.deals import person_deals as contract
from dealwright.contract.v1.deals.deals import Deal, LinkedDealsQuery
from dealwright.contract.v1.envelopes import Page
from dealwright.crm.contacts.model import PERSON
from dealwright.crm.deals import deals as rules
from dealwright.crm.kernel import records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v1.deals import deals


@implements(contract.get_persons_by_id_deals)
def get_persons_by_id_deals(crm: UnitOfWork, id: int, query: LinkedDealsQuery, page: OffsetPaging) -> Page[Deal]:
    person = records.get(crm, PERSON, id, deleted=True)
    criteria = rules.criteria_for_person(crm, person.id, deals.to_statuses(query.status))
    return deals.list_page(crm, criteria, page, query.sort)
