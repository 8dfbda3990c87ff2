"""The activities of an organization."""

from __future__ import annotations

from dealwright.contract.v1 import organization_activities as contract
from dealwright.contract.v1.deal_activities import ActivitiesPage
from dealwright.contract.values import Flag
from dealwright.crm import activities as rules
from dealwright.crm import records
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import activities


@implements(contract.get_organizations_by_id_activities)
def get_organizations_by_id_activities(
    crm: Crm,
    id: int,
    start: int = 0,
    limit: int | None = None,
    done: Flag | None = None,
    exclude: list[int] | None = None,
) -> ActivitiesPage:
    organization = records.get(crm, ORGANIZATION, id, deleted=True)
    criteria = rules.criteria(crm, org_id=organization.id, done=None if done is None else done == 1, exclude=exclude)
    return activities.page_of(crm, criteria, start, limit)
