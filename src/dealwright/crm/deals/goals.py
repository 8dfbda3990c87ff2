"""Goals: what a user, a team or the company is to reach in each interval of a time.

Users see the goals that are theirs, their teams' or the company's, and those that they have set; whoever sees others'
statistics sees all. They set goals for themselves, admins for everybody. A goal is active until its last day.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm.deals.model import GOAL, Goal
from dealwright.crm.errors import Forbidden, Invalid, NotFound
from dealwright.crm.kernel import access, records, sql_functions, visible_pipelines
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, local_date
from dealwright.storage.tables import goals

ACTIVITY_TYPES = ("activities_completed", "activities_added")
"""The types of goals that are about activities; the others are about deals."""


class GoalSearch(NamedTuple):
    """What goals to find: those that have each value that is given. Lists are parts of those of a goal."""

    type: str | None = None
    title: str | None = None
    is_active: bool = True
    assignee_id: int | None = None
    assignee_type: str | None = None
    target: float | None = None
    tracking_metric: str | None = None
    currency_id: int | None = None
    pipeline_ids: Sequence[int] | None = None
    stage_id: int | None = None
    activity_type_ids: Sequence[int] | None = None
    period_start: date | None = None
    period_end: date | None = None


_COMPARED = ("type", "title", "assignee_id", "assignee_type", "target", "tracking_metric", "currency_id", "stage_id")
_OWN_UNLESS = frozenset(GoalSearch._fields) - {"title", "is_active", "period_start", "period_end"}


def find(crm: UnitOfWork, search: GoalSearch) -> list[Goal]:
    """Returns the goals that a search finds, of those that the actor may see.

    They are the actor's own, unless it names anything else than a title, a period, or whether they are active. Raises
    `Invalid` for half a period.
    """
    columns = goals.c
    criteria: list[sa.ColumnElement[bool]] = [columns.is_deleted == sa.false(), *_may_see(crm)]
    for name in _COMPARED:
        if (value := getattr(search, name)) is not None:
            criteria.append(columns[name] == value)
    for name in ("pipeline_ids", "activity_type_ids"):
        for id in getattr(search, name) or ():
            criteria.append(sql_functions.json_array_contains(crm.dialect, columns[name], id))
    is_over = columns.end_date.is_not(None) & (columns.end_date < today(crm))
    criteria.append(sa.not_(is_over) if search.is_active else is_over)
    if all(getattr(search, name) is None for name in _OWN_UNLESS):
        criteria += [columns.assignee_type == "person", columns.assignee_id == crm.actor.id]
    if (search.period_start is None) != (search.period_end is None):
        missing = "period.end" if search.period_end is None else "period.start"
        raise Invalid("is needed: a period has a first and a last day", missing)
    if search.period_start is not None and search.period_end is not None:
        criteria.append(columns.start_date <= search.period_end.isoformat())
        criteria.append(columns.end_date.is_(None) | (columns.end_date >= search.period_start.isoformat()))
    return records.select(crm, GOAL, *criteria)


def get(crm: UnitOfWork, id: str) -> Goal:
    """Returns a goal that the actor may see. Raises `NotFound`."""
    found = records.find_by(crm, GOAL, goals.c.uuid == id.lower(), goals.c.is_deleted == sa.false(), *_may_see(crm))
    if found is None:
        raise NotFound("Goal not found")
    return found


def create(crm: UnitOfWork, values: Values) -> Goal:
    """Adds a goal, and a report on it. Raises `Invalid`, and `Forbidden` for a goal that the actor may not set."""
    complete: Values = {
        "title": None,
        **values,
        "uuid": uuid.uuid4().hex,
        "report_uuid": uuid.uuid4().hex,
        "owner_id": crm.actor.id,
        "add_time": crm.now,
        "update_time": crm.now,
    }
    _require_settable(crm, complete)
    return records.insert(crm, GOAL, _checked(crm, complete))


def update(crm: UnitOfWork, id: str, values: Values) -> Goal:
    """Changes a goal. Raises `NotFound`, `Invalid`, and `Forbidden` for a goal that the actor may not set."""
    goal = get(crm, id)
    require_settable(crm, goal, values)
    return records.update(crm, GOAL, goal, _checked(crm, values, goal))


def delete(crm: UnitOfWork, id: str) -> None:
    """Deletes a goal. Raises `NotFound`, and `Forbidden` for a goal that the actor may not set."""
    goal = get(crm, id)
    _require_settable(crm, {"assignee_type": goal.assignee_type, "assignee_id": goal.assignee_id})
    records.delete(crm, GOAL, goal)


def is_active(crm: UnitOfWork, goal: Goal) -> bool:
    """Whether the last day of a goal is not over."""
    return goal.end_date is None or goal.end_date >= today(crm)


def today(crm: UnitOfWork) -> str:
    """Returns the date where the company is."""
    return local_date(crm.now, crm.company_data.company.timezone)


def require_settable(crm: UnitOfWork, goal: Goal, values: Values) -> None:
    """Raises `Forbidden` unless the actor may set a goal, as it is and as it becomes with ``values``."""
    before: Values = {name: getattr(goal, name) for name in ("assignee_type", "assignee_id")}
    _require_settable(crm, before)
    _require_settable(crm, {**before, **values})


def _may_see(crm: UnitOfWork) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria for the goals that the actor may see; none for all of them."""
    if access.has_permission(crm, "can_see_other_users_statistics"):
        return []
    columns = goals.c
    teams = crm.company_data.teams.values()
    own_teams = [
        team.id
        for team in teams
        if team.manager_id == crm.actor.id or crm.actor.id in crm.company_data.team_members.get(team.id, ())
    ]
    return [
        sa.or_(
            columns.owner_id == crm.actor.id,
            columns.assignee_type == "company",
            (columns.assignee_type == "person") & (columns.assignee_id == crm.actor.id),
            (columns.assignee_type == "team") & columns.assignee_id.in_(own_teams),
        )
    ]


