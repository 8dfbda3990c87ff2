"""Comments on notes."""

from __future__ import annotations

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.correspondence import note_comments as contract
from dealwright.contract.v1.correspondence.note_comments import CommentText
from dealwright.contract.v1.envelopes import Item, Page
from dealwright.crm.correspondence import note_comments, notes
from dealwright.crm.correspondence.model import NoteComment
from dealwright.crm.kernel.pages import paginate_list
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.html import SafeHtml
from dealwright.server.binding import implements
from dealwright.server.times import iso_time
from dealwright.server.v1 import envelopes


def show(crm: UnitOfWork, comment: NoteComment) -> contract.Comment:
    """Returns a comment as v1 writes it."""
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
def get_notes_by_id_comments(crm: UnitOfWork, id: int, page: OffsetPaging) -> Page[contract.Comment]:
    found = paginate_list(note_comments.for_note(crm, id), page)
    return envelopes.page(found, lambda comment: show(crm, comment))


def _prepare_new(_preparation: Preparation, id: int, data: CommentText) -> SafeHtml:
    return notes.clean_content(data.content)


@implements(contract.post_notes_by_id_comments, prepare=_prepare_new)
def post_notes_by_id_comments(crm: UnitOfWork, content: SafeHtml, id: int, data: CommentText) -> Item[contract.Comment]:
    return envelopes.item(show(crm, note_comments.create(crm, id, content)))


@implements(contract.get_notes_by_id_comments_by_comment_id)
def get_notes_by_id_comments_by_comment_id(crm: UnitOfWork, id: int, comment_id: str) -> Item[contract.Comment]:
    return envelopes.item(show(crm, note_comments.get(crm, id, comment_id)))


def _prepare_changes(_preparation: Preparation, id: int, comment_id: str, data: CommentText) -> SafeHtml:
    return notes.clean_content(data.content)


@implements(contract.put_notes_by_id_comments_by_comment_id, prepare=_prepare_changes)
def put_notes_by_id_comments_by_comment_id(
    crm: UnitOfWork, content: SafeHtml, id: int, comment_id: str, data: CommentText
) -> Item[contract.Comment]:
    return envelopes.item(show(crm, note_comments.update(crm, id, comment_id, content)))


@implements(contract.delete_notes_by_id_comments_by_comment_id)
def delete_notes_by_id_comments_by_comment_id(crm: UnitOfWork, id: int, comment_id: str) -> Item[bool]:
    note_comments.delete(crm, id, comment_id)
    return envelopes.item(True)
