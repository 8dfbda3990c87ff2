"""Goals, and how far they have come."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from msgspec import UNSET

from dealwright.contract.v1.deals import goals as contract
from dealwright.contract.v1.deals.goals import GoalChanges, GoalProgress, GoalsQuery, ManyGoals, NewGoal, OneGoal
from dealwright.contract.v1.service_envelopes import ServiceDone, ServiceItem
from dealwright.crm.deals import goal_results, goals
from dealwright.crm.deals.goals import ACTIVITY_TYPES, GoalSearch
from dealwright.crm.deals.model import Goal
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, loads
from dealwright.server.binding import implements
from dealwright.server.v1 import service_envelopes

_SERVICE = "statistics-goals-api"


def show(crm: UnitOfWork, goal: Goal) -> contract.Goal:
    """Returns a goal as v1 writes it."""
    params: dict[str, Any] = {}
    if goal.pipeline_ids is not None or goal.type not in ACTIVITY_TYPES:
        params["pipeline_id"] = loads(goal.pipeline_ids)
    if goal.stage_id is not None:
        params["stage_id"] = goal.stage_id
    if goal.activity_type_ids is not None or goal.type in ACTIVITY_TYPES:
        params["activity_type_id"] = loads(goal.activity_type_ids)
    # A whole number is one in the document, too.
    target = int(goal.target) if goal.target.is_integer() else goal.target
    outcome: dict[str, Any] = {"target": target, "tracking_metric": goal.tracking_metric}
    if goal.currency_id is not None:
        outcome["currency_id"] = goal.currency_id
    shown: dict[str, Any] = {
        "id": goal.uuid,
        "owner_id": goal.owner_id,
        "title": goal.title,
        "type": {"name": goal.type, "params": params},
        "assignee": {"id": goal.assignee_id, "type": goal.assignee_type},
        "interval": goal.interval,
        "duration": {"start": goal.start_date, "end": goal.end_date},
        "expected_outcome": outcome,
        "is_active": goals.is_active(crm, goal),
        "report_ids": [goal.report_uuid],
    }
    return cast("contract.Goal", shown)


@implements(contract.post_goals)
def post_goals(crm: UnitOfWork, data: NewGoal) -> ServiceItem[OneGoal]:
    return service_envelopes.item(_SERVICE, {"goal": show(crm, goals.create(crm, _values(data)))})


@implements(contract.get_goals_find)
def get_goals_find(crm: UnitOfWork, query: GoalsQuery) -> ServiceItem[ManyGoals]:
    search = GoalSearch(
        type=query.type_name,
        title=query.title,
        is_active=query.is_active,
        assignee_id=query.assignee_id,
        assignee_type=query.assignee_type,
        target=query.expected_outcome_target,
        tracking_metric=query.expected_outcome_tracking_metric,
        currency_id=query.expected_outcome_currency_id,
        pipeline_ids=query.type_params_pipeline_id,
        stage_id=query.type_params_stage_id,
        activity_type_ids=query.type_params_activity_type_id,
        period_start=query.period_start,
        period_end=query.period_end,
    )
    found = goals.find(crm, search)
    return service_envelopes.item(_SERVICE, {"goals": [show(crm, goal) for goal in found]})


@implements(contract.put_goals_by_id)
def put_goals_by_id(crm: UnitOfWork, id: str, data: GoalChanges) -> ServiceItem[OneGoal]:
    return service_envelopes.item(_SERVICE, {"goal": show(crm, goals.update(crm, id, _values(data)))})


@implements(contract.delete_goals_by_id)
def delete_goals_by_id(crm: UnitOfWork, id: str) -> ServiceDone:
    goals.delete(crm, id)
    return service_envelopes.done(_SERVICE)


@implements(contract.get_goals_by_id_results)
def get_goals_by_id_results(
    crm: UnitOfWork, id: str, period_start: date, period_end: date
) -> ServiceItem[GoalProgress]:
    goal = goals.get(crm, id)
    progress = goal_results.progress(crm, goal, period_start, period_end)
    return service_envelopes.item(_SERVICE, {"progress": progress, "goal": show(crm, goal)})


def _values(data: NewGoal | GoalChanges) -> Values:
    """Returns the columns of the members that a body has. A member that is given replaces the whole of what it was."""
    values: Values = {}
    if data.title is not UNSET:
        values["title"] = data.title
    if data.interval is not UNSET:
        values["interval"] = data.interval
    if data.assignee is not UNSET:
        values |= {"assignee_type": data.assignee.type, "assignee_id": data.assignee.id}
    if data.duration is not UNSET:
        end = data.duration.end
        values |= {"start_date": data.duration.start.isoformat(), "end_date": end.isoformat() if end else None}
    if data.expected_outcome is not UNSET:
        outcome = data.expected_outcome
        currency_id = None if outcome.currency_id is UNSET else outcome.currency_id
        target = int(outcome.target) if outcome.target.is_integer() else outcome.target
        values |= {"target": target, "tracking_metric": outcome.tracking_metric, "currency_id": currency_id}
    if data.type is not UNSET:
        params = data.type.params
        values |= {"type": data.type.name, "pipeline_ids": None, "stage_id": None, "activity_type_ids": None}
        if params is not UNSET:
            values |= {
                "pipeline_ids": [*params.pipeline_id] if params.pipeline_id else None,
                "stage_id": None if params.stage_id is UNSET else params.stage_id,
                "activity_type_ids": [*params.activity_type_id] if params.activity_type_id else None,
            }
    return values
