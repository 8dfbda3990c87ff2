"""Notes in searches: they are found as the records that they are attached to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.search.indexed_columns import NOTES_COLUMN
from dealwright.crm.search.terms import Term
from dealwright.crm.values import html
from dealwright.storage import search_index
from dealwright.storage.tables import leads, notes, search_texts

LINK_COLUMNS: Mapping[RecordTypeName, sa.Column[Any]] = {
    "deal": notes.c.deal_id,
    "person": notes.c.person_id,
    "organization": notes.c.org_id,
    "lead": notes.c.lead_id,
    "project": notes.c.project_id,
}
"""The record types whose notes are searched, and the column of notes that references them."""

_BATCH_SIZE = 500


def linked_records(
    crm: UnitOfWork, note_ids: Sequence[int], objects: Iterable[RecordTypeName]
) -> dict[int, list[tuple[RecordTypeName, int]]]:
    """Returns the records of these types that notes are attached to, by the id of the note."""
    found: dict[int, list[tuple[RecordTypeName, int]]] = {}
    for start in range(0, len(note_ids), _BATCH_SIZE):
        for object in objects:
            link = leads.c.id if object == "lead" else LINK_COLUMNS[object]
            statement = sa.select(notes.c.id, link).where(
                notes.c.id.in_(note_ids[start : start + _BATCH_SIZE]), link.is_not(None)
            )
            if object == "lead":
                statement = statement.join(leads, leads.c.uuid == notes.c.lead_id)
            for note_id, id in crm.db.rows(statement):
                found.setdefault(note_id, []).append((object, id))
    return found


def document_ids(crm: UnitOfWork, object: RecordTypeName, ids: Collection[int]) -> list[int]:
    """Returns the document ids of the notes on some records."""
    return [
        NOTES_COLUMN.document_id(id)
        for some in _batches(ids)
        for id in crm.db.values(
            sa.select(notes.c.id).where(_on_records(object, some), notes.c.is_deleted == sa.false())
        )
    ]


def matching_texts(crm: UnitOfWork, term: Term, object: RecordTypeName, ids: Collection[int]) -> dict[int, list[str]]:
    """Returns the texts of the notes on some records that match a term, by the id of the record, the oldest first."""
    found: dict[int, list[str]] = {}
    id = leads.c.id if object == "lead" else LINK_COLUMNS[object]
    pieces = [term.pieces, term.phone.pieces] if term.phone else [term.pieces]
    for some in _batches(ids):
        statement = (
            sa.select(id, notes.c.content)
            .join(search_texts, search_texts.c.id == notes.c.id + NOTES_COLUMN.document_id(0))
            .where(_on_records(object, some), sa.or_(*(search_index.containing(crm.db, one) for one in pieces)))
            .order_by(notes.c.id)
        )
        if object == "lead":
            statement = statement.join(leads, leads.c.uuid == notes.c.lead_id)
        for record_id, content in crm.db.rows(statement):
            text = html.to_text(content)
            if term.matches(text):
                found.setdefault(record_id, []).append(text)
    return found


def _on_records(object: RecordTypeName, ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """Returns the criterion for notes on some records."""
    if object == "lead":
        return notes.c.lead_id.in_(sa.select(leads.c.uuid).where(leads.c.id.in_(ids)))
    return LINK_COLUMNS[object].in_(ids)


def _batches(ids: Collection[int]) -> Iterable[list[int]]:
    wanted = sorted(ids)
    return (wanted[start : start + _BATCH_SIZE] for start in range(0, len(wanted), _BATCH_SIZE))
