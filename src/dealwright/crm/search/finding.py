"""Finds records by what they say: the best first, and of those that are equally good the newest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm import access, markup
from dealwright.crm.criteria import Criteria
from dealwright.crm.fields import searching
from dealwright.crm.kinds import Kind, Object
from dealwright.crm.model.persons import PERSON
from dealwright.crm.pages import OffsetPage
from dealwright.crm.search import hits, noted, places, terms
from dealwright.crm.search.hits import Hit
from dealwright.crm.search.places import NOTES, OF_KIND
from dealwright.crm.search.terms import Term
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads
from dealwright.storage import search_index

MOST_RELATED = 2000
"""How many records of one person or organization are looked through."""

_AT_ONCE = 500
_FEWEST_AT_ONCE = 50

KINDS: Mapping[Object, Kind[Any]] = {place.kind.object: place.kind for place in places.PLACES if place is not NOTES}
"""The kinds of records that can be found."""

FIELDS: Mapping[Object, frozenset[str]] = {
    object: frozenset(place.field for place in OF_KIND[object]) | ({"notes"} if object in noted.COLUMNS else set())
    for object in KINDS
}
"""What can be looked in, by kind of record."""


class Search(NamedTuple):
    """What to look for, and in which fields of which kinds of records.

    ``criteria`` are what the records must meet besides, ``among`` the ids of the only ones to look through: both of a
    search in one kind.
    """

    term: Term
    fields: Mapping[Object, frozenset[str]]
    criteria: Criteria = ()
    among: Sequence[int] | None = None


class Found(NamedTuple):
    """A record that was found; ``custom_fields`` and ``notes`` are those of its texts that fit."""

    kind: Kind[Any]
    record: Any
    score: float
    custom_fields: list[str]
    notes: list[str]


_Key = tuple[Object, int]


def search(
    term: str, objects: Iterable[str] | None = None, fields: Collection[str] | None = None, *, exact: bool = False
) -> Search:
    """A search in some kinds of records, or in all, and in some of their fields, or in all. Raises `Invalid`."""
    looked_in = {object: those for object, those in FIELDS.items() if objects is None or object in objects}
    if fields is not None:
        looked_in = {object: those.intersection(fields) for object, those in looked_in.items()}
    return Search(terms.term(term, exact=exact), {object: those for object, those in looked_in.items() if those})


def search_in(
    crm: Crm,
    kind: Kind[Any],
    term: str,
    fields: Collection[str] | None,
    *,
    exact: bool,
    links: Mapping[str, int | None] | None = None,
    status: str | None = None,
) -> Search:
    """A search in one kind of record: of the person and the organization in ``links``, by column. Raises `Invalid`."""
    columns = kind.table.c
    found = search(term, [kind.object], fields, exact=exact)
    if status is not None:
        found = found._replace(criteria=[columns.status == status])
    linked = [columns[name] == id for name, id in (links or {}).items() if id is not None]
    if linked:
        newest = sa.select(columns.id).where(*linked, *findable(crm, kind)).order_by(columns.id.desc())
        found = found._replace(among=crm.db.values(newest.limit(MOST_RELATED)))
    return found


def page(crm: Crm, search: Search, start: int, size: int) -> OffsetPage[Found]:
    """What was found, from the ``start``-th."""
    found: dict[_Key, tuple[Hit, Any]] = {}
    at_once = max(start + size + 1, _FEWEST_AT_ONCE)
    for portion in _portions(crm, search):
        looked_at = 0
        while looked_at < len(portion) and len(found) <= start + size:
            for key, hit, record in _records(crm, search, portion[looked_at : looked_at + at_once], found):
                found.setdefault(key, (hit, record))
            # Where few of the records can be found, it goes on in larger steps.
            looked_at, at_once = looked_at + at_once, at_once * 2
        if len(found) > start + size:
            break
    shown = dict(list(found.items())[start : start + size])
    of_notes = {
        object: noted.fitting(crm, search.term, object, [id for other, id in shown if other == object])
        for object, looked_in in search.fields.items()
        if object in noted.COLUMNS and "notes" in looked_in
    }
    items = [
        Found(
            KINDS[object],
            record,
            hit.score,
            _custom_fields(crm, search, object, record),
            _own_notes(search, object, record) + of_notes.get(object, {}).get(id, []),
        )
        for (object, id), (hit, record) in shown.items()
    ]
    return OffsetPage(items, start, size, len(found) > start + size)


def findable(crm: Crm, kind: Kind[Any]) -> list[sa.ColumnElement[bool]]:
    """What a record must meet to be found: it is not deleted, and the actor sees it."""
    criterion = access.visible(crm, kind)
    live = kind.table.c.is_deleted == sa.false()
    return [live] if criterion is None else [live, criterion]


def read(crm: Crm, kind: Kind[Any], ids: Collection[int], criteria: Criteria = ()) -> dict[int, Any]:
    """The records of some ids that can be found and meet some criteria."""
    base = kind.plain if "custom_fields" in kind.table.c else sa.select(kind.table)
    base = base.where(*findable(crm, kind), *criteria)
    wanted = sorted(ids)
    found: dict[int, Any] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = crm.db.rows(base.where(kind.table.c.id.in_(wanted[start : start + _AT_ONCE])))
        found |= {record.id: record for record in kind.records(rows)}
    return found


def _portions(crm: Crm, search: Search) -> Iterator[list[Hit]]:
    wanted = [place for object, those in search.fields.items() for place in OF_KIND[object] if place.field in those]
    with_notes = _with_notes(search)
    if search.among is None:
        return hits.everywhere(crm, search.term, [*wanted, NOTES] if with_notes else wanted)
    numbers = [place.number_of(id) for place in wanted for id in search.among]
    for object in with_notes:
        numbers += noted.numbers(crm, object, search.among)
    return iter([hits.ranked(search.term, search_index.read(crm.db, numbers))])


def _records(
    crm: Crm, search: Search, portion: Sequence[Hit], known: Collection[_Key]
) -> Iterator[tuple[_Key, Hit, Any]]:
    """The records that hits stand for, as far as they can be found and are not known yet; in the order of the hits."""
    note_ids = [hit.id for hit in portion if hit.place is NOTES]
    of_notes = noted.records_of(crm, note_ids, _with_notes(search)) if note_ids else {}
    targets: list[tuple[Hit, _Key]] = []
    for hit in portion:
        keys = of_notes.get(hit.id, []) if hit.place is NOTES else [(hit.place.kind.object, hit.id)]
        targets += [(hit, key) for key in keys if key not in known]
    records = {
        object: read(crm, KINDS[object], {id for _, (other, id) in targets if other == object}, search.criteria)
        for object in {object for _, (object, _) in targets}
    }
    for hit, (object, id) in targets:
        record = records[object].get(id)
        # A custom field that is gone is in the index still.
        if record and (hit.place.field != "custom_fields" or _custom_fields(crm, search, object, record)):
            yield (object, id), hit, record


def _with_notes(search: Search) -> list[Object]:
    """The kinds of records whose notes are looked in."""
    return [object for object, those in search.fields.items() if object in noted.COLUMNS and "notes" in those]


def _custom_fields(crm: Crm, search: Search, object: Object, record: Any) -> list[str]:
    """The texts in the custom fields of a record that fit."""
    if "custom_fields" not in search.fields[object]:
        return []
    texts = searching.texts(crm.settings, object, loads(record.custom_fields))
    return [text for text in texts.values() if search.term.fits(text)]


def _own_notes(search: Search, object: Object, record: Any) -> list[str]:
    """What a person's own field for notes says, if that fits."""
    if object != PERSON.object or "notes" not in search.fields[object] or not record.notes:
        return []
    text = markup.text(record.notes)
    return [text] if search.term.fits(text) else []
