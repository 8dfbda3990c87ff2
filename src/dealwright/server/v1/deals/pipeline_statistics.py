"""Statistics of the deals that move through a pipeline."""

from __future__ import annotations

from datetime import date

from dealwright.contract.v1.deals import pipeline_statistics as contract
from dealwright.contract.v1.deals.pipeline_statistics import ConversionStatistics, DealGroup, MovementStatistics
from dealwright.contract.v1.envelopes import Item
from dealwright.crm.deals import money, pipeline_statistics
from dealwright.crm.deals.pipeline_statistics import MovementGroup
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


@implements(contract.get_pipelines_by_id_conversion_statistics)
def get_pipelines_by_id_conversion_statistics(
    crm: UnitOfWork, id: int, start_date: date, end_date: date, user_id: int | None = None
) -> Item[ConversionStatistics]:
    found = pipeline_statistics.conversions(crm, id, start_date, end_date, user_id)
    return envelopes.item(
        {
            "stage_conversions": [
                {"from_stage_id": one, "to_stage_id": other, "conversion_rate": percent}
                for one, other, percent in found.stages
            ],
            "won_conversion": found.won,
            "lost_conversion": found.lost,
        }
    )


@implements(contract.get_pipelines_by_id_movement_statistics)
def get_pipelines_by_id_movement_statistics(
    crm: UnitOfWork, id: int, start_date: date, end_date: date, user_id: int | None = None
) -> Item[MovementStatistics]:
    found = pipeline_statistics.movements(crm, id, start_date, end_date, user_id)
    return envelopes.item(
        {
            "movements_between_stages": {"count": found.moves},
            "new_deals": _group(crm, found.new),
            "deals_left_open": _group(crm, found.left_open),
            "won_deals": _group(crm, found.won),
            "lost_deals": _group(crm, found.lost),
            "average_age_in_days": {
                "across_all_stages": found.age,
                "by_stages": [{"stage_id": stage_id, "value": days} for stage_id, days in found.age_by_stage.items()],
            },
        }
    )


def _group(crm: UnitOfWork, group: MovementGroup) -> DealGroup:
    return {
        "count": len(group.ids),
        "deals_ids": group.ids,
        "values": {code: total.value for code, total in group.totals.items()},
        "formatted_values": {code: money.format_amount(crm, total.value, code) for code, total in group.totals.items()},
    }
