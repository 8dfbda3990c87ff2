"""The deals of a person."""

from __future__ import annotations

from dealwright.contract.v1 import person_deals as contract
from dealwright.contract.v1.deals import Deal, StatusOrAll
from dealwright.contract.v1.envelopes import Page
from dealwright.crm import persons, records
from dealwright.crm.model.persons import PERSON
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import deals


@implements(contract.get_persons_by_id_deals)
def get_persons_by_id_deals(
    crm: Crm,
    id: int,
    start: int = 0,
    limit: int | None = None,
    status: StatusOrAll = "all_not_deleted",
    sort: str | None = None,
) -> Page[Deal]:
    person = records.get(crm, PERSON, id, deleted=True)
    criteria = persons.deals_of(crm, person.id, None if status == "all_not_deleted" else [status])
    return deals.page_of(crm, criteria, sort=sort, start=start, limit=limit)
