"""The goals of the demo company."""

from __future__ import annotations

from dealwright.crm.deals import goals
from dealwright.crm.demo.team import Team
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values


def set_up(crm: UnitOfWork, team: Team) -> None:
    """Sets goals for the company, for a team and for the sellers, from the time of the unit on."""
    hunter, farmer = team.sellers
    meetings: list[int] = [one.id for one in crm.company_data.activity_types.values() if one.key_string == "meeting"]
    sales_floor = min(crm.company_data.teams)
    company: Values = {"assignee_type": "company", "assignee_id": crm.company.id}
    planned: tuple[tuple[str, str, Values, Values, Values], ...] = (
        ("Revenue", "quarterly", company, {"type": "deals_won"}, _sum(450_000)),
        ("Forecast", "monthly", company, {"type": "revenue_forecast"}, _sum(200_000)),
        (
            "Renewals",
            "monthly",
            _person(farmer),
            {"type": "deals_won", "pipeline_ids": [team.renewals.pipeline_id]},
            _quantity(6),
        ),
        (
            "Proposals",
            "monthly",
            _person(hunter),
            {"type": "deals_progressed", "stage_id": team.sales.stage_ids[3]},
            _quantity(10),
        ),
        ("New deals", "weekly", _person(hunter), {"type": "deals_started"}, _quantity(8)),
        (
            "Meetings",
            "weekly",
            {"assignee_type": "team", "assignee_id": sales_floor},
            {"type": "activities_completed", "activity_type_ids": [*meetings]},
            _quantity(12),
        ),
    )
    for title, interval, assignee, what, outcome in planned:
        values: Values = {"title": title, "interval": interval, "start_date": crm.today, "end_date": None}
        goals.create(crm, {**values, **assignee, **what, **outcome})


def _person(user_id: int) -> Values:
    return {"assignee_type": "person", "assignee_id": user_id}


def _quantity(target: int) -> Values:
    return {"target": target, "tracking_metric": "quantity", "currency_id": None}


def _sum(target: int) -> Values:
    return {"target": target, "tracking_metric": "sum", "currency_id": None}
