"""Tasks of projects, and their subtasks."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import CursorPaging, RecordId
from dealwright.contract.v1.envelopes import CursorPage, Deleted, Item
from dealwright.contract.v1.work.projects import READ, WRITE
from dealwright.contract.values import Flag, Id, IdList, LongText, Name


class Task(TypedDict):
    """A task; one with a ``parent_task_id`` is a subtask."""

    id: int
    title: str
    creator_id: int
    description: str | None
    done: Flag
    due_date: str | None
    parent_task_id: int | None
    assignee_id: int | None
    assignee_ids: list[int]
    add_time: str
    update_time: str | None
    marked_as_done_time: str | None
    project_id: int


class TaskProperties(V1Body, kw_only=True):
    """What can be written of a task, whether it is created or changed."""

    title: Name | UnsetType = UNSET
    project_id: Id | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET
    parent_task_id: Id | UnsetType | None = UNSET
    assignee_id: Id | UnsetType | None = UNSET
    assignee_ids: IdList | UnsetType | None = UNSET
    done: bool | UnsetType = UNSET
    due_date: date | UnsetType | None = UNSET


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

    assignee_id: Annotated[Id, Meta(description="Only tasks for this user.")] | None = None
    project_id: Annotated[Id, Meta(description="Only tasks of this project.")] | None = None
    parent_task_id: ParentTask = UNSET
    done: Annotated[Flag, Meta(description="1 for only done tasks, 0 for only those to do.")] | None = None


@endpoint("GET /v1/tasks", group="Tasks", scopes=READ, cost=20)
def get_tasks(query: TasksQuery, page: CursorPaging) -> CursorPage[Task]:
    """List tasks."""


@endpoint("POST /v1/tasks", group="Tasks", scopes=WRITE, cost=10, status=201)
def post_tasks(data: NewTask) -> Item[Task]:
    """Create a task in a project."""


@endpoint("GET /v1/tasks/{id}", group="Tasks", scopes=READ, cost=2)
def get_tasks_by_id(id: RecordId) -> Item[Task]:
    """Get one task."""


@endpoint("PUT /v1/tasks/{id}", group="Tasks", scopes=WRITE, cost=10)
def put_tasks_by_id(id: RecordId, data: TaskChanges) -> Item[Task]:
    """Change a task; only the properties given change."""


@endpoint("DELETE /v1/tasks/{id}", group="Tasks", scopes=WRITE, cost=6)
def delete_tasks_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a task and its subtasks."""
