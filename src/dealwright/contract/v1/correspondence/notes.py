"""Notes on deals, persons, organizations, leads, projects and tasks."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId, Since
from dealwright.contract.v1.envelopes import Item, Page
from dealwright.contract.values import Flag, HtmlText, Id, IsoTime, SortText, Uuid

READ = frozenset({"contacts:full", "contacts:read", "deals:full", "deals:read"})
WRITE = frozenset({"contacts:full", "deals:full"})

Content = Annotated[HtmlText, Meta(min_length=1)]


class NoteAuthor(TypedDict):
    """The user whose note it is."""

    email: str
    icon_url: str | None
    is_you: bool
    name: str


class TitledLink(TypedDict):
    """The deal, the project or the task of a note."""

    title: str


class NamedLink(TypedDict):
    """The person or the organization of a note."""

    name: str


class Note(TypedDict):
    """A note; ``content`` is HTML."""

    id: int
    active_flag: bool
    add_time: str
    update_time: str | None
    content: str
    user_id: int
    user: NoteAuthor
    last_update_user_id: int | None
    deal_id: int | None
    deal: TitledLink | None
    person_id: int | None
    person: NamedLink | None
    org_id: int | None
    organization: NamedLink | None
    lead_id: str | None
    project_id: int | None
    project: TitledLink | None
    task_id: int | None
    task: TitledLink | None
    pinned_to_lead_flag: bool
    pinned_to_deal_flag: bool
    pinned_to_organization_flag: bool
    pinned_to_person_flag: bool
    pinned_to_project_flag: bool
    pinned_to_task_flag: bool


class NoteProperties(V1Body, kw_only=True):
    """What can be written of a note, whether it is created or changed."""

    content: Content | UnsetType = UNSET
    lead_id: Uuid | UnsetType | None = UNSET
    deal_id: Id | UnsetType | None = UNSET
    person_id: Id | UnsetType | None = UNSET
    org_id: Id | UnsetType | None = UNSET
    project_id: Id | UnsetType | None = UNSET
    task_id: Id | UnsetType | None = UNSET
    user_id: Id | UnsetType = UNSET
    add_time: IsoTime | UnsetType = UNSET
    pinned_to_lead_flag: bool | UnsetType = UNSET
    pinned_to_deal_flag: bool | UnsetType = UNSET
    pinned_to_organization_flag: bool | UnsetType = UNSET
    pinned_to_person_flag: bool | UnsetType = UNSET
    pinned_to_project_flag: bool | UnsetType = UNSET
    pinned_to_task_flag: bool | UnsetType = UNSET


class NewNote(NoteProperties, kw_only=True):
    """A note to create, on one record at least; it can be pinned only to records that it is on.

    Only admins may give another author than themselves.
    """

    content: Content


class NoteChanges(NoteProperties, kw_only=True):
    """What to change of a note; it must stay on one record at least."""


class NotesQuery(Query):
    """Which notes to list, and in which order."""

    user_id: Annotated[Id | None, Meta(description="Only notes by this user.")] = None
    lead_id: Annotated[Uuid | None, Meta(description="Only notes on this lead.")] = None
    deal_id: Annotated[Id | None, Meta(description="Only notes on this deal.")] = None
    person_id: Annotated[Id | None, Meta(description="Only notes on this person.")] = None
    org_id: Annotated[Id | None, Meta(description="Only notes on this organization.")] = None
    project_id: Annotated[Id | None, Meta(description="Only notes on this project.")] = None
    task_id: Annotated[Id | None, Meta(description="Only notes on this task.")] = None
    sort: Annotated[
        SortText | None,
        Meta(
            description="What to sort by, as `field ASC, other_field DESC`: `id`, `user_id`, `deal_id`, `person_id`, "
            "`org_id`, `content`, `add_time` or `update_time`."
        ),
    ] = None
    start_date: Annotated[date | None, Meta(description="Only notes added on this day or later.")] = None
    end_date: Annotated[date | None, Meta(description="Only notes added on this day or earlier.")] = None
    updated_since: Since | None = None
    pinned_to_lead_flag: Annotated[
        Flag | None, Meta(description="1 for notes that are pinned to their lead, 0 for those that are not.")
    ] = None
    pinned_to_deal_flag: Annotated[
        Flag | None, Meta(description="1 for notes that are pinned to their deal, 0 for those that are not.")
    ] = None
    pinned_to_organization_flag: Annotated[
        Flag | None, Meta(description="1 for notes that are pinned to their organization, 0 for those that are not.")
    ] = None
    pinned_to_person_flag: Annotated[
        Flag | None, Meta(description="1 for notes that are pinned to their person, 0 for those that are not.")
    ] = None
    pinned_to_project_flag: Annotated[
        Flag | None, Meta(description="1 for notes that are pinned to their project, 0 for those that are not.")
    ] = None
    pinned_to_task_flag: Annotated[
        Flag | None, Meta(description="1 for notes that are pinned to their task, 0 for those that are not.")
    ] = None


@endpoint("GET /v1/notes", group="Notes", scopes=READ, cost=20)
def get_notes(query: NotesQuery, page: OffsetPaging) -> Page[Note]:
    """List notes."""


@endpoint("POST /v1/notes", group="Notes", scopes=WRITE, cost=10)
def post_notes(data: NewNote) -> Item[Note]:
    """Create a note; what is unsafe in its HTML is taken out."""


@endpoint("DELETE /v1/notes/{id}", group="Notes", scopes=WRITE, cost=6)
def delete_notes_by_id(id: RecordId) -> Item[bool]:
    """Delete a note; the answer is just true."""


@endpoint("GET /v1/notes/{id}", group="Notes", scopes=READ, cost=2)
def get_notes_by_id(id: RecordId) -> Item[Note]:
    """Get one note."""


@endpoint("PUT /v1/notes/{id}", group="Notes", scopes=WRITE, cost=10)
def put_notes_by_id(id: RecordId, data: NoteChanges) -> Item[Note]:
    """Change a note; only the properties given change."""
