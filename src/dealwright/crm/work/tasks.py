"""Tasks of projects, with one level of subtasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.criteria import AnyOf, Criteria, Through, lazy_criteria
from dealwright.crm.kernel.record_types import FieldChange
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.crm.work.model import PROJECT, TASK, TASK_COPIES, Task
from dealwright.storage.tables import task_assignees, tasks


def create(crm: UnitOfWork, values: Values) -> Task:
    """Adds a task to a project. Raises `Invalid`."""
    project = records.require_linked(crm, PROJECT, values["project_id"], "project_id")
    assert project is not None
    assignees = _assignee_ids(crm, values, [])
    _check_parent(crm, values.get("parent_task_id"), project.id)
    complete: Values = {
        "add_time": crm.now_ms,
        "update_time": crm.now_ms,
        **_own(values),
        "creator_id": crm.actor.id,
        "marked_as_done_time": crm.now_ms if values.get("done") else None,
    }
    logged: list[FieldChange] = [("assignee_ids", None, list[Json](assignees))] if assignees else []
    task = records.insert(crm, TASK, complete, extra_changes=logged)
    _insert_assignees(crm, task, assignees or [])
    return task


def update(crm: UnitOfWork, id: int, values: Values) -> Task:
    """Changes a task; its subtasks follow it to another project. Raises `NotFound` and `Invalid`.

    Marking it as done sets ``marked_as_done_time``; marking it as undone clears that time.
    """
    task = records.get(crm, TASK, id)
    changes = _own(values)
    project_id = changes.get("project_id", task.project_id)
    parent_id = changes.get("parent_task_id", task.parent_task_id)
    if project_id != task.project_id:
        records.require_linked(crm, PROJECT, project_id, "project_id")
        # Its place was one in the plan of the other project.
        changes |= {"phase_id": None, "group_id": None}
    if (project_id, parent_id) != (task.project_id, task.parent_task_id) and parent_id is not None:
        _check_parent(crm, parent_id, project_id, task)
    if changes.get("done", task.done) != task.done:
        changes["marked_as_done_time"] = crm.now_ms if changes["done"] else None
    before = assignees_of(crm, [id])[id]
    assignees = _assignee_ids(crm, values, before)
    logged: list[FieldChange] = []
    if assignees is not None:
        logged += replace_assignees(crm, task, before, assignees)
    changed = records.update(crm, TASK, task, changes, extra_changes=logged)
    if changed.project_id != task.project_id:
        moved: Values = {"project_id": changed.project_id, "phase_id": None, "group_id": None}
        for subtask in _subtasks(crm, id):
            records.update(crm, TASK, subtask, moved, is_bulk=True)
    return changed


def delete(crm: UnitOfWork, id: int) -> None:
    """Deletes a task and its subtasks. Raises `NotFound`."""
    task = records.get(crm, TASK, id)
    for subtask in _subtasks(crm, id):
        records.delete(crm, TASK, subtask, is_bulk=True)
    records.delete(crm, TASK, task)


def delete_of_project(crm: UnitOfWork, project_id: int) -> None:
    """Deletes the tasks of a project, without an access check."""
    for task in records.select(crm, TASK, tasks.c.project_id == project_id, tasks.c.is_deleted == sa.false()):
        records.delete(crm, TASK, task, is_bulk=True)


def assignees_of(crm: UnitOfWork, ids: Iterable[int]) -> dict[int, list[int]]:
    """Returns the ids of the users that tasks are for, in the order in which they were given, by the id of the task."""
    wanted = sorted(set(ids))
    found: dict[int, list[int]] = {id: [] for id in wanted}
    columns = task_assignees.c
    statement = sa.select(columns.task_id, columns.user_id).where(columns.task_id.in_(wanted))
    for task_id, user_id in crm.db.rows(statement.order_by(columns.task_id, columns.position)) if wanted else ():
        found[task_id].append(user_id)
    return found


def criteria(
    crm: UnitOfWork,
    *,
    assignee_id: int | None = None,
    project_id: int | None = None,
    parent_task_id: int | None = None,
    only_parents: bool = False,
    done: bool | None = None,
    is_milestone: bool | None = None,
) -> Criteria:
    """Returns the criteria of a list of tasks; with ``only_parents`` of those that are no subtasks."""
    common = _criteria(
        crm,
        project_id=project_id,
        parent_task_id=parent_task_id,
        only_parents=only_parents,
        done=done,
        is_milestone=is_milestone,
    )
    if assignee_id is None:
        return common
    columns = task_assignees.c
    criterion = columns.user_id == assignee_id
    if done is not None:
        criterion &= columns.done == (sa.true() if done else sa.false())
    return AnyOf(common, [Through(tasks, task_assignees, "task_id", criterion)])


@lazy_criteria
def _criteria(
    _crm: UnitOfWork,
    *,
    project_id: int | None,
    parent_task_id: int | None,
    only_parents: bool,
    done: bool | None,
    is_milestone: bool | None,
) -> list[sa.ColumnElement[bool]]:
    columns = tasks.c
    found = [columns.is_deleted == sa.false()]
    links = ((columns.project_id, project_id), (columns.parent_task_id, parent_task_id))
    found += [column == id for column, id in links if id is not None]
    if only_parents:
        found.append(columns.parent_task_id.is_(None))
    flags = ((columns.done, done), (columns.is_milestone, is_milestone))
    return found + [column == (sa.true() if flag else sa.false()) for column, flag in flags if flag is not None]


def _own(values: Values) -> Values:
    """Returns the values that are columns of a task."""
    return {name: value for name, value in values.items() if name in tasks.c}


def _subtasks(crm: UnitOfWork, id: int) -> list[Task]:
    return records.select(crm, TASK, tasks.c.parent_task_id == id, tasks.c.is_deleted == sa.false())


def _check_parent(crm: UnitOfWork, parent_id: Json, project_id: Json, task: Task | None = None) -> None:
    """Raises `Invalid` unless a task, by default a new one, may be a subtask of another."""
    parent = records.require_linked(crm, TASK, parent_id, "parent_task_id")
    if parent is None:
        return
    if parent.parent_task_id is not None:
        raise Invalid("is a subtask itself", "parent_task_id")
    if parent.project_id != project_id:
        raise Invalid("is a task of another project", "parent_task_id")
    if task is not None and (parent.id == task.id or _subtasks(crm, task.id)):
        raise Invalid("A task with subtasks cannot be a subtask", "parent_task_id")


def _assignee_ids(crm: UnitOfWork, values: Values, before: Sequence[int]) -> list[int] | None:
    """Returns the users that a task is for: all that are given, or the only one; None when it does not say.

    Raises `Invalid` for one who is no active user, unless the task is for that user already.
    """
    if "assignee_ids" in values:
        given, path = values["assignee_ids"] or [], "assignee_ids"
    elif "assignee_id" in values:
        one = values["assignee_id"]
        given, path = [] if one is None else [one], "assignee_id"
    else:
        return None
    assert isinstance(given, list)
    found = [id for id in dict.fromkeys(given) if isinstance(id, int)]
    for id in found:
        if id not in before:
            access.require_assignable_user(crm, id, path)
    return found


def replace_assignees(
    crm: UnitOfWork, task: Task, before: Sequence[int], assignees: Sequence[int]
) -> list[FieldChange]:
    """Replaces the users that a task is for, and returns what has changed, for the change log."""
    if [*assignees] == [*before]:
        return []
    crm.db.execute(sa.delete(task_assignees).where(task_assignees.c.task_id == task.id))
    _insert_assignees(crm, task, assignees)
    return [("assignee_ids", list[Json](before), list[Json](assignees))]


def _insert_assignees(crm: UnitOfWork, task: Task, ids: Sequence[int]) -> None:
    copied = {name: getattr(task, name) for name in TASK_COPIES.columns}
    rows = [{"task_id": task.id, "user_id": id, "position": position, **copied} for position, id in enumerate(ids)]
    crm.db.insert_many(task_assignees, rows)
