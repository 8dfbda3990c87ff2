"""The properties that v1 shows only of a single deal: its age, its time in each stage, its next and last activity."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict, cast

from dealwright.contract.v1.deals.deals import Span, StayInStages
from dealwright.contract.values import Json
from dealwright.crm.deals import deals
from dealwright.crm.deals.model import Deal
from dealwright.crm.kernel import records, visible_pipelines
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work.model import ACTIVITY
from dealwright.server.v1.work import activities


class Details(TypedDict):
    """The additional members of a single deal."""

    average_time_to_won: Span
    average_stage_progress: float
    age: Span
    stay_in_pipeline_stages: StayInStages
    last_activity: dict[str, Json] | None
    next_activity: dict[str, Json] | None


def show_details(crm: UnitOfWork, deal: Deal) -> Details:
    """Returns the additional members of a deal."""
    order = [stage.id for stage in visible_pipelines.list_stages(crm, deal.pipeline_id)]
    stays = deals.stage_seconds(crm, deal)
    won = _seconds(deal.add_time, deal.won_time) if deal.won_time else 0
    return {
        "average_time_to_won": span(won),
        "average_stage_progress": round(sum(1 for id in order if id in stays), 2),
        "age": span(_seconds(deal.add_time, deal.close_time or crm.now)),
        "stay_in_pipeline_stages": {
            "times_in_stages": {str(id): seconds for id, seconds in stays.items()},
            "order_of_stages": order,
        },
        "last_activity": _activity(crm, deal.last_activity_id),
        "next_activity": _activity(crm, deal.next_activity_id),
    }


def span(seconds: int) -> Span:
    """Returns a length of time in years of 365 days, months of 30, days, hours, minutes and seconds."""
    days, rest = divmod(seconds, 86400)
    years, days = divmod(days, 365)
    months, days = divmod(days, 30)
    return {
        "y": years,
        "m": months,
        "d": days,
        "h": rest // 3600,
        "i": rest % 3600 // 60,
        "s": rest % 60,
        "total_seconds": seconds,
    }


def _seconds(begin: str, end: str) -> int:
    return max(int((datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()), 0)


def _activity(crm: UnitOfWork, id: int | None) -> dict[str, Json] | None:
    found = records.in_bulk(crm, ACTIVITY, [id])
    if id is None or id not in found:
        return None
    return cast("dict[str, Json]", activities.show_one(crm, found[id]))
