"""Projects: the records themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v1.envelopes import CursorPage, Deleted, Item
from dealwright.contract.v1.work import projects as contract
from dealwright.contract.v1.work.projects import NewProject, ProjectChanges, ProjectProperties, ProjectsQuery
from dealwright.crm.fields import custom, labels
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, loads
from dealwright.crm.work import project_links, projects
from dealwright.crm.work.model import PROJECT, Project
from dealwright.crm.work.project_links import ProjectLinks
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.times import spaced_time
from dealwright.server.v1 import envelopes

_LISTS = {"person_id": "person_ids", "org_id": "org_ids"}
"""The links of which v1 knows only the first."""


def show_all(crm: UnitOfWork, found: Sequence[Project]) -> list[contract.Project]:
    """Returns projects as v1 writes them."""
    links = project_links.for_projects(crm, [project.id for project in found])
    return [_show(crm, project, links[project.id]) for project in found]


def _show(crm: UnitOfWork, project: Project, links: ProjectLinks) -> contract.Project:
    shown: dict[str, Any] = {
        "id": project.id,
        "title": project.title,
        "description": project.description,
        "status": "deleted" if project.is_deleted else project.status,
        "status_change_time": spaced_time(project.status_change_time),
        "start_date": project.start_date,
        "end_date": project.end_date,
        "owner_id": project.owner_id,
        "add_time": spaced_time(project.add_time),
        "update_time": spaced_time(project.update_time),
        "labels": labels.existing_ids(crm, "project", loads(project.label_ids)),
        "health_status": project.health_status,
        "archive_time": spaced_time(project.archive_time),
        "deal_ids": links.deal_ids,
        "person_id": next(iter(links.person_ids), None),
        "org_id": next(iter(links.org_ids), None),
        "board_id": project.board_id,
        "phase_id": project.phase_id,
        **custom.format_v1(crm, "project", project.custom_fields),
    }
    return cast("contract.Project", shown)


def _item(crm: UnitOfWork, project: Project) -> Item[contract.Project]:
    return envelopes.item_without_more(show_all(crm, [project])[0])


def _values(crm: UnitOfWork, data: ProjectProperties, stored: str = "{}") -> Values:
    """Returns the values of a body; ``stored`` are the custom fields that the project has now. Raises `Invalid`."""
    values = provided_values(data)
    for name, list_name in _LISTS.items():
        if name in values:
            id = values.pop(name)
            values[list_name] = [] if id is None else [id]
    if "labels" in values:
        values["label_ids"] = list(labels.parse_label_ids(crm, "project", values.pop("labels"), "labels"))
    values["custom_fields"] = custom.parse_v1(crm, "project", data.custom_fields, stored)
    return values


@implements(contract.get_projects)
def get_projects(crm: UnitOfWork, query: ProjectsQuery, page: CursorPaging) -> CursorPage[contract.Project]:
    criteria = projects.criteria(
        crm,
        archived=None if query.include_archived else False,
        filter_id=query.filter_id,
        statuses=query.status or None,
        phase_id=query.phase_id,
    )
    found = pages.select_by_cursor(crm, PROJECT, criteria, page)
    return envelopes.rendered_cursor_page(show_all(crm, found.items), found.next_cursor)


@implements(contract.post_projects)
def post_projects(crm: UnitOfWork, data: NewProject) -> Item[contract.Project]:
    return _item(crm, projects.create(crm, _values(crm, data)))


@implements(contract.get_projects_by_id)
def get_projects_by_id(crm: UnitOfWork, id: int) -> Item[contract.Project]:
    return _item(crm, records.get(crm, PROJECT, id, deleted=True))


@implements(contract.put_projects_by_id)
def put_projects_by_id(crm: UnitOfWork, id: int, data: ProjectChanges) -> Item[contract.Project]:
    stored = records.get(crm, PROJECT, id).custom_fields
    return _item(crm, projects.update(crm, id, _values(crm, data, stored)))


@implements(contract.delete_projects_by_id)
def delete_projects_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    return envelopes.item_without_more({"id": projects.delete(crm, id).id})


@implements(contract.post_projects_by_id_archive)
def post_projects_by_id_archive(crm: UnitOfWork, id: int) -> Item[contract.Project]:
    return _item(crm, projects.archive(crm, id))
