"""Goals of users, teams and the company, and how far they have come."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import Query, WireName, endpoint
from dealwright.contract.v1.service_envelopes import ServiceDone, ServiceItem
from dealwright.contract.values import Id, IdList, Name, NonEmptyShortText, ShortText

READ = frozenset({"goals:full", "goals:read"})
WRITE = frozenset({"goals:full"})

TypeName = Literal[
    "deals_won", "deals_progressed", "activities_completed", "activities_added", "deals_started", "revenue_forecast"
]
AssigneeType = Literal["person", "company", "team"]
TrackingMetric = Literal["quantity", "sum"]
Interval = Literal["weekly", "monthly", "quarterly", "yearly"]

GoalId = Annotated[NonEmptyShortText, Meta(description="The id of the goal, 32 hexadecimal digits.")]


class GoalTypeParameters(TypedDict):
    """What counts for a goal; null stands for all pipelines or for all types of activity."""

    pipeline_id: NotRequired[list[int] | None]
    stage_id: NotRequired[int | None]
    activity_type_id: NotRequired[list[int] | None]


class GoalType(TypedDict):
    """What a goal is about."""

    name: TypeName
    params: GoalTypeParameters


class GoalAssignee(TypedDict):
    """Whose goal it is."""

    id: int
    type: AssigneeType


class GoalDuration(TypedDict):
    """From when to when a goal holds; ``end`` is null for a goal without end."""

    start: str
    end: str | None


class ExpectedOutcome(TypedDict):
    """What is to be reached: a number of things, or a sum of money in a currency."""

    target: float
    tracking_metric: TrackingMetric
    currency_id: NotRequired[int]


class Goal(TypedDict):
    """A goal. ``report_ids`` are the reports that show how far it has come."""

    id: str
    owner_id: int
    title: str | None
    type: GoalType
    assignee: GoalAssignee
    interval: Interval
    duration: GoalDuration
    expected_outcome: ExpectedOutcome
    is_active: bool
    report_ids: list[str]


class OneGoal(TypedDict):
    """A goal, wrapped."""

    goal: Goal


class ManyGoals(TypedDict):
    """Goals, wrapped."""

    goals: list[Goal]


class GoalProgress(TypedDict):
    """A goal and what was reached of it."""

    progress: float
    goal: Goal


class NewGoalTypeParameters(V1Body, kw_only=True):
    """What shall count; null stands for all pipelines or for all types of activity.

    ``stage_id`` goes with ``deals_progressed``, ``activity_type_id`` with the two types about activities.
    """

    pipeline_id: IdList | UnsetType | None = UNSET
    stage_id: Id | UnsetType | None = UNSET
    activity_type_id: IdList | UnsetType | None = UNSET


class NewGoalType(V1Body, kw_only=True):
    """What a goal shall be about."""

    name: TypeName
    params: NewGoalTypeParameters | UnsetType = UNSET


class NewGoalAssignee(V1Body, kw_only=True):
    """Whose goal it shall be."""

    id: Id
    type: AssigneeType


class NewGoalDuration(V1Body, kw_only=True):
    """From when to when a goal shall hold; without ``end``, or with null, for good."""

    start: date
    end: date | UnsetType | None = UNSET


class NewExpectedOutcome(V1Body, kw_only=True):
    """What is to be reached; ``currency_id`` goes with ``sum`` only."""

    target: Annotated[float, Meta(ge=0, le=2**53 - 1)]
    tracking_metric: TrackingMetric
    currency_id: Id | UnsetType | None = UNSET


class NewGoal(V1Body, kw_only=True):
    """A goal to create."""

    assignee: NewGoalAssignee
    type: NewGoalType
    expected_outcome: NewExpectedOutcome
    duration: NewGoalDuration
    interval: Interval
    title: Name | UnsetType | None = UNSET


class GoalChanges(V1Body, kw_only=True):
    """What to change of a goal."""

    title: Name | UnsetType | None = UNSET
    assignee: NewGoalAssignee | UnsetType = UNSET
    type: NewGoalType | UnsetType = UNSET
    expected_outcome: NewExpectedOutcome | UnsetType = UNSET
    duration: NewGoalDuration | UnsetType = UNSET
    interval: Interval | UnsetType = UNSET


class GoalsQuery(Query):
    """Which goals to find."""

    type_name: Annotated[
        Literal["deals_won", "deals_progressed", "activities_completed", "activities_added", "deals_started"] | None,
        WireName("type.name"),
        Meta(description="Only goals of this type."),
    ] = None
    title: Annotated[ShortText | None, Meta(description="Only goals with this title.")] = None
    is_active: Annotated[bool, Meta(description="Only active goals, or only those that are not.")] = True
    assignee_id: Annotated[
        Id | None, WireName("assignee.id"), Meta(description="Only the goals of this user, team or company.")
    ] = None
    assignee_type: Annotated[
        AssigneeType | None,
        WireName("assignee.type"),
        Meta(description="Only the goals of users, of teams or of the company."),
    ] = None
    expected_outcome_target: Annotated[
        float | None,
        WireName("expected_outcome.target"),
        Meta(description="Only goals that want to reach exactly this."),
    ] = None
    expected_outcome_tracking_metric: Annotated[
        TrackingMetric | None,
        WireName("expected_outcome.tracking_metric"),
        Meta(description="Only goals that count things, or only those that add up money."),
    ] = None
    expected_outcome_currency_id: Annotated[
        Id | None, WireName("expected_outcome.currency_id"), Meta(description="Only goals over money in this currency.")
    ] = None
    type_params_pipeline_id: Annotated[
        IdList | None,
        WireName("type.params.pipeline_id"),
        Meta(description="Only goals over these pipelines, comma-separated."),
    ] = None
    type_params_stage_id: Annotated[
        Id | None, WireName("type.params.stage_id"), Meta(description="Only goals over deals that reach this stage.")
    ] = None
    type_params_activity_type_id: Annotated[
        IdList | None,
        WireName("type.params.activity_type_id"),
        Meta(description="Only goals over activities of these types, comma-separated."),
    ] = None
    period_start: Annotated[
        date | None,
        WireName("period.start"),
        Meta(description="Only goals that hold in a period: its first day, `YYYY-MM-DD`; goes with `period.end`."),
    ] = None
    period_end: Annotated[
        date | None,
        WireName("period.end"),
        Meta(description="Only goals that hold in a period: its last day, `YYYY-MM-DD`; goes with `period.start`."),
    ] = None


@endpoint("POST /v1/goals", group="Goals", scopes=WRITE, cost=10)
def post_goals(data: NewGoal) -> ServiceItem[OneGoal]:
    """Create a goal, and a report on it."""


@endpoint("GET /v1/goals/find", group="Goals", scopes=READ, cost=20)
def get_goals_find(query: GoalsQuery) -> ServiceItem[ManyGoals]:
    """Find goals: the caller's own, or everyone's when any other property is asked for."""


@endpoint("PUT /v1/goals/{id}", group="Goals", scopes=WRITE, cost=10)
def put_goals_by_id(id: GoalId, data: GoalChanges) -> ServiceItem[OneGoal]:
    """Change a goal."""


@endpoint("DELETE /v1/goals/{id}", group="Goals", scopes=WRITE, cost=6)
def delete_goals_by_id(id: GoalId) -> ServiceDone:
    """Delete a goal."""


@endpoint("GET /v1/goals/{id}/results", group="Goals", scopes=READ, cost=20)
def get_goals_by_id_results(
    id: GoalId,
    period_start: Annotated[
        date,
        WireName("period.start"),
        Meta(description="The first day to count, `YYYY-MM-DD`, not before the goal begins."),
    ],
    period_end: Annotated[
        date, WireName("period.end"), Meta(description="The last day to count, `YYYY-MM-DD`, not after the goal ends.")
    ],
) -> ServiceItem[GoalProgress]:
    """Tell how far a goal has come in a period."""
