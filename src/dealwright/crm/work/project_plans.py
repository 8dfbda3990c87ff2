"""Plans of projects: in which phases and groups their tasks and activities stand."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.crm.work import placement
from dealwright.crm.work.model import ACTIVITY, PROJECT, TASK, Project
from dealwright.storage.tables import project_groups

ItemType = Literal["task", "activity"]


class PlanItem(NamedTuple):
    """A task or an activity, and the phase and the group that it stands in."""

    item_id: int
    item_type: ItemType
    phase_id: int | None
    group_id: int | None


class ProjectGroup(NamedTuple):
    """A group of the tasks and activities of a project."""

    id: int
    name: str
    order_nr: int


class _Plan(NamedTuple):
    """The record type of items, and the columns with their places."""

    kind: RecordType[Any]
    phase: str
    group: str


_PLANS: dict[ItemType, _Plan] = {
    "task": _Plan(TASK, "phase_id", "group_id"),
    "activity": _Plan(ACTIVITY, "project_phase_id", "project_group_id"),
}


def list_items(crm: UnitOfWork, project_id: int) -> list[PlanItem]:
    """Returns the tasks and activities of a project that the actor sees, with their places. Raises `NotFound`."""
    records.get(crm, PROJECT, project_id)
    found = []
    for item_type, plan in _PLANS.items():
        columns, criterion = plan.kind.table.c, access.visible(crm, plan.kind)
        statement = (
            sa.select(columns.id, columns[plan.phase], columns[plan.group])
            .where(columns.project_id == project_id, columns.is_deleted == sa.false())
            .order_by(columns.id)
        )
        rows = crm.db.rows(statement if criterion is None else statement.where(criterion))
        found += [PlanItem(id, item_type, phase_id, group_id) for id, phase_id, group_id in rows]
    return found


def list_groups(crm: UnitOfWork, project_id: int) -> list[ProjectGroup]:
    """Returns the groups of a project, in their order. Raises `NotFound`."""
    records.get(crm, PROJECT, project_id)
    columns = project_groups.c
    statement = sa.select(columns.id, columns.name, columns.order_nr).where(columns.project_id == project_id)
    return [ProjectGroup(*row) for row in crm.db.rows(statement.order_by(columns.order_nr, columns.id))]


def add_groups(crm: UnitOfWork, project_id: int, names: list[str]) -> list[int]:
    """Adds the groups of a new project, and returns their ids."""
    return [
        crm.db.insert(project_groups, {"project_id": project_id, "name": name, "order_nr": number})
        for number, name in enumerate(names, 1)
    ]


def place(crm: UnitOfWork, project_id: int, item_type: ItemType, item_id: int, values: Values) -> PlanItem:
    """Puts a task or an activity of a project into a phase or a group, or out of it; returns its place.

    Raises `NotFound` for an item that is not the project's, and `Invalid`.
    """
    project = records.get(crm, PROJECT, project_id)
    plan = _PLANS[item_type]
    item = records.get(crm, plan.kind, item_id)
    if item.project_id != project_id:
        raise NotFound(f"{plan.kind.noun} not found")
    changes: Values = {}
    if "phase_id" in values:
        changes[plan.phase] = values["phase_id"]
        if values["phase_id"] is not None and values["phase_id"] != getattr(item, plan.phase):
            placement.require_phase(crm, values["phase_id"], project.board_id)
    if "group_id" in values:
        changes[plan.group] = values["group_id"]
        _check_group(crm, project, values["group_id"])
    changed = records.update(crm, plan.kind, item, changes)
    return PlanItem(item_id, item_type, getattr(changed, plan.phase), getattr(changed, plan.group))


def clear_phases(crm: UnitOfWork, project_id: int) -> None:
    """Takes the items of a project out of their phases."""
    for plan in _PLANS.values():
        columns = plan.kind.table.c
        _clear(crm, plan, columns.project_id == project_id, columns[plan.phase].is_not(None))


def clear_phase(crm: UnitOfWork, phase_id: int) -> None:
    """Takes everything that stands in a phase out of it."""
    for plan in _PLANS.values():
        _clear(crm, plan, plan.kind.table.c[plan.phase] == phase_id)


def _clear(crm: UnitOfWork, plan: _Plan, *criteria: sa.ColumnElement[bool]) -> None:
    for item in records.select(crm, plan.kind, *criteria):
        records.update(crm, plan.kind, item, {plan.phase: None}, is_bulk=True)


def _check_group(crm: UnitOfWork, project: Project, id: object) -> None:
    if id is not None and id not in {group.id for group in list_groups(crm, project.id)}:
        raise Invalid("Group not found", "group_id")
