"""Notes in searches: they are found as the records that they lie on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from dealwright.crm import markup
from dealwright.crm.kinds import Object
from dealwright.crm.search.places import NOTES
from dealwright.crm.search.terms import Term
from dealwright.crm.unit import Crm
from dealwright.storage import search_index
from dealwright.storage.tables import leads, notes, search_texts

COLUMNS: Mapping[Object, sa.Column[Any]] = {
    "deal": notes.c.deal_id,
    "person": notes.c.person_id,
    "organization": notes.c.org_id,
    "lead": notes.c.lead_id,
}
"""The kinds of records whose notes are searched, and the column of notes that says on which they lie."""

_AT_ONCE = 500


def records_of(crm: Crm, note_ids: Sequence[int], objects: Iterable[Object]) -> dict[int, list[tuple[Object, int]]]:
    """The records of some kinds that notes lie on."""
    found: dict[int, list[tuple[Object, int]]] = {}
    for start in range(0, len(note_ids), _AT_ONCE):
        for object in objects:
            link = leads.c.id if object == "lead" else COLUMNS[object]
            statement = sa.select(notes.c.id, link).where(
                notes.c.id.in_(note_ids[start : start + _AT_ONCE]), link.is_not(None)
            )
            if object == "lead":
                statement = statement.join(leads, leads.c.uuid == notes.c.lead_id)
            for note_id, id in crm.db.rows(statement):
                found.setdefault(note_id, []).append((object, id))
    return found


def numbers(crm: Crm, object: Object, ids: Collection[int]) -> list[int]:
    """The numbers that the notes on some records have in the index."""
    return [
        NOTES.number_of(id)
        for some in _portions(ids)
        for id in crm.db.values(sa.select(notes.c.id).where(_on(object, some), notes.c.is_deleted == sa.false()))
    ]


def fitting(crm: Crm, term: Term, object: Object, ids: Collection[int]) -> dict[int, list[str]]:
    """The notes on some records that fit a term, by the record: what they say, the oldest first."""
    found: dict[int, list[str]] = {}
    id = leads.c.id if object == "lead" else COLUMNS[object]
    for some in _portions(ids):
        statement = (
            sa.select(id, notes.c.content)
            .join(search_texts, search_texts.c.id == notes.c.id + NOTES.number_of(0))
            .where(_on(object, some), search_index.holding(crm.db, term.pieces))
            .order_by(notes.c.id)
        )
        if object == "lead":
            statement = statement.join(leads, leads.c.uuid == notes.c.lead_id)
        for record_id, content in crm.db.rows(statement):
            text = markup.text(content)
            if term.fits(text):
                found.setdefault(record_id, []).append(text)
    return found


def _on(object: Object, ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """The criterion of the notes on some records."""
    if object == "lead":
        return notes.c.lead_id.in_(sa.select(leads.c.uuid).where(leads.c.id.in_(ids)))
    return COLUMNS[object].in_(ids)


def _portions(ids: Collection[int]) -> Iterable[list[int]]:
    wanted = sorted(ids)
    return (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE))
