"""Projects."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Deleted, Item, List, Page
from dealwright.contract.v2.work import projects as contract
from dealwright.contract.v2.work.projects import ArchivedProjectsQuery, NewProject, ProjectChanges, ProjectsQuery
from dealwright.crm.fields import custom
from dealwright.crm.fields.labels import existing_ids
from dealwright.crm.kernel import access, pages, records
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import loads
from dealwright.crm.work import project_links, projects
from dealwright.crm.work.model import PROJECT, Project
from dealwright.crm.work.project_links import ProjectLinks
from dealwright.server.binding import implements
from dealwright.server.times import iso_time
from dealwright.server.v2 import envelopes
from dealwright.server.v2.bodies import record_values


def show_all(crm: UnitOfWork, found: Sequence[Project]) -> list[contract.Project]:
    """Returns projects as v2 writes them."""
    links = project_links.for_projects(crm, [project.id for project in found])
    return [_show(crm, project, links[project.id]) for project in found]


def _show(crm: UnitOfWork, project: Project, links: ProjectLinks) -> contract.Project:
    return {
        "id": project.id,
        "title": project.title,
        "description": project.description,
        "status": "deleted" if project.is_deleted else project.status,  # type: ignore[typeddict-item]
        "board_id": project.board_id,
        "phase_id": project.phase_id,
        "owner_id": project.owner_id,
        "start_date": project.start_date,
        "end_date": project.end_date,
        "deal_ids": links.deal_ids,
        "person_ids": links.person_ids,
        "org_ids": links.org_ids,
        "label_ids": existing_ids(crm, "project", loads(project.label_ids)),
        "health_status": project.health_status,
        "add_time": iso_time(project.add_time),
        "update_time": iso_time(project.update_time),
        "status_change_time": iso_time(project.status_change_time),
        "archive_time": iso_time(project.archive_time),
        "custom_fields": custom.format_v2(crm, "project", project.custom_fields),
    }


def _item(crm: UnitOfWork, project: Project) -> Item[contract.Project]:
    return envelopes.item(show_all(crm, [project])[0])


def _page(crm: UnitOfWork, criteria: Criteria, page: CursorPaging) -> Page[contract.Project]:
    found = pages.select_by_cursor(crm, PROJECT, criteria, page)
    return envelopes.rendered_page(show_all(crm, found.items), found.next_cursor)


@implements(contract.get_projects)
def get_projects(crm: UnitOfWork, query: ProjectsQuery, page: CursorPaging) -> Page[contract.Project]:
    criteria = projects.criteria(
        crm,
        filter_id=query.filter_id,
        statuses=query.status,
        phase_id=query.phase_id,
        deal_id=query.deal_id,
        person_id=query.person_id,
        org_id=query.org_id,
    )
    return _page(crm, criteria, page)


@implements(contract.post_projects)
def post_projects(crm: UnitOfWork, data: NewProject) -> Item[contract.Project]:
    return _item(crm, projects.create(crm, record_values(crm, "project", data)))


@implements(contract.get_projects_archived)
def get_projects_archived(crm: UnitOfWork, query: ArchivedProjectsQuery, page: CursorPaging) -> Page[contract.Project]:
    criteria = projects.criteria(
        crm, archived=True, filter_id=query.filter_id, statuses=query.status, phase_id=query.phase_id
    )
    return _page(crm, criteria, page)


@implements(contract.get_projects_by_id)
def get_projects_by_id(crm: UnitOfWork, id: int) -> Item[contract.Project]:
    return _item(crm, records.get(crm, PROJECT, id))


@implements(contract.patch_projects_by_id)
def patch_projects_by_id(crm: UnitOfWork, id: int, data: ProjectChanges) -> Item[contract.Project]:
    return _item(crm, projects.update(crm, id, record_values(crm, "project", data)))


@implements(contract.delete_projects_by_id)
def delete_projects_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    return envelopes.deleted(projects.delete(crm, id).id)


@implements(contract.post_projects_by_id_archive)
def post_projects_by_id_archive(crm: UnitOfWork, id: int) -> Item[contract.Project]:
    return _item(crm, projects.archive(crm, id))


@implements(contract.get_projects_by_id_permitted_users)
def get_projects_by_id_permitted_users(crm: UnitOfWork, id: int) -> List[int]:
    return envelopes.collection(access.permitted_users(crm, PROJECT, records.get(crm, PROJECT, id)))
