"""Comments on notes."""

from __future__ import annotations

from dealwright.contract.v1 import note_comments as contract
from dealwright.contract.v1.envelopes import Item, Page
from dealwright.contract.v1.note_comments import CommentText
from dealwright.crm import note_comments
from dealwright.crm.model.notes import NoteComment
from dealwright.crm.pages import slice_of
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes
from dealwright.server.v1.values import iso_time


def show(crm: Crm, comment: NoteComment) -> contract.Comment:
    """A comment as v1 writes it."""
    return {
        "uuid": comment.uuid,
        "active_flag": not comment.is_deleted,
        "add_time": iso_time(comment.add_time),
        "update_time": iso_time(comment.update_time) if comment.update_time else None,
        "content": comment.content,
        "object_id": str(comment.note_id),
        "object_type": "note",
        "user_id": comment.user_id,
        "updater_id": comment.updater_id,
        "company_id": crm.company.id,
    }


@implements(contract.get_notes_by_id_comments)
def get_notes_by_id_comments(crm: Crm, id: int, start: int = 0, limit: int | None = None) -> Page[contract.Comment]:
    found = slice_of(note_comments.of(crm, id), start, limit)
    return envelopes.page(found, lambda comment: show(crm, comment))


@implements(contract.post_notes_by_id_comments)
def post_notes_by_id_comments(crm: Crm, id: int, data: CommentText) -> Item[contract.Comment]:
    return envelopes.item(show(crm, note_comments.create(crm, id, data.content)))


@implements(contract.get_notes_by_id_comments_by_comment_id)
def get_notes_by_id_comments_by_comment_id(crm: Crm, id: int, comment_id: str) -> Item[contract.Comment]:
    return envelopes.item(show(crm, note_comments.get(crm, id, comment_id)))


@implements(contract.put_notes_by_id_comments_by_comment_id)
def put_notes_by_id_comments_by_comment_id(
    crm: Crm, id: int, comment_id: str, data: CommentText
) -> Item[contract.Comment]:
    return envelopes.item(show(crm, note_comments.update(crm, id, comment_id, data.content)))


@implements(contract.delete_notes_by_id_comments_by_comment_id)
def delete_notes_by_id_comments_by_comment_id(crm: Crm, id: int, comment_id: str) -> Item[bool]:
    note_comments.delete(crm, id, comment_id)
    return envelopes.item(True)
