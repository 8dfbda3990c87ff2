"""Reads the ``sort`` parameter of v1 lists: ``field ASC, other_field DESC``."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from typing import TypeVar

import sqlalchemy as sa

from dealwright.crm.errors import Invalid
from dealwright.crm.kernel.record_types import Record, RecordType

R = TypeVar("R", bound=Record)

DIRECTIONS = ("asc", "desc")


def parse_sort(
    kind: RecordType[R],
    sort: str | None,
    names: Mapping[str, str] | None = None,
    *,
    sortable: Collection[str] | None = None,
) -> tuple[sa.ColumnElement[object], ...]:
    """Returns the terms to order a list by; none when ``sort`` is empty.

    ``names`` maps names of the wire to columns where they differ; ``sortable`` are the columns to sort by, by default
    all. Ascending, records without a value come first; texts are compared without regard to case. Raises `Invalid` for
    any other column, and for a direction other than ASC and DESC.
    """
    if not sort:
        return ()
    return _terms(kind, sort, tuple((names or {}).items()), None if sortable is None else tuple(sortable))


@functools.lru_cache(maxsize=1000)
def _terms(
    kind: RecordType[R], sort: str, names: tuple[tuple[str, str], ...], sortable: tuple[str, ...] | None
) -> tuple[sa.ColumnElement[object], ...]:
    # Pages are cached by these terms, so the same text must give the same ones.
    columns = kind.table.c.keys() if sortable is None else sortable
    return tuple(_term(kind, part.split(), dict(names), columns) for part in sort.split(",") if part.strip())


def _term(
    kind: RecordType[R], words: list[str], names: Mapping[str, str], columns: Collection[str]
) -> sa.ColumnElement[object]:
    field, direction = words[0], (words[1].lower() if len(words) > 1 else "asc")
    name = names.get(field, field)
    if name not in columns:
        raise Invalid(f"'{field}' is not a field to sort by", "sort")
    if direction not in DIRECTIONS or len(words) > 2:
        raise Invalid(f"'{' '.join(words)}' is not a field with ASC or DESC", "sort")
    column = kind.table.c[name]
    value = sa.func.lower(column) if name in kind.text_columns else column
    # Explicit, because the two databases differ in where they put nulls.
    return value.desc().nulls_last() if direction == "desc" else value.asc().nulls_first()
