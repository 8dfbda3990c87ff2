"""Tasks of projects, and their subtasks."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.work import tasks as contract
from dealwright.contract.v2.work.tasks import NewTask, TaskChanges, TaskProperties, TasksQuery
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.crm.work import tasks
from dealwright.crm.work.model import TASK, Task
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.times import iso_time
from dealwright.server.v2 import envelopes

_FLAGS = ("done", "is_milestone")


def show_all(crm: UnitOfWork, found: Sequence[Task]) -> list[contract.Task]:
    """Returns tasks as v2 writes them."""
    assignees = tasks.assignees_of(crm, [task.id for task in found])
    return [_show(task, assignees[task.id]) for task in found]


def _show(task: Task, assignee_ids: list[int]) -> contract.Task:
    return {
        "id": task.id,
        "title": task.title,
        "creator_id": task.creator_id,
        "description": task.description,
        "project_id": task.project_id,
        "is_done": task.done,
        "is_milestone": task.is_milestone,
        "due_date": task.due_date,
        "start_date": task.start_date,
        "parent_task_id": task.parent_task_id,
        "assignee_ids": assignee_ids,
        "priority": task.priority,
        "add_time": iso_time(task.add_time),
        "update_time": iso_time(task.update_time),
        "marked_as_done_time": iso_time(task.marked_as_done_time),
    }


def _item(crm: UnitOfWork, task: Task) -> Item[contract.Task]:
    return envelopes.item_without_more(show_all(crm, [task])[0])


def _values(data: TaskProperties) -> Values:
    values = provided_values(data, {"milestone": "is_milestone"})
    return values | {name: values[name] == 1 for name in _FLAGS if name in values}


@implements(contract.get_tasks)
def get_tasks(crm: UnitOfWork, query: TasksQuery, page: CursorPaging) -> Page[contract.Task]:
    parent = query.parent_task_id
    criteria = tasks.criteria(
        crm,
        assignee_id=query.assignee_id,
        project_id=query.project_id,
        parent_task_id=parent if isinstance(parent, int) else None,
        only_parents=parent == "null",
        done=query.is_done,
        is_milestone=query.is_milestone,
    )
    found = pages.select_by_cursor(crm, TASK, criteria, page)
    return envelopes.rendered_page(show_all(crm, found.items), found.next_cursor)


@implements(contract.post_tasks)
def post_tasks(crm: UnitOfWork, data: NewTask) -> Item[contract.Task]:
    return _item(crm, tasks.create(crm, _values(data)))


@implements(contract.get_tasks_by_id)
def get_tasks_by_id(crm: UnitOfWork, id: int) -> Item[contract.Task]:
    return _item(crm, records.get(crm, TASK, id))


@implements(contract.patch_tasks_by_id)
def patch_tasks_by_id(crm: UnitOfWork, id: int, data: TaskChanges) -> Item[contract.Task]:
    return _item(crm, tasks.update(crm, id, _values(data)))


@implements(contract.delete_tasks_by_id)
def delete_tasks_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    tasks.delete(crm, id)
    return envelopes.item_without_more({"id": id})
