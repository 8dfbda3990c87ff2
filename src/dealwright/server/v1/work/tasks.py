"""Tasks of projects, and their subtasks."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v1.envelopes import CursorPage, Deleted, Item
from dealwright.contract.v1.work import tasks as contract
from dealwright.contract.v1.work.tasks import NewTask, TaskChanges, TasksQuery
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work import tasks
from dealwright.crm.work.model import TASK, Task
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.times import spaced_time
from dealwright.server.v1 import envelopes


def show_all(crm: UnitOfWork, found: Sequence[Task]) -> list[contract.Task]:
    """Returns tasks as v1 writes them."""
    assignees = tasks.assignees_of(crm, [task.id for task in found])
    return [_show(task, assignees[task.id]) for task in found]


def _show(task: Task, assignee_ids: list[int]) -> contract.Task:
    return {
        "id": task.id,
        "title": task.title,
        "creator_id": task.creator_id,
        "description": task.description,
        "done": 1 if task.done else 0,
        "due_date": task.due_date,
        "parent_task_id": task.parent_task_id,
        "assignee_id": assignee_ids[0] if assignee_ids else None,
        "assignee_ids": assignee_ids,
        "add_time": spaced_time(task.add_time),
        "update_time": spaced_time(task.update_time),
        "marked_as_done_time": spaced_time(task.marked_as_done_time),
        "project_id": task.project_id,
    }


def _item(crm: UnitOfWork, task: Task) -> Item[contract.Task]:
    return envelopes.item_without_more(show_all(crm, [task])[0])


@implements(contract.get_tasks)
def get_tasks(crm: UnitOfWork, query: TasksQuery, page: CursorPaging) -> CursorPage[contract.Task]:
    parent = query.parent_task_id
    criteria = tasks.criteria(
        crm,
        assignee_id=query.assignee_id,
        project_id=query.project_id,
        parent_task_id=parent if isinstance(parent, int) else None,
        only_parents=parent == "null",
        done=None if query.done is None else query.done == 1,
    )
    wanted = CursorPaging(limit=page.limit or pages.MAX_LIMIT, cursor=page.cursor)
    found = pages.select_by_cursor(crm, TASK, criteria, wanted)
    return envelopes.rendered_cursor_page(show_all(crm, found.items), found.next_cursor)


@implements(contract.post_tasks)
def post_tasks(crm: UnitOfWork, data: NewTask) -> Item[contract.Task]:
    return _item(crm, tasks.create(crm, provided_values(data)))


@implements(contract.get_tasks_by_id)
def get_tasks_by_id(crm: UnitOfWork, id: int) -> Item[contract.Task]:
    return _item(crm, records.get(crm, TASK, id))


@implements(contract.put_tasks_by_id)
def put_tasks_by_id(crm: UnitOfWork, id: int, data: TaskChanges) -> Item[contract.Task]:
    return _item(crm, tasks.update(crm, id, provided_values(data)))


@implements(contract.delete_tasks_by_id)
def delete_tasks_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    tasks.delete(crm, id)
    return envelopes.item_without_more({"id": id})
