"""Keeps the index of texts as the records are: `crm.records` calls it with every change, in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.kinds import Kind, Record
from dealwright.crm.search.places import OF_KIND, Place
from dealwright.crm.search.terms import folded
from dealwright.crm.settings import Settings
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads
from dealwright.storage import search_index
from dealwright.storage.engines import Transaction

_AT_ONCE = 10_000


def added(crm: Crm, kind: Kind[Any], id: int, values: Values) -> None:
    """A record was added with some values."""
    texts: dict[int, str | None] = {
        place.number_of(id): text
        for place in OF_KIND.get(kind.object, ())
        if (text := _text(crm.settings, place, values.get(place.column)))
    }
    if texts:
        search_index.put(crm.db, texts)


def changed(crm: Crm, kind: Kind[Any], id: int, record: Record, columns: Collection[str]) -> None:
    """Some columns of a record were changed; ``record`` is how it is now."""
    places = OF_KIND.get(kind.object, ())
    is_deleted: bool = getattr(record, "is_deleted", False)
    if "is_deleted" not in columns:
        # What is deleted is in the index no more.
        places = () if is_deleted else [place for place in places if place.column in columns]
    if places:
        texts = {
            place.number_of(id): None if is_deleted else _text(crm.settings, place, _value(kind, record, place.column))
            for place in places
        }
        search_index.put(crm.db, texts)


def index_all(db: Transaction, settings: Settings) -> None:
    """Makes the index anew from all records: for those that did not come through `crm.records`."""
    search_index.replace_all(db, _portions(db, settings))


def _portions(db: Transaction, settings: Settings) -> Iterator[list[tuple[int, str]]]:
    for places in OF_KIND.values():
        columns = places[0].kind.table.c
        last = 0
        while rows := db.rows(
            sa.select(columns.id, *(columns[place.column] for place in places))
            .where(columns.id > last, columns.is_deleted == sa.false())
            .order_by(columns.id)
            .limit(_AT_ONCE)
        ):
            last = rows[-1][0]
            yield _texts(settings, places, rows)


def _texts(settings: Settings, places: Sequence[Place], rows: Sequence[tuple[Any, ...]]) -> list[tuple[int, str]]:
    found = []
    for index, place in enumerate(places, 1):
        is_json = place.column in place.kind.json_columns
        for row in rows:
            value = loads(row[index]) if is_json else row[index]
            if text := _text(settings, place, value):
                found.append((place.number_of(row[0]), text))
    return found


def _text(settings: Settings, place: Place, value: Json) -> str | None:
    """What the index holds of what a column holds; None for nothing."""
    values = [one for one in place.values(settings, value) if one] if value else []
    return folded(values) if values else None


def _value(kind: Kind[Any], record: Record, column: str) -> Json:
    value: Json = getattr(record, column)
    return loads(value) if isinstance(value, str) and column in kind.json_columns else value
