"""Templates for projects: the groups, tasks and activities that a new project gets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec
import sqlalchemy as sa

from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.criteria import lazy_criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.crm.work import activities, placement, project_plans, tasks
from dealwright.crm.work.model import PROJECT_TEMPLATE, Project, ProjectTemplate


class TemplateItem(msgspec.Struct, kw_only=True):
    """What tasks and activities of a template have in common.

    ``phase`` is the position of the phase on the board and ``group`` that of the group in the template, from 0 on.
    ``due_in_days`` counts from the start of the project.
    """

    phase: int | None = None
    group: int | None = None
    due_in_days: int | None = None


class TemplateTask(TemplateItem, kw_only=True):
    """A task of a template."""

    title: str
    description: str | None = None
    is_milestone: bool = False
    subtasks: list[TemplateTask] = []


class TemplateActivity(TemplateItem, kw_only=True):
    """An activity of a template; ``type`` is the key of an activity type."""

    subject: str
    type: str


class TemplateContents(msgspec.Struct, kw_only=True):
    """What a project gets from a template."""

    groups: list[str] = []
    tasks: list[TemplateTask] = []
    activities: list[TemplateActivity] = []


def require(crm: UnitOfWork, id: object) -> ProjectTemplate:
    """Returns the template of a new project. Raises `Invalid` when there is none."""
    found = records.require_linked(crm, PROJECT_TEMPLATE, id, "template_id")
    assert found is not None
    return found


@lazy_criteria
def criteria(_crm: UnitOfWork) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria of the list of templates."""
    return [PROJECT_TEMPLATE.table.c.is_deleted == sa.false()]


def create(crm: UnitOfWork, values: Values, contents: TemplateContents) -> ProjectTemplate:
    """Adds a template for the projects of a board, and returns it.

    Raises `Invalid` for a board, a group or an activity type that there is not, and `Forbidden` unless the actor is an admin.
    """
    access.require_admin(crm)
    placement.require_board(crm, values["projects_board_id"], "projects_board_id")
    _check(crm, contents)
    complete: Values = {
        "description": None,
        "owner_id": crm.actor.id,
        **values,
        "contents": msgspec.to_builtins(contents),
        "add_time": crm.now_ms,
        "update_time": crm.now_ms,
    }
    return records.insert(crm, PROJECT_TEMPLATE, complete)


def apply(crm: UnitOfWork, template: ProjectTemplate, project: Project) -> None:
    """Adds the groups, tasks and activities of a template to a new project.

    Activities are the owner's. A phase that the board of the project does not have, and an activity type that is not active any more,
    are left out.
    """
    contents = msgspec.json.decode(template.contents, type=TemplateContents)
    groups = project_plans.add_groups(crm, project.id, contents.groups)
    phases = [phase.id for phase in placement.list_phases(crm, project.board_id)]
    start = date.fromisoformat(project.start_date or crm.today)

    def common(item: TemplateItem) -> Values:
        due = None if item.due_in_days is None else (start + timedelta(days=item.due_in_days)).isoformat()
        return {"project_id": project.id, "due_date": due}

    def task_values(task: TemplateTask) -> Values:
        return {
            **common(task),
            "title": task.title,
            "description": task.description,
            "is_milestone": task.is_milestone,
            "phase_id": _at(phases, task.phase),
            "group_id": _at(groups, task.group),
        }

    for task in contents.tasks:
        parent = tasks.create(crm, task_values(task))
        for subtask in task.subtasks:
            tasks.create(crm, {**task_values(subtask), "parent_task_id": parent.id})
    active = {type.key_string for type in crm.company_data.activity_types.values() if type.is_active}
    for one in contents.activities:
        values: Values = {
            **common(one),
            "subject": one.subject,
            "owner_id": project.owner_id,
            "project_phase_id": _at(phases, one.phase),
            "project_group_id": _at(groups, one.group),
        }
        if one.type in active:
            values["type"] = one.type
        activities.create(crm, activities.prepare(values))


def _at(ids: Sequence[int], position: int | None) -> int | None:
    """Returns the id at a position; None when there is none."""
    return ids[position] if position is not None and 0 <= position < len(ids) else None


def _check(crm: UnitOfWork, contents: TemplateContents) -> None:
    types = {type.key_string for type in crm.company_data.activity_types.values() if type.is_active}
    for activity in contents.activities:
        if activity.type not in types:
            raise Invalid(f"Activity type {activity.type} not found", "contents.activities")
    for item in _items(contents):
        if item.group is not None and not 0 <= item.group < len(contents.groups):
            raise Invalid(f"There is no group {item.group}", "contents")
    if any(subtask.subtasks for task in contents.tasks for subtask in task.subtasks):
        raise Invalid("A subtask has no subtasks", "contents.tasks")


def _items(contents: TemplateContents) -> Iterable[TemplateItem]:
    for task in contents.tasks:
        yield task
        yield from task.subtasks
    yield from contents.activities
