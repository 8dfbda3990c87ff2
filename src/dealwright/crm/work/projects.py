"""Projects, which move through the phases of a board until they are completed or canceled."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import filters
from dealwright.crm.errors import Invalid
from dealwright.crm.fields.system.projects import HEALTH_STATUSES
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.criteria import AnyOf, Criteria, lazy_criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, add_days
from dealwright.crm.work import placement, project_links, project_plans, project_templates, tasks
from dealwright.crm.work.model import PROJECT, Project
from dealwright.crm.work.project_links import ProjectLinks
from dealwright.storage.tables import projects

DAYS_UNTIL_PURGE = 30
EVERYBODY = 7
"""The ``visible_to`` of new projects, unless the role of the actor has another one in its settings."""

_NO_LINKS = ProjectLinks([], [], [])


def create(crm: UnitOfWork, values: Values) -> Project:
    """Adds a project, open and the actor's own unless told otherwise, in the first phase of a board.

    A template decides about the board, too, and brings groups, tasks and activities. Raises `Invalid`.
    """
    template_id = values.get("template_id")
    template = None if template_id is None else project_templates.require(crm, template_id)
    if template is not None and values.get("board_id") is None and values.get("phase_id") is None:
        values = {**values, "board_id": template.projects_board_id}
    phase = placement.target_phase(crm, values)
    assert phase is not None
    if values.get("status") == "deleted":
        raise Invalid("A project is created open, completed or canceled", "status")
    _check(crm, values)
    links = project_links.validate(crm, values, _NO_LINKS)
    complete: Values = {
        "owner_id": crm.actor.id,
        "status": "open",
        "label_ids": [],
        "visible_to": access.default_visibility(crm, "project_default_visibility", EVERYBODY),
        "custom_fields": {},
        "add_time": crm.now_ms,
        "update_time": crm.now_ms,
        "status_change_time": crm.now_ms,
        **_own(values),
        "board_id": phase.board_id,
        "phase_id": phase.id,
    }
    project = records.insert(crm, PROJECT, complete, extra_changes=project_links.initial_changes(links))
    project_links.replace(crm, project.id, _NO_LINKS, links)
    if template is not None:
        project_templates.apply(crm, template, project)
    return project


def update(crm: UnitOfWork, id: int, values: Values) -> Project:
    """Changes a project; lists of links replace those that it has. The status ``deleted`` deletes it.

    On another board, what stands in a phase of the plan stands in none any more. Raises `NotFound` and `Invalid`.
    """
    project = records.get(crm, PROJECT, id)
    if values.get("status") == "deleted":
        return _delete(crm, project)
    _check(crm, {name: value for name, value in values.items() if getattr(project, name, None) != value})
    changes = _own(values)
    phase = placement.target_phase(crm, values, project)
    if phase is not None:
        changes |= {"board_id": phase.board_id, "phase_id": phase.id}
    if changes.get("status", project.status) != project.status:
        changes["status_change_time"] = crm.now_ms
    before = project_links.for_projects(crm, [id])[id]
    wanted = project_links.validate(crm, values, before)
    changed_links = project_links.replace(crm, id, before, wanted)
    changed = records.update(crm, PROJECT, project, changes, extra_changes=changed_links)
    if changed.board_id != project.board_id:
        project_plans.clear_phases(crm, id)
    return changed


def archive(crm: UnitOfWork, id: int) -> Project:
    """Archives a project; one that is archived already stays as it is. Raises `NotFound`."""
    project = records.get(crm, PROJECT, id)
    if project.is_archived:
        return project
    return records.update(crm, PROJECT, project, {"is_archived": True, "archive_time": crm.now_ms})


def delete(crm: UnitOfWork, id: int) -> Project:
    """Deletes a project with its tasks. Raises `NotFound`."""
    return _delete(crm, records.get(crm, PROJECT, id))


def delete_where(crm: UnitOfWork, *criteria: sa.ColumnElement[bool]) -> None:
    """Deletes all projects that match the criteria, without an access check."""
    for project in records.select(crm, PROJECT, projects.c.is_deleted == sa.false(), *criteria):
        _delete(crm, project, is_bulk=True)


def move_phase(crm: UnitOfWork, phase_id: int, board_id: int) -> None:
    """Moves the projects of a phase to the board that the phase has moved to."""
    for project in records.select(crm, PROJECT, projects.c.phase_id == phase_id):
        records.update(crm, PROJECT, project, {"board_id": board_id}, is_bulk=True)
        project_plans.clear_phases(crm, project.id)
    # What stands in the phase in the plans of other projects would stand on another board.
    project_plans.clear_phase(crm, phase_id)


def criteria(
    crm: UnitOfWork,
    *,
    archived: bool | None = False,
    filter_id: int | None = None,
    statuses: Iterable[str] | None = None,
    phase_id: int | None = None,
    deal_id: int | None = None,
    person_id: int | None = None,
    org_id: int | None = None,
) -> Criteria:
    """Returns the criteria of a list of projects, with ``archived`` None of archived and other ones.

    With ``filter_id``, statuses, phase and links are ignored.
    """
    common = _criteria(crm, archived=archived, filter_id=filter_id, statuses=statuses, phase_id=phase_id)
    links = (("deal_ids", deal_id), ("person_ids", person_id), ("org_ids", org_id))
    ways = [project_links.through(name, id) for name, id in links if id is not None]
    if not ways or filter_id is not None:
        return common
    return AnyOf([*common, *(way.to_criterion() for way in ways[1:])], ways[:1])


@lazy_criteria
def _criteria(
    crm: UnitOfWork,
    *,
    archived: bool | None,
    filter_id: int | None,
    statuses: Iterable[str] | None,
    phase_id: int | None,
) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if archived is not None:
        found.append(projects.c.is_archived == (sa.true() if archived else sa.false()))
    if filter_id is not None:
        return [*found, projects.c.is_deleted == sa.false(), *filters.criteria(crm, "project", filter_id)]
    found.append(_status_criterion(crm, statuses))
    if phase_id is not None:
        found.append(projects.c.phase_id == phase_id)
    return found


def _status_criterion(crm: UnitOfWork, statuses: Iterable[str] | None) -> sa.ColumnElement[bool]:
    """Returns the criterion for projects in some statuses: those that are deleted, for as long as they are there."""
    live = projects.c.is_deleted == sa.false()
    if statuses is None:
        return live
    wanted = sorted(set(statuses) - {"deleted"})
    live &= projects.c.status.in_(wanted)
    if "deleted" not in statuses:
        return live
    deleted = (projects.c.is_deleted == sa.true()) & (projects.c.delete_time >= add_days(crm.now, -DAYS_UNTIL_PURGE))
    return (live | deleted) if wanted else deleted


def _own(values: Values) -> Values:
    """Returns the values that are columns of a project."""
    return {name: value for name, value in values.items() if name in projects.c}


def _check(crm: UnitOfWork, values: Values) -> None:
    """Raises `Invalid` for an owner or a health status that there is not, and for a title that is missing."""
    if "owner_id" in values:
        access.require_assignable_user(crm, values["owner_id"], "owner_id")
    _check_health_status(values.get("health_status"))


def _check_health_status(value: Json) -> None:
    if value is not None and value not in {option.id for option in HEALTH_STATUSES}:
        known = ", ".join(f"{option.id} ({option.label.lower()})" for option in HEALTH_STATUSES)
        raise Invalid(f"is one of {known}", "health_status")


def _delete(crm: UnitOfWork, project: Project, *, is_bulk: bool = False) -> Project:
    tasks.delete_of_project(crm, project.id)
    values: Values = {"is_deleted": True, "delete_time": crm.now, "status_change_time": crm.now_ms}
    return records.update(crm, PROJECT, project, values, action="delete", is_bulk=is_bulk)
