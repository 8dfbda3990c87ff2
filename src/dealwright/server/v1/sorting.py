"""Reads the ``sort`` parameter of v1 lists: ``field ASC, other_field DESC``."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from typing import TypeVar

import sqlalchemy as sa

from dealwright.crm.errors import Invalid
from dealwright.crm.kinds import Kind, Record

R = TypeVar("R", bound=Record)

DIRECTIONS = ("asc", "desc")


def order_of(
    kind: Kind[R],
    sort: str | None,
    names: Mapping[str, str] | None = None,
    *,
    only: Collection[str] | None = None,
) -> tuple[sa.ColumnElement[object], ...]:
    """The order that a list is asked for; empty for none.

    ``names`` maps names of the wire to columns where they differ; ``only`` are the columns to sort by where not all are.
    Records without a value come before all others, texts are compared without regard to case. Raises `Invalid` for what
    cannot be sorted by.
    """
    if not sort:
        return ()
    return _terms(kind, sort, tuple((names or {}).items()), None if only is None else tuple(only))


@functools.lru_cache(maxsize=1000)
def _terms(
    kind: Kind[R], sort: str, names: tuple[tuple[str, str], ...], only: tuple[str, ...] | None
) -> tuple[sa.ColumnElement[object], ...]:
    # The same terms for the same text: pages are remembered under them.
    columns = kind.table.c.keys() if only is None else only
    return tuple(_term(kind, part.split(), dict(names), columns) for part in sort.split(",") if part.strip())


def _term(
    kind: Kind[R], words: list[str], names: Mapping[str, str], columns: Collection[str]
) -> sa.ColumnElement[object]:
    field, direction = words[0], (words[1].lower() if len(words) > 1 else "asc")
    name = names.get(field, field)
    if name not in columns:
        raise Invalid(f"'{field}' is not a field to sort by", "sort")
    if direction not in DIRECTIONS or len(words) > 2:
        raise Invalid(f"'{' '.join(words)}' is not a field with ASC or DESC", "sort")
    column = kind.table.c[name]
    value = sa.func.lower(column) if name in kind.text_columns else column
    # Said for both databases alike, which otherwise differ in where nulls go.
    return value.desc().nulls_last() if direction == "desc" else value.asc().nulls_first()
