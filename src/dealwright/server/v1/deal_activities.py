"""The activities of a deal."""

from __future__ import annotations

from dealwright.contract.v1 import deal_activities as contract
from dealwright.contract.v1.deal_activities import ActivitiesPage
from dealwright.contract.values import Flag
from dealwright.crm import activities as rules
from dealwright.crm import records
from dealwright.crm.model.deals import DEAL
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import activities


@implements(contract.get_deals_by_id_activities)
def get_deals_by_id_activities(
    crm: Crm,
    id: int,
    start: int = 0,
    limit: int | None = None,
    done: Flag | None = None,
    exclude: list[int] | None = None,
) -> ActivitiesPage:
    deal = records.get(crm, DEAL, id, deleted=True)
    return activities.page_of(
        crm,
        rules.criteria(crm, deal_id=deal.id, done=None if done is None else done == 1, exclude=exclude),
        start,
        limit,
    )
