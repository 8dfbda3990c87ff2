"""Comments on notes. Users who see a note may read and add comments; only their author and admins may change them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from dealwright.crm.correspondence import mentions
from dealwright.crm.correspondence.model import COMMENT_COPIES, NOTE, NoteComment
from dealwright.crm.errors import Forbidden, NotFound
from dealwright.crm.kernel import changes, records
from dealwright.crm.kernel.record_types import RecordAction, preload_type
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.html import SafeHtml
from dealwright.storage.tables import note_comments

preload_type(NoteComment)


def for_note(crm: UnitOfWork, note_id: int) -> list[NoteComment]:
    """Returns the comments on a note, oldest first. Raises `NotFound` when there is no such note."""
    records.get(crm, NOTE, note_id)
    return _select(crm, note_comments.c.note_id == note_id)


def get(crm: UnitOfWork, note_id: int, id: str) -> NoteComment:
    """Returns a comment on a note. Raises `NotFound`."""
    records.get(crm, NOTE, note_id)
    found = _select(crm, note_comments.c.note_id == note_id, note_comments.c.uuid == id.lower())
    if not found:
        raise NotFound("Comment not found")
    return found[0]


def in_bulk(crm: UnitOfWork, uuids: Sequence[str]) -> dict[str, NoteComment]:
    """Returns comments by their ids, without an access check."""
    return {comment.uuid: comment for comment in _select(crm, note_comments.c.uuid.in_(uuids))} if uuids else {}


def create(crm: UnitOfWork, note_id: int, content: SafeHtml) -> NoteComment:
    """Adds a comment to a note. Raises `NotFound`."""
    note = records.get(crm, NOTE, note_id)
    id = str(uuid.uuid4())
    crm.db.insert_later(
        note_comments,
        {
            "uuid": id,
            "note_id": note_id,
            "content": content,
            "user_id": crm.actor.id,
            "updater_id": crm.actor.id,
            "add_time": crm.now_ms,
            "update_time": crm.now_ms,
            **{name: getattr(note, name) for name in COMMENT_COPIES.columns},
        },
    )
    changes.log_change(crm, "noteComment", note_id, "create", [(id, None, content)])
    mentions.notify(crm, note, "", content, comment=id)
    return get(crm, note_id, id)


def update(crm: UnitOfWork, note_id: int, id: str, content: SafeHtml) -> NoteComment:
    """Changes the content of a comment. Raises `NotFound` and `Forbidden`."""
    comment = get(crm, note_id, id)
    _require_editable(crm, comment)
    _update(crm, comment, content=content)
    if content != comment.content:
        changes.log_change(crm, "noteComment", note_id, "update", [(comment.uuid, comment.content, content)])
        note = records.get(crm, NOTE, note_id)
        mentions.notify(crm, note, comment.content, content, comment=comment.uuid)
    return get(crm, note_id, comment.uuid)


def delete(crm: UnitOfWork, note_id: int, id: str) -> None:
    """Deletes a comment. Raises `NotFound` and `Forbidden`."""
    comment = get(crm, note_id, id)
    _require_editable(crm, comment)
    _update(crm, comment, is_deleted=True)
    changes.log_change(crm, "noteComment", note_id, "delete", [(comment.uuid, comment.content, None)])


def find_content(crm: UnitOfWork, note_id: int, id: str) -> str | None:
    """Returns the content of a comment; None for a deleted one. Raises `NotFound` when it was removed for good."""
    comment = _find(crm, note_id, id)
    return None if comment.is_deleted else comment.content


def write_back(crm: UnitOfWork, note_id: int, id: str, content: str | None) -> None:
    """Gives a comment the content that it had, None for a deleted one. Raises `NotFound` and `Forbidden`."""
    comment = _find(crm, note_id, id)
    _require_editable(crm, comment)
    before = None if comment.is_deleted else comment.content
    if content is None:
        _update(crm, comment, is_deleted=True)
    else:
        _update(crm, comment, is_deleted=False, content=content)
    action: RecordAction = "delete" if content is None else "restore" if before is None else "update"
    changes.log_change(crm, "noteComment", note_id, action, [(id, before, content)])


def _find(crm: UnitOfWork, note_id: int, id: str) -> NoteComment:
    """Returns a comment, deleted or not. Raises `NotFound`."""
    records.get(crm, NOTE, note_id, deleted=True)
    columns = note_comments.c
    rows = crm.db.rows(sa.select(note_comments).where(columns.note_id == note_id, columns.uuid == id))
    if not rows:
        raise NotFound("Comment not found")
    return msgspec.convert(rows[0], NoteComment, strict=False)


def _require_editable(crm: UnitOfWork, comment: NoteComment) -> None:
    if comment.user_id != crm.actor.id and not crm.actor.is_admin():
        raise Forbidden()


def _update(crm: UnitOfWork, comment: NoteComment, **values: object) -> None:
    crm.db.execute(
        sa.update(note_comments)
        .where(note_comments.c.uuid == comment.uuid)
        .values({**values, "updater_id": crm.actor.id, "update_time": crm.now_ms})
    )


def _select(crm: UnitOfWork, *criteria: sa.ColumnElement[bool]) -> list[NoteComment]:
    statement = (
        sa.select(note_comments)
        .where(note_comments.c.is_deleted == sa.false(), *criteria)
        .order_by(note_comments.c.add_time, note_comments.c.uuid)
    )
    # Not strict, because SQLite's booleans are 0 and 1.
    return msgspec.convert(crm.db.rows(statement), list[NoteComment], strict=False)
