"""The deals of an organization."""

from __future__ import annotations

from dealwright.contract.v1 import organization_deals as contract
from dealwright.contract.v1.deals import Deal, StatusOrAll
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.values import Flag
from dealwright.crm import organizations, records
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import deals


@implements(contract.get_organizations_by_id_deals)
def get_organizations_by_id_deals(
    crm: Crm,
    id: int,
    start: int = 0,
    limit: int | None = None,
    status: StatusOrAll = "all_not_deleted",
    sort: str | None = None,
    only_primary_association: Flag | None = None,
) -> Page[Deal]:
    organization = records.get(crm, ORGANIZATION, id, deleted=True)
    criteria = organizations.deals_of(
        crm, organization.id, None if status == "all_not_deleted" else [status], only_own=only_primary_association == 1
    )
    return deals.page_of(crm, criteria, sort=sort, start=start, limit=limit)
