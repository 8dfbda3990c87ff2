"""Finds records by their texts: the best first, and among equally good ones the newest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.contacts.model import PERSON
from dealwright.crm.fields import search_texts
from dealwright.crm.kernel import access
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.pages import OffsetPage
from dealwright.crm.kernel.record_types import RecordType, RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.search import hits, indexed_columns, note_hits, terms
from dealwright.crm.search.hits import Hit
from dealwright.crm.search.indexed_columns import COLUMNS_BY_TYPE, NOTES_COLUMN
from dealwright.crm.search.terms import Term
from dealwright.crm.values import html
from dealwright.crm.values.formats import loads
from dealwright.storage import search_index

MAX_RELATED = 2000
"""The maximum number of records of one person or organization that are searched."""

_BATCH_SIZE = 500
_MIN_BATCH_SIZE = 50

RECORD_TYPES: Mapping[RecordTypeName, RecordType[Any]] = {
    place.kind.object: place.kind for place in indexed_columns.INDEXED_COLUMNS if place is not NOTES_COLUMN
}
"""The record types that can be found."""

SEARCHABLE_FIELDS: Mapping[RecordTypeName, frozenset[str]] = {
    object: frozenset(place.field for place in COLUMNS_BY_TYPE[object])
    | ({"notes"} if object in note_hits.LINK_COLUMNS else set())
    for object in RECORD_TYPES
}
"""The fields that can be searched, by record type."""


class Search(NamedTuple):
    """A term, and the fields to search by record type.

    In searches in one record type, ``criteria`` are further criteria for the records, and ``candidate_ids`` the ids of
    the only records to search. ``restrictions`` are criteria for the records of some types in any search.
    """

    term: Term
    fields: Mapping[RecordTypeName, frozenset[str]]
    criteria: Criteria = ()
    candidate_ids: Sequence[int] | None = None
    restrictions: Mapping[RecordTypeName, Criteria] = MappingProxyType({})


class ScoredRecord(NamedTuple):
    """A record that was found; ``custom_fields`` and ``notes`` are those of its texts that match."""

    kind: RecordType[Any]
    record: Any
    score: float
    custom_fields: list[str]
    notes: list[str]


_Key = tuple[RecordTypeName, int]


def build_search(
    term: str, objects: Iterable[str] | None = None, fields: Collection[str] | None = None, *, exact: bool = False
) -> Search:
    """Returns a search in these record types and fields; None means all of them.

    Raises `Invalid` for a term that is too short.
    """
    fields_by_type = {
        object: those for object, those in SEARCHABLE_FIELDS.items() if objects is None or object in objects
    }
    if fields is not None:
        fields_by_type = {object: those.intersection(fields) for object, those in fields_by_type.items()}
    return Search(
        terms.parse_term(term, exact=exact), {object: those for object, those in fields_by_type.items() if those}
    )


def build_search_in(
    crm: UnitOfWork,
    kind: RecordType[Any],
    term: str,
    fields: Collection[str] | None,
    *,
    exact: bool,
    links: Mapping[str, int | None] | None = None,
    status: str | None = None,
) -> Search:
    """Returns a search in one record type, limited to the person and the organization in ``links``, by column.

    Raises `Invalid` for a term that is too short.
    """
    columns = kind.table.c
    found = build_search(term, [kind.object], fields, exact=exact)
    if status is not None:
        found = found._replace(criteria=[columns.status == status])
    linked = [columns[name] == id for name, id in (links or {}).items() if id is not None]
    return narrow(crm, kind, found, linked) if linked else found


def narrow(crm: UnitOfWork, kind: RecordType[Any], search: Search, criteria: Criteria) -> Search:
    """Returns a search in one record type that is limited to the newest records that meet ``criteria``."""
    id = kind.table.c.id
    newest = sa.select(id).where(*criteria, *findable_criteria(crm, kind)).order_by(id.desc())
    return search._replace(candidate_ids=crm.db.values(newest.limit(MAX_RELATED)))


def run_search(crm: UnitOfWork, search: Search, start: int, size: int) -> OffsetPage[ScoredRecord]:
    """Returns ``size`` records that match, from offset ``start`` on."""
    found: dict[_Key, tuple[Hit, Any]] = {}
    batch_size = max(start + size + 1, _MIN_BATCH_SIZE)
    for batch in _hit_batches(crm, search):
        offset = 0
        while offset < len(batch) and len(found) <= start + size:
            for key, hit, record in _records_of_hits(crm, search, batch[offset : offset + batch_size], found):
                found.setdefault(key, (hit, record))
            # When few of the records may be found, the steps get larger.
            offset, batch_size = offset + batch_size, batch_size * 2
        if len(found) > start + size:
            break
    shown = dict(list(found.items())[start : start + size])
    of_notes = {
        object: note_hits.matching_texts(crm, search.term, object, [id for other, id in shown if other == object])
        for object, looked_in in search.fields.items()
        if object in note_hits.LINK_COLUMNS and "notes" in looked_in
    }
    items = [
        ScoredRecord(
            RECORD_TYPES[object],
            record,
            hit.score,
            _matching_custom_fields(crm, search, object, record),
            _matching_own_notes(search, object, record) + of_notes.get(object, {}).get(id, []),
        )
        for (object, id), (hit, record) in shown.items()
    ]
    return OffsetPage(items, start, size, len(found) > start + size)


def findable_criteria(crm: UnitOfWork, kind: RecordType[Any]) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria for records that can be found: not deleted, and visible to the actor."""
    criterion = access.visible(crm, kind)
    live = kind.table.c.is_deleted == sa.false()
    return [live] if criterion is None else [live, criterion]


