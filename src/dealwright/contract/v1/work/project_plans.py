"""The plan of a project: its tasks and activities, and where in its phases and groups they stand."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import WireName, endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.envelopes import CursorPage, Item, List
from dealwright.contract.v1.work.activities import CollectedActivity
from dealwright.contract.v1.work.projects import READ, WRITE
from dealwright.contract.v1.work.tasks import Task
from dealwright.contract.values import Id


class PlanItem(TypedDict):
    """A task or an activity, and the phase and the group that it stands in."""

    item_id: int
    item_type: Literal["task", "activity"]
    phase_id: int | None
    group_id: int | None


class ProjectGroup(TypedDict):
    """A group of a project's tasks and activities."""

    id: int
    name: str
    order_nr: int


class PlanItemChanges(V1Body, kw_only=True):
    """Where in the plan to put something; null takes it out."""

    phase_id: Id | UnsetType | None = UNSET
    group_id: Id | UnsetType | None = UNSET


@endpoint("GET /v1/projects/{id}/plan", group="Projects", scopes=READ, cost=20)
def get_projects_by_id_plan(id: RecordId) -> List[PlanItem]:
    """List where the tasks and activities of a project stand."""


@endpoint("PUT /v1/projects/{id}/plan/activities/{activityId}", group="Projects", scopes=WRITE, cost=10)
def put_projects_by_id_plan_activities_by_activity_id(
    id: RecordId,
    activity_id: Annotated[Id, WireName("activityId"), Meta(description="The id of the activity.")],
    data: PlanItemChanges,
) -> Item[PlanItem]:
    """Put an activity of a project into a phase or a group."""


@endpoint("PUT /v1/projects/{id}/plan/tasks/{taskId}", group="Projects", scopes=WRITE, cost=10)
def put_projects_by_id_plan_tasks_by_task_id(
    id: RecordId,
    task_id: Annotated[Id, WireName("taskId"), Meta(description="The id of the task.")],
    data: PlanItemChanges,
) -> Item[PlanItem]:
    """Put a task of a project into a phase or a group."""


@endpoint("GET /v1/projects/{id}/groups", group="Projects", scopes=READ, cost=20)
def get_projects_by_id_groups(id: RecordId) -> List[ProjectGroup]:
    """List the groups of a project."""


@endpoint("GET /v1/projects/{id}/tasks", group="Projects", scopes=READ, cost=20)
def get_projects_by_id_tasks(id: RecordId) -> CursorPage[Task]:
    """List the tasks of a project."""


@endpoint("GET /v1/projects/{id}/activities", group="Projects", scopes=READ, cost=20)
def get_projects_by_id_activities(id: RecordId) -> CursorPage[CollectedActivity]:
    """List the activities of a project."""
