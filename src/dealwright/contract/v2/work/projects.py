"""Projects: the records themselves."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2RecordBody
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import CursorPaging, FilterId, RecordId
from dealwright.contract.v2.envelopes import Deleted, Item, List, Page
from dealwright.contract.values import MAX_MEMBERS, Id, IdList, Json, LongText, Name

READ = frozenset({"projects:full", "projects:read"})
WRITE = frozenset({"projects:full"})

Status = Literal["open", "completed", "canceled", "deleted"]
Statuses = Annotated[
    list[Status],
    Meta(
        min_length=1,
        max_length=MAX_MEMBERS,
        description="Only projects in these statuses, comma-separated; all but `deleted` unless given.",
    ),
]


class Project(TypedDict):
    """A project, in a phase of a board. ``archive_time`` is null unless it is archived."""

    id: int
    title: str
    description: str | None
    status: Status
    board_id: int
    phase_id: int
    owner_id: int
    start_date: str | None
    end_date: str | None
    deal_ids: list[int]
    person_ids: list[int]
    org_ids: list[int]
    label_ids: list[int]
    health_status: int | None
    add_time: str
    update_time: str | None
    status_change_time: str | None
    archive_time: str | None
    custom_fields: dict[str, Json]


class ProjectProperties(V2RecordBody, kw_only=True):
    """What can be written of a project, whether it is created or changed."""

    title: Name | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET
    status: Status | UnsetType = UNSET
    board_id: Id | UnsetType = UNSET
    phase_id: Id | UnsetType = UNSET
    owner_id: Id | UnsetType = UNSET
    start_date: date | UnsetType | None = UNSET
    end_date: date | UnsetType | None = UNSET
    deal_ids: IdList | UnsetType = UNSET
    person_ids: IdList | UnsetType = UNSET
    org_ids: IdList | UnsetType = UNSET
    label_ids: IdList | UnsetType = UNSET
    health_status: Id | UnsetType | None = UNSET
    template_id: Id | UnsetType | None = UNSET


class NewProject(ProjectProperties, kw_only=True):
    """A project to create, open and in the first phase of a board unless given.

    A template brings groups, tasks and activities with it.
    """

    title: Name


class ProjectChanges(ProjectProperties, kw_only=True):
    """What to change of a project; lists replace those it has. A ``template_id`` counts only when a project is created."""


class ArchivedProjectsQuery(Query):
    """Which archived projects to list."""

    filter_id: FilterId | None = None
    status: Statuses | None = None
    phase_id: Annotated[Id, Meta(description="Only projects in this phase.")] | None = None


class ProjectsQuery(ArchivedProjectsQuery):
    """Which projects to list."""

    deal_id: Annotated[Id, Meta(description="Only projects with this deal.")] | None = None
    person_id: Annotated[Id, Meta(description="Only projects with this person.")] | None = None
    org_id: Annotated[Id, Meta(description="Only projects with this organization.")] | None = None


@endpoint("GET /api/v2/projects", group="Projects", scopes=READ, cost=10, documented=False)
def get_projects(query: ProjectsQuery, page: CursorPaging) -> Page[Project]:
    """List projects that are not archived."""


@endpoint("POST /api/v2/projects", group="Projects", scopes=WRITE, cost=5, status=201, documented=False)
def post_projects(data: NewProject) -> Item[Project]:
    """Create a project."""


@endpoint("GET /api/v2/projects/archived", group="Projects", scopes=READ, cost=10, documented=False)
def get_projects_archived(query: ArchivedProjectsQuery, page: CursorPaging) -> Page[Project]:
    """List archived projects."""


@endpoint("GET /api/v2/projects/{id}", group="Projects", scopes=READ, cost=1, documented=False)
def get_projects_by_id(id: RecordId) -> Item[Project]:
    """Get one project."""


@endpoint("PATCH /api/v2/projects/{id}", group="Projects", scopes=WRITE, cost=5, documented=False)
def patch_projects_by_id(id: RecordId, data: ProjectChanges) -> Item[Project]:
    """Change a project; only the properties given change."""


@endpoint("DELETE /api/v2/projects/{id}", group="Projects", scopes=WRITE, cost=3, documented=False)
def delete_projects_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a project and its tasks; it is purged after 30 days."""


@endpoint("POST /api/v2/projects/{id}/archive", group="Projects", scopes=WRITE, cost=3, documented=False)
def post_projects_by_id_archive(id: RecordId) -> Item[Project]:
    """Archive a project."""


@endpoint("GET /api/v2/projects/{id}/permittedUsers", group="Projects", scopes=READ, cost=5, documented=False)
def get_projects_by_id_permitted_users(id: RecordId) -> List[int]:
    """List the ids of the users who can see a project."""
