"""What of records is written, and in which order: columns that are asked for, objects taken apart, on a terminal what tells most first."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dealwright.cli import output
from dealwright.cli.output import Format
from dealwright.connectors.client import Client
from dealwright.contract.catalogue import Entry

_TELLING = (
    *("id", "title", "name", "subject", "content", "type", "value", "currency", "status", "done", "due_date"),
    *("pipeline_id", "stage_id", "owner_id", "user_id", "person_id", "org_id", "deal_id", "emails", "phones"),
    *("email", "phone", "expected_close_date", "probability"),
)
"""The members that tell most of a record, in the order in which a terminal shows them."""


class Layout(NamedTuple):
    """The columns that are asked for (all of them without any), and whether objects are taken apart; ``names`` says that custom fields have theirs."""

    wanted: list[str]
    flatten: bool
    names: bool

    @property
    def is_chosen(self) -> bool:
        """Whether records are written otherwise than they are answered."""
        return bool(self.wanted) or self.flatten


def arrange(client: Client, entry: Entry, rows: Iterable[Any], layout: Layout, format: Format) -> Iterable[Any]:
    """Returns the rows of an action's answer as they are to be written. Raises `BadCall` for a column that there is not."""
    if layout.wanted:
        # It looks into declarations, which takes a while.
        from dealwright.connectors.exports import paths  # noqa: PLC0415
        from dealwright.connectors.readable import Names  # noqa: PLC0415

        finder = Names(lambda action, params: client.request(action, params, names=False).body)
        # What has been written is no longer refused for the sake of a column.
        must_exist = entry.method == "GET"
        return paths.select(entry, layout.wanted, map(output.to_record, rows), finder, must_exist=must_exist)
    if layout.flatten:
        return _flattened(rows)
    if format is Format.TABLE and sys.stdout.isatty():
        return _telling_first(rows, names=layout.names)
    return rows


def _flattened(rows: Iterable[Any]) -> Iterator[dict[str, Any]]:
    from dealwright.connectors.exports import paths  # noqa: PLC0415 - looks into declarations, which takes a while

    return (paths.flattened(output.to_record(row)) for row in rows)


def _telling_first(rows: Iterable[Any], *, names: bool) -> Iterator[dict[str, Any]]:
    """Yields the rows with what tells most of them first, then custom fields that have names, and last what the first rows have nothing in."""
    remaining = iter(rows)
    first = list(itertools.islice(remaining, output.SAMPLE_ROWS))
    records = [output.to_record(row) for row in first]
    # What a search finds stands in an object beside how well it fits.
    taken_apart = names or any(isinstance(record.get("item"), dict) for record in records)
    if taken_apart:
        records = list(_flattened(first))
    own = {key for row in first for key in output.to_record(row)}
    filled = {key for record in records for key, value in record.items() if value not in (None, "", [], {})}

    def rank(key: str) -> tuple[int, int]:
        plain = key.removeprefix("item.")
        if key not in filled:
            return 3, 0
        if plain in _TELLING:
            return 0, _TELLING.index(plain)
        return (1 if names and key not in own and "." not in key else 2), 0

    order = sorted(dict.fromkeys(key for record in records for key in record), key=rank)
    later = _flattened(remaining) if taken_apart else map(output.to_record, remaining)
    for record in itertools.chain(records, later):
        yield {key: record.get(key) for key in order} | record