def findable_in_bulk(
    crm: UnitOfWork, kind: RecordType[Any], ids: Collection[int], criteria: Criteria = ()
) -> dict[int, Any]:
    """Returns the records with these ids that can be found and meet ``criteria``, by id."""
    base = kind.select_without_counts if "custom_fields" in kind.table.c else sa.select(kind.table)
    base = base.where(*findable_criteria(crm, kind), *criteria)
    wanted = sorted(ids)
    found: dict[int, Any] = {}
    for start in range(0, len(wanted), _BATCH_SIZE):
        rows = crm.db.rows(base.where(kind.table.c.id.in_(wanted[start : start + _BATCH_SIZE])))
        found |= {record.id: record for record in kind.to_records(rows)}
    return found


def _hit_batches(crm: UnitOfWork, search: Search) -> Iterator[list[Hit]]:
    wanted = [
        place for object, those in search.fields.items() for place in COLUMNS_BY_TYPE[object] if place.field in those
    ]
    with_notes = _types_with_notes(search)
    if search.candidate_ids is None:
        return hits.search_columns(crm, search.term, [*wanted, NOTES_COLUMN] if with_notes else wanted)
    numbers = [place.document_id(id) for place in wanted for id in search.candidate_ids]
    for object in with_notes:
        numbers += note_hits.document_ids(crm, object, search.candidate_ids)
    return iter([hits.rank(search.term, search_index.get_many(crm.db, numbers))])


def _records_of_hits(
    crm: UnitOfWork, search: Search, batch: Sequence[Hit], known: Collection[_Key]
) -> Iterator[tuple[_Key, Hit, Any]]:
    """Yields the records behind hits, in the order of the hits, if they can be found and are not ``known`` yet."""
    note_ids = [hit.id for hit in batch if hit.column is NOTES_COLUMN]
    of_notes = note_hits.linked_records(crm, note_ids, _types_with_notes(search)) if note_ids else {}
    targets: list[tuple[Hit, _Key]] = []
    for hit in batch:
        keys = of_notes.get(hit.id, []) if hit.column is NOTES_COLUMN else [(hit.column.kind.object, hit.id)]
        targets += [(hit, key) for key in keys if key not in known]
    records = {
        object: findable_in_bulk(
            crm,
            RECORD_TYPES[object],
            {id for _, (other, id) in targets if other == object},
            [*search.criteria, *search.restrictions.get(object, ())],
        )
        for object in {object for _, (object, _) in targets}
    }
    for hit, (object, id) in targets:
        record = records[object].get(id)
        # The index still has the texts of deleted custom fields.
        if record and (hit.column.field != "custom_fields" or _matching_custom_fields(crm, search, object, record)):
            yield (object, id), hit, record


def _types_with_notes(search: Search) -> list[RecordTypeName]:
    """Returns the record types whose notes are searched."""
    return [object for object, those in search.fields.items() if object in note_hits.LINK_COLUMNS and "notes" in those]


def _matching_custom_fields(crm: UnitOfWork, search: Search, object: RecordTypeName, record: Any) -> list[str]:
    """Returns the texts in the custom fields of a record that match."""
    if "custom_fields" not in search.fields[object]:
        return []
    texts = search_texts.searchable_texts(crm.company_data, object, loads(record.custom_fields))
    return [text for text in texts.values() if search.term.matches(text)]


def _matching_own_notes(search: Search, object: RecordTypeName, record: Any) -> list[str]:
    """Returns the text of a person's own field for notes, if it matches."""
    if object != PERSON.object or "notes" not in search.fields[object] or not record.notes:
        return []
    text = html.to_text(record.notes)
    return [text] if search.term.matches(text) else []
