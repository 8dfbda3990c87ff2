"""Comments on notes. Whoever sees a note sees and writes comments on it; only their author and admins change them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from dealwright.crm import notes, records
from dealwright.crm.errors import Forbidden, NotFound
from dealwright.crm.kinds import prepare
from dealwright.crm.model.notes import NOTE, NoteComment
from dealwright.crm.unit import Crm
from dealwright.storage.tables import note_comments

prepare(NoteComment)


def of(crm: Crm, note_id: int) -> list[NoteComment]:
    """The comments on a note, oldest first. Raises `NotFound` when there is no such note."""
    records.get(crm, NOTE, note_id)
    return _read(crm, note_comments.c.note_id == note_id)


def get(crm: Crm, note_id: int, id: str) -> NoteComment:
    """One comment on a note. Raises `NotFound`."""
    records.get(crm, NOTE, note_id)
    found = _read(crm, note_comments.c.note_id == note_id, note_comments.c.uuid == id.lower())
    if not found:
        raise NotFound("Comment not found")
    return found[0]


def many(crm: Crm, uuids: Sequence[str]) -> dict[str, NoteComment]:
    """Comments by their ids, on whatever notes."""
    return {comment.uuid: comment for comment in _read(crm, note_comments.c.uuid.in_(uuids))} if uuids else {}


def create(crm: Crm, note_id: int, content: str) -> NoteComment:
    """Adds a comment to a note."""
    records.get(crm, NOTE, note_id)
    id = str(uuid.uuid4())
    crm.db.insert(
        note_comments,
        {
            "uuid": id,
            "note_id": note_id,
            "content": notes.content(content),
            "user_id": crm.actor.id,
            "updater_id": crm.actor.id,
            "add_time": crm.now3,
            "update_time": crm.now3,
        },
    )
    return get(crm, note_id, id)


def update(crm: Crm, note_id: int, id: str, content: str) -> NoteComment:
    """Changes what a comment says."""
    comment = _editable(crm, note_id, id)
    _write(crm, comment, content=notes.content(content))
    return get(crm, note_id, comment.uuid)


def delete(crm: Crm, note_id: int, id: str) -> None:
    """Deletes a comment."""
    _write(crm, _editable(crm, note_id, id), is_deleted=True)


def _editable(crm: Crm, note_id: int, id: str) -> NoteComment:
    comment = get(crm, note_id, id)
    if comment.user_id != crm.actor.id and not crm.actor.is_admin():
        raise Forbidden()
    return comment


def _write(crm: Crm, comment: NoteComment, **values: object) -> None:
    crm.db.execute(
        sa.update(note_comments)
        .where(note_comments.c.uuid == comment.uuid)
        .values({**values, "updater_id": crm.actor.id, "update_time": crm.now3})
    )


def _read(crm: Crm, *criteria: sa.ColumnElement[bool]) -> list[NoteComment]:
    statement = (
        sa.select(note_comments)
        .where(note_comments.c.is_deleted == sa.false(), *criteria)
        .order_by(note_comments.c.add_time, note_comments.c.uuid)
    )
    # Lax, because SQLite's flags are 0 and 1.
    return msgspec.convert(crm.db.rows(statement), list[NoteComment], strict=False)
