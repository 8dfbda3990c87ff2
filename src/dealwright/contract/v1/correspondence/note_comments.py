"""Comments on notes."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import WireName, endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.correspondence.notes import READ, WRITE
from dealwright.contract.v1.envelopes import Item, Page
from dealwright.contract.values import HtmlText, Uuid

CommentId = Annotated[Uuid, WireName("commentId"), Meta(description="The `uuid` of the comment.")]


class Comment(TypedDict):
    """A comment on a note, whose id is ``object_id``; ``content`` is HTML."""

    uuid: str
    active_flag: bool
    add_time: str
    update_time: str | None
    content: str
    object_id: str
    object_type: Literal["note"]
    user_id: int
    updater_id: int | None
    company_id: int


class CommentText(V1Body, kw_only=True):
    """What a comment says, in HTML."""

    content: Annotated[HtmlText, Meta(min_length=1)]


@endpoint("GET /v1/notes/{id}/comments", group="Notes", scopes=READ, cost=20)
def get_notes_by_id_comments(id: RecordId, page: OffsetPaging) -> Page[Comment]:
    """List the comments on a note."""


@endpoint("POST /v1/notes/{id}/comments", group="Notes", scopes=WRITE, cost=10)
def post_notes_by_id_comments(id: RecordId, data: CommentText) -> Item[Comment]:
    """Comment on a note; what is unsafe in the HTML is taken out."""


@endpoint("GET /v1/notes/{id}/comments/{commentId}", group="Notes", scopes=READ, cost=2)
def get_notes_by_id_comments_by_comment_id(id: RecordId, comment_id: CommentId) -> Item[Comment]:
    """Get one comment on a note."""


@endpoint("PUT /v1/notes/{id}/comments/{commentId}", group="Notes", scopes=WRITE, cost=10)
def put_notes_by_id_comments_by_comment_id(id: RecordId, comment_id: CommentId, data: CommentText) -> Item[Comment]:
    """Change what a comment says."""


@endpoint("DELETE /v1/notes/{id}/comments/{commentId}", group="Notes", scopes=WRITE, cost=6)
def delete_notes_by_id_comments_by_comment_id(id: RecordId, comment_id: CommentId) -> Item[bool]:
    """Delete a comment on a note; the answer is just true."""
