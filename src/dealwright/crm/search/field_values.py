"""Finds the values of one field. These searches are case-sensitive."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Literal, NamedTuple

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import search_texts
from dealwright.crm.fields.types.field_type import to_text
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.search import hits, indexed_columns, query, terms
from dealwright.crm.search.indexed_columns import COLUMNS_BY_TYPE, IndexedColumn
from dealwright.crm.values.formats import loads

Match = Literal["exact", "beginning", "middle"]

_MATCHERS: Mapping[Match, Callable[[str, str], bool]] = {
    "exact": lambda value, term: value == term,
    "beginning": lambda value, term: value.startswith(term),
    "middle": lambda value, term: term in value,
}


class FoundValue(NamedTuple):
    """A matching value, and the record that has it."""

    record: Any
    value: int | float | str


def find(
    crm: UnitOfWork, object: str | None, field: str, term: str, match: Match, *, path: str
) -> Iterator[FoundValue]:
    """Returns the matching values of a field of a record type one by one, those of the newest records first.

    An unknown record type has no values. Raises `Invalid` for a term that is too short, and for a field that is not
    searched; ``path`` is the name of the parameter with the field.
    """
    piece = terms.required_piece(term, match)
    kind = query.RECORD_TYPES.get(object)  # type: ignore[call-overload]
    if kind is None:
        return iter(())
    column, values = _source(crm, kind.object, field, path)
    return _find_values(crm, column, values, piece, lambda text: _MATCHERS[match](text, term.strip()))


def distinct(found: Iterable[FoundValue]) -> Iterator[FoundValue]:
    """Yields every value once, with the first record that has it."""
    known: set[Json] = set()
    for one in found:
        if one.value not in known:
            known.add(one.value)
            yield one


def _find_values(
    crm: UnitOfWork,
    column: IndexedColumn,
    values: Callable[[Any], Iterable[Json]],
    piece: str,
    matches: Callable[[str], bool],
) -> Iterator[FoundValue]:
    for window in hits.find_containing(crm, [piece], [column]):
        ids = [indexed_columns.from_document_id(number)[1] for number, _ in window]
        records = query.findable_in_bulk(crm, column.kind, ids)
        for record in (records[id] for id in ids if id in records):
            for value in values(record):
                if isinstance(value, int | float | str) and matches(to_text(value) or ""):
                    yield FoundValue(record, value)


def _source(
    crm: UnitOfWork, object: RecordTypeName, field: str, path: str
) -> tuple[IndexedColumn, Callable[[Any], Iterable[Json]]]:
    """Returns the indexed column with the values of a field, and a function that gets them from a record.

    Raises `Invalid` for a field that is not searched.
    """
    for column in COLUMNS_BY_TYPE[object]:
        if column.name == "custom_fields":
            if field in search_texts.searchable_types(crm.company_data, object):
                return column, lambda record: _main_values(loads(record.custom_fields).get(field))
        elif field in (column.field, column.name):
            return column, partial(_column_values, column)
    raise Invalid("is no field whose values are searched", path)


def _column_values(column: IndexedColumn, record: Any) -> Iterable[Json]:
    value: Json = getattr(record, column.name)
    if column.name in column.kind.json_columns and isinstance(value, str):
        value = loads(value)
    members = value if isinstance(value, list) else [value]
    return [one for member in members for one in _main_values(member)]


def _main_values(value: Json) -> list[Json]:
    """Returns a value as a list, or the main part of a value that has parts; an empty list for None."""
    found = value.get("value") if isinstance(value, dict) else value
    return [] if found is None else [found]