def _require_settable(crm: UnitOfWork, values: Values) -> None:
    """Raises `Forbidden` unless the goal is the actor's own, or the actor is an admin."""
    if not crm.actor.is_admin() and (values["assignee_type"], values["assignee_id"]) != ("person", crm.actor.id):
        raise Forbidden()


def _checked(crm: UnitOfWork, values: Values, before: Goal | None = None) -> Values:
    """Returns the values to store. Raises `Invalid` for values that do not go together, or name what there is not."""

    def value(name: str) -> object:
        return values.get(name, getattr(before, name, None))

    checked = dict(values)
    if "assignee_id" in values:
        _check_assignee(crm, values)
    for name in ("pipeline_ids", "activity_type_ids"):
        if name in values:
            checked[name] = values[name] or None
    _check_parameters(crm, checked)
    type, end = value("type"), value("end_date")
    if type == "deals_progressed" and value("stage_id") is None:
        raise Invalid("is needed for a goal over deals that come into a stage", "type.params.stage_id")
    if end is not None and str(end) < str(value("start_date")):
        raise Invalid("is before the start", "duration.end")
    if value("tracking_metric") == "quantity":
        if value("currency_id") is not None:
            raise Invalid("is not for goals that count things", "expected_outcome.currency_id")
    elif type in ACTIVITY_TYPES:
        raise Invalid("Activities have no sum", "expected_outcome.tracking_metric")
    elif value("currency_id") is None:
        code = crm.company_data.company.default_currency
        checked["currency_id"] = next(one.id for one in crm.company_data.currencies.values() if one.code == code)
    if (currency_id := checked.get("currency_id")) is not None:
        currency = crm.company_data.currencies.get(currency_id) if isinstance(currency_id, int) else None
        if currency is None or not currency.is_active:
            raise Invalid("Currency not found", "expected_outcome.currency_id")
    return checked


def _check_assignee(crm: UnitOfWork, values: Values) -> None:
    id, type = values["assignee_id"], values["assignee_type"]
    if type == "person":
        access.require_assignable_user(crm, id, "assignee.id")
    elif type == "company" and id != crm.company.id:
        raise Invalid("Company not found", "assignee.id")
    elif type == "team":
        team = crm.company_data.teams.get(id) if isinstance(id, int) else None
        if team is None or team.is_deleted:
            raise Invalid("Team not found", "assignee.id")


def _check_parameters(crm: UnitOfWork, values: Values) -> None:
    for id in _ids(values.get("pipeline_ids")):
        if visible_pipelines.find_pipeline(crm, id) is None:
            raise Invalid(f"Pipeline {id} not found", "type.params.pipeline_id")
    for id in _ids(values.get("activity_type_ids")):
        if id not in crm.company_data.activity_types:
            raise Invalid(f"Activity type {id} not found", "type.params.activity_type_id")
    stage_id = values.get("stage_id")
    if stage_id is not None:
        stage = visible_pipelines.find_stage(crm, stage_id)
        if stage is None:
            raise Invalid(f"Stage {stage_id} not found", "type.params.stage_id")
        pipelines = _ids(values.get("pipeline_ids"))
        if pipelines and stage.pipeline_id not in pipelines:
            raise Invalid(f"Stage {stage_id} is in none of the pipelines", "type.params.stage_id")


def _ids(value: object) -> list[int]:
    return [id for id in value if isinstance(id, int)] if isinstance(value, list) else []
