"""Tasks of projects, and their subtasks."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import CursorPaging, RecordId
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.work.projects import READ, WRITE
from dealwright.contract.values import Flag, Id, IdList, LongText, Name


class Task(TypedDict):
    """A task; one with a ``parent_task_id`` is a subtask."""

    id: int
    title: str
    creator_id: int
    description: str | None
    project_id: int
    is_done: bool
    is_milestone: bool
    due_date: str | None
    start_date: str | None
    parent_task_id: int | None
    assignee_ids: list[int]
    priority: int | None
    add_time: str
    update_time: str | None
    marked_as_done_time: str | None


class TaskProperties(V2Body, kw_only=True):
    """What can be written of a task, whether it is created or changed.

    ``assignee_id`` is the only one whom the task is for, unless there are ``assignee_ids``.
    """

    title: Name | UnsetType = UNSET
    project_id: Id | UnsetType = UNSET
    parent_task_id: Id | UnsetType | None = UNSET
    description: LongText | UnsetType | None = UNSET
    done: Flag | UnsetType = UNSET
    milestone: Flag | UnsetType = UNSET
    due_date: date | UnsetType | None = UNSET
    start_date: date | UnsetType | None = UNSET
    assignee_id: Id | UnsetType | None = UNSET
    assignee_ids: IdList | UnsetType = UNSET
    priority: Annotated[int, Meta(ge=0, le=2**31 - 1)] | UnsetType | None = UNSET


class NewTask(TaskProperties, kw_only=True):
    """A task to create; its parent may not be a subtask itself."""

    title: Name
    project_id: Id


class TaskChanges(TaskProperties, kw_only=True):
    """What to change of a task."""


# Without None in its type, the text `null` stays what it is and differs from an absent parameter.
ParentTask = Annotated[
    Id | Literal["null"] | UnsetType,
    Meta(description="Only the subtasks of this task; `null` for only those that are no subtasks."),
]


class TasksQuery(Query):
    """Which tasks to list."""

    is_done: Annotated[bool, Meta(description="Only tasks that are done, or only those to do.")] | None = None
    is_milestone: Annotated[bool, Meta(description="Only milestones, or only other tasks.")] | None = None
    assignee_id: Annotated[Id, Meta(description="Only tasks for this user.")] | None = None
    project_id: Annotated[Id, Meta(description="Only tasks of this project.")] | None = None
    parent_task_id: ParentTask = UNSET


@endpoint("GET /api/v2/tasks", group="Tasks", scopes=READ, cost=10, documented=False)
def get_tasks(query: TasksQuery, page: CursorPaging) -> Page[Task]:
    """List tasks."""


@endpoint("POST /api/v2/tasks", group="Tasks", scopes=WRITE, cost=5, status=201, documented=False)
def post_tasks(data: NewTask) -> Item[Task]:
    """Create a task in a project."""


@endpoint("GET /api/v2/tasks/{id}", group="Tasks", scopes=READ, cost=1, documented=False)
def get_tasks_by_id(id: RecordId) -> Item[Task]:
    """Get one task."""


@endpoint("PATCH /api/v2/tasks/{id}", group="Tasks", scopes=WRITE, cost=5, documented=False)
def patch_tasks_by_id(id: RecordId, data: TaskChanges) -> Item[Task]:
    """Change a task; only the properties given change."""


@endpoint("DELETE /api/v2/tasks/{id}", group="Tasks", scopes=WRITE, cost=3, documented=False)
def delete_tasks_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a task and its subtasks."""
