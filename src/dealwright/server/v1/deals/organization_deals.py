"""The deals of an organization."""

from __future__ import annotations

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.deals import organization_deals as contract
from dealwright.contract.v1.deals.deals import Deal
from dealwright.contract.v1.deals.organization_deals import OrganizationDealsQuery
from dealwright.contract.v1.envelopes import Page
from dealwright.crm.contacts.model import ORGANIZATION
from dealwright.crm.deals import deals as rules
from dealwright.crm.kernel import records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v1.deals import deals


@implements(contract.get_organizations_by_id_deals)
def get_organizations_by_id_deals(
    crm: UnitOfWork, id: int, query: OrganizationDealsQuery, page: OffsetPaging
) -> Page[Deal]:
    organization = records.get(crm, ORGANIZATION, id, deleted=True)
    criteria = rules.criteria_for_organization(
        crm, organization, deals.to_statuses(query.status), only_own=query.only_primary_association == 1
    )
    return deals.list_page(crm, criteria, page, query.sort)
