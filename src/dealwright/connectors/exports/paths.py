"""Columns of any answer by the names of members: ``title``, ``org_id.name`` in an object, a custom field by its key or, where names are answered, by its name.

``org.name`` also stands for the name of what ``org_id`` is the id of, as the columns of exports have it.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dealwright.connectors.errors import BadCall
from dealwright.connectors.exports import columns as columns_of
from dealwright.connectors.exports import table
from dealwright.connectors.exports.columns import Column
from dealwright.connectors.readable import Names
from dealwright.contract import references
from dealwright.contract.catalogue import Entry
from dealwright.contract.errors import nearest

CHUNK = 100
"""How many records are looked at before the first is given on, and are asked the names of at once: a page of most lists."""

MAX_DEPTH = 8
"""How deep objects in objects are taken apart; what lies deeper stays whole."""

Record = Mapping[str, Any]


def flattened(record: Record) -> dict[str, Any]:
    """Returns a record with the members of objects beside its own (``org_id.name``); those of ``custom_fields`` by their own names, if these are free."""
    return dict(_members(record, record, MAX_DEPTH))


def _members(whole: Record, part: Record, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in part.items():
        if not isinstance(value, Mapping) or not value or depth == 0:
            yield key, value
            continue
        is_own = key == "custom_fields" and part is whole
        for name, inner in _members(whole, value, depth - 1):
            yield (name if is_own and name not in whole else f"{key}.{name}"), inner


def parse(wanted: Iterable[str]) -> list[str]:
    """Returns the names in texts in which several stand, comma-separated, each once; those with commas are in quotes."""
    found = [name.strip() for text in wanted for name in next(csv.reader([text], skipinitialspace=True), [])]
    return list(dict.fromkeys(name for name in found if name))


def select(
    entry: Entry, wanted: Sequence[str], records: Iterable[Record], finder: Names, *, must_exist: bool
) -> Iterator[dict[str, Any]]:
    """Yields of each record the columns that are asked for, as they come. ``finder`` looks up the names that ids stand for.

    Raises `BadCall` for a column that none of the first records has, if it ``must_exist``; else it is empty.
    """
    remaining = iter(records)
    chosen: list[Column] | None = None
    while chunk := [{**flattened(one), **one} for one in itertools.islice(remaining, CHUNK)]:
        if chosen is None:
            chosen = [_column(entry, name, chunk, must_exist=must_exist) for name in wanted]
        for row in table.values(chosen, chunk, finder):
            yield dict(zip(wanted, row, strict=True))


def _column(entry: Entry, name: str, records: Sequence[Record], *, must_exist: bool) -> Column:
    column = Column(name, name, name, "text")
    present = dict.fromkeys(member for record in records for member in record)
    if name in present:
        return column
    member, _, part = name.partition(".")
    if member in columns_of.LABELS and member in present and part in columns_of.LABELS[member]:
        return column._replace(member=member, part=part)
    reference = references.find(entry.path, f"{member}_id") if part == "name" else None
    if reference is not None and f"{member}_id" in present:
        return column._replace(member=f"{member}_id", reference=reference)
    if must_exist:
        suggestion = nearest(name, present)
        hint = f"; did you mean '{suggestion}'?" if suggestion else "."
        raise BadCall(f"{entry.qualified_name} answers no '{name}'{hint} There are: {', '.join(present)}")
    return column
