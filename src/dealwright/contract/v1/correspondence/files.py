"""Files: uploaded ones, and documents kept elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import Download, LargestPage, Query, Upload, endpoint
from dealwright.contract.parameters import RecordId, Start
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.values import Id, LongText, Name, NonEmptyShortText, SortText, Uuid

READ = frozenset(
    {"activities:full", "activities:read", "contacts:full", "contacts:read", "deals:full", "deals:read"},
)
WRITE = frozenset({"activities:full", "contacts:full", "deals:full"})

FileLimit = Annotated[
    int,
    Meta(ge=1, description="How many files to return at most; 100 unless given, never over 100."),
    LargestPage(100),
]
FileOrder = Annotated[
    SortText,
    Meta(description="What to sort by, `id` or `update_time`, as `update_time DESC`; the direction may be left out."),
]


class File(TypedDict):
    """A file. ``name`` is the one to show, ``file_name`` the one it is stored under."""

    id: int
    user_id: int
    deal_id: int | None
    person_id: int | None
    org_id: int | None
    product_id: int | None
    activity_id: int | None
    lead_id: str | None
    project_id: int | None
    log_id: int | None
    add_time: str
    update_time: str | None
    file_name: str
    file_type: str
    file_size: int
    active_flag: bool
    inline_flag: bool
    remote_location: str
    remote_id: str
    cid: str | None
    s3_bucket: str | None
    mail_message_id: str | None
    mail_template_id: str | None
    deal_name: str | None
    person_name: str | None
    people_name: NotRequired[str | None]
    lead_name: str | None
    org_name: str | None
    product_name: str | None
    project_name: str | None
    url: str
    name: str
    description: str | None


class NewFile(V1Body, kw_only=True):
    """A file to upload, and the records to hang it on."""

    file: Upload
    deal_id: Id | UnsetType | None = UNSET
    person_id: Id | UnsetType | None = UNSET
    org_id: Id | UnsetType | None = UNSET
    product_id: Id | UnsetType | None = UNSET
    activity_id: Id | UnsetType | None = UNSET
    lead_id: Uuid | UnsetType | None = UNSET
    project_id: Id | UnsetType | None = UNSET


class NewRemoteFile(V1Body, kw_only=True):
    """An empty document to create in the caller's Google Drive, and the record to hang it on."""

    file_type: Literal["gdoc", "gslides", "gsheet", "gform", "gdraw"]
    title: Name
    item_type: Literal["deal", "organization", "person"]
    item_id: Id
    remote_location: Literal["googledrive"]


class RemoteFileLink(V1Body, kw_only=True):
    """A document in the caller's Google Drive, and the record to hang it on."""

    item_type: Literal["deal", "organization", "person"]
    item_id: Id
    remote_id: NonEmptyShortText
    remote_location: Literal["googledrive"]


class FileChanges(V1Body, kw_only=True):
    """What to change of a file."""

    name: Name | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET


class FilesPaging(Query):
    """Which page of a list of files to return."""

    start: Start = 0
    limit: FileLimit | None = None


@endpoint("GET /v1/files", group="Files", scopes=READ, cost=20)
def get_files(page: FilesPaging, sort: FileOrder | None = None) -> Page[File]:
    """List all files."""


@endpoint("POST /v1/files", group="Files", scopes=WRITE, cost=10, body="multipart")
def post_files(data: NewFile) -> Item[File]:
    """Upload a file, and hang it on records."""


@endpoint("POST /v1/files/remote", group="Files", scopes=WRITE, cost=10, body="form")
def post_files_remote(data: NewRemoteFile) -> Item[File]:
    """Create an empty document in Google Drive, and hang it on a record."""


@endpoint("POST /v1/files/remoteLink", group="Files", scopes=WRITE, cost=10, body="form")
def post_files_remote_link(data: RemoteFileLink) -> Item[File]:
    """Hang a document in Google Drive on a record."""


@endpoint("DELETE /v1/files/{id}", group="Files", scopes=WRITE, cost=6)
def delete_files_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a file; it is purged after 30 days."""


@endpoint("GET /v1/files/{id}", group="Files", scopes=READ, cost=2)
def get_files_by_id(id: RecordId) -> Item[File]:
    """Get what is known of a file."""


@endpoint("PUT /v1/files/{id}", group="Files", scopes=WRITE, cost=10, body="form")
def put_files_by_id(id: RecordId, data: FileChanges) -> Item[File]:
    """Change the name and the description of a file."""


@endpoint("GET /v1/files/{id}/download", group="Files", scopes=READ, cost=20, media_type="application/octet-stream")
def get_files_by_id_download(id: RecordId) -> Download:
    """Get the content of a file.

    The answer may be a redirect to where the file is stored; the credentials are not to be sent there.
    """
