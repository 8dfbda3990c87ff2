"""Finds the values of one field. Here upper and lower case differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Literal, NamedTuple

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import searching
from dealwright.crm.fields.types.kind import text
from dealwright.crm.kinds import Object
from dealwright.crm.search import finding, hits, places, terms
from dealwright.crm.search.places import OF_KIND, Place
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads

Match = Literal["exact", "beginning", "middle"]

_MATCHES: Mapping[Match, Callable[[str, str], bool]] = {
    "exact": lambda value, term: value == term,
    "beginning": lambda value, term: value.startswith(term),
    "middle": lambda value, term: term in value,
}


class FoundValue(NamedTuple):
    """A value that fits, and the record that has it."""

    record: Any
    value: int | float | str


def find(crm: Crm, object: str | None, field: str, given: str, match: Match, *, path: str) -> Iterator[FoundValue]:
    """The values of a field of a kind of record that fit, those of the newest records first; none of kinds that there are not.

    Raises `Invalid` for a term that is too short, and for a field, which the caller names in ``path``, that is not searched.
    """
    piece = terms.part(given, match)
    kind = finding.KINDS.get(object)  # type: ignore[call-overload]
    if kind is None:
        return iter(())
    place, values = _source(crm, kind.object, field, path)
    return _found(crm, place, values, piece, lambda text: _MATCHES[match](text, given.strip()))


def distinct(found: Iterable[FoundValue]) -> Iterator[FoundValue]:
    """Every value once, with the first record that has it."""
    known: set[Json] = set()
    for one in found:
        if one.value not in known:
            known.add(one.value)
            yield one


def _found(
    crm: Crm, place: Place, values: Callable[[Any], Iterable[Json]], piece: str, fits: Callable[[str], bool]
) -> Iterator[FoundValue]:
    for window in hits.holding(crm, [piece], [place]):
        ids = [places.at(number)[1] for number, _ in window]
        records = finding.read(crm, place.kind, ids)
        for record in (records[id] for id in ids if id in records):
            for value in values(record):
                if isinstance(value, int | float | str) and fits(text(value) or ""):
                    yield FoundValue(record, value)


def _source(crm: Crm, object: Object, field: str, path: str) -> tuple[Place, Callable[[Any], Iterable[Json]]]:
    """Where the values of a field are searched, and how to get them from a record."""
    for place in OF_KIND[object]:
        if place.column == "custom_fields":
            if field in searching.types(crm.settings, object):
                return place, lambda record: _single(loads(record.custom_fields).get(field))
        elif field in (place.field, place.column):
            return place, partial(_of_column, place)
    raise Invalid("is no field whose values are searched", path)


def _of_column(place: Place, record: Any) -> Iterable[Json]:
    value: Json = getattr(record, place.column)
    if place.column in place.kind.json_columns and isinstance(value, str):
        value = loads(value)
    members = value if isinstance(value, list) else [value]
    return [one for member in members for one in _single(member)]


def _single(value: Json) -> list[Json]:
    """A value, or the main part of one that has parts; nothing for none."""
    found = value.get("value") if isinstance(value, dict) else value
    return [] if found is None else [found]
