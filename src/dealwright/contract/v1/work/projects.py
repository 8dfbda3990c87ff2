"""Projects: the records themselves."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1RecordBody
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import CursorPaging, FilterId, RecordId
from dealwright.contract.v1.envelopes import CursorPage, Deleted, Item
from dealwright.contract.values import MAX_MEMBERS, Id, IdList, LongText, Name

READ = frozenset({"projects:full", "projects:read"})
WRITE = frozenset({"projects:full"})

Status = Literal["open", "completed", "canceled", "deleted"]

Statuses = Annotated[
    list[Status],
    Meta(
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
    status_change_time: str | None
    start_date: str | None
    end_date: str | None
    owner_id: int
    add_time: str
    update_time: str | None
    labels: list[int]
    health_status: int | None
    archive_time: str | None
    deal_ids: list[int]
    person_id: int | None
    org_id: int | None
    board_id: int
    phase_id: int


class ProjectProperties(V1RecordBody, kw_only=True):
    """What can be written of a project, whether it is created or changed."""

    title: Name | UnsetType = UNSET
    board_id: Id | UnsetType = UNSET
    phase_id: Id | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET
    status: Status | UnsetType = UNSET
    owner_id: Id | UnsetType = UNSET
    start_date: date | UnsetType | None = UNSET
    end_date: date | UnsetType | None = UNSET
    deal_ids: IdList | UnsetType | None = UNSET
    org_id: Id | UnsetType | None = UNSET
    person_id: Id | UnsetType | None = UNSET
    labels: IdList | UnsetType | None = UNSET
    health_status: Id | UnsetType | None = UNSET


class NewProject(ProjectProperties, kw_only=True):
    """A project to create, open and in the first phase of a board unless given.

    A template brings groups, tasks and activities with it.
    """

    title: Name
    template_id: Id | UnsetType | None = UNSET


class ProjectChanges(ProjectProperties, kw_only=True):
    """What to change of a project; ``deal_ids`` and ``labels`` replace those it has."""


class ProjectsQuery(Query):
    """Which projects to list."""

    filter_id: FilterId | None = None
    status: Statuses | None = None
    phase_id: Annotated[Id, Meta(description="Only projects in this phase.")] | None = None
    include_archived: Annotated[bool, Meta(description="Archived projects too.")] | None = None


@endpoint("GET /v1/projects", group="Projects", scopes=READ, cost=20)
def get_projects(query: ProjectsQuery, page: CursorPaging) -> CursorPage[Project]:
    """List projects."""


@endpoint("POST /v1/projects", group="Projects", scopes=WRITE, cost=10, status=201)
def post_projects(data: NewProject) -> Item[Project]:
    """Create a project."""


@endpoint("GET /v1/projects/{id}", group="Projects", scopes=READ, cost=2)
def get_projects_by_id(id: RecordId) -> Item[Project]:
    """Get one project."""


@endpoint("PUT /v1/projects/{id}", group="Projects", scopes=WRITE, cost=10)
def put_projects_by_id(id: RecordId, data: ProjectChanges) -> Item[Project]:
    """Change a project; only the properties given change."""


@endpoint("DELETE /v1/projects/{id}", group="Projects", scopes=WRITE, cost=6)
def delete_projects_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a project; its status becomes `deleted`."""


@endpoint("POST /v1/projects/{id}/archive", group="Projects", scopes=WRITE, cost=10)
def post_projects_by_id_archive(id: RecordId) -> Item[Project]:
    """Archive a project."""
