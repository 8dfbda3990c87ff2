"""Exports records of one kind as a table."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from dealwright.connectors.client import Client
from dealwright.connectors.errors import BadCall
from dealwright.connectors.exports import columns as columns_of
from dealwright.connectors.exports import filters as filters_of
from dealwright.connectors.exports import kinds, targets, writers
from dealwright.connectors.exports.columns import Column
from dealwright.connectors.readable import Names

_CHUNK = 500


class Format(StrEnum):
    """The formats of tables, which are also the endings of their files."""

    CSV = "csv"
    XLSX = "xlsx"
    NDJSON = "ndjson"
    PARQUET = "parquet"


class Exported(NamedTuple):
    """What an export has come to: the number of records, and what is not in the file as it is in the CRM."""

    rows: int
    notices: tuple[str, ...] = ()


def export(
    client: Client,
    kind: str,
    to: str | Path | BinaryIO,
    *,
    format: Format | str | None = None,
    columns: Sequence[str] = (),
    filters: Sequence[str] = (),
    names: bool = False,
    keys: bool = False,
    archived: bool = False,
    keep_formulas: bool = False,
    on_count: Callable[[int], None] | None = None,
) -> Exported:
    """Writes the records of a kind, which is called as in the API's paths (``persons``), into a file or a binary stream.

    The format is that of the file's ending, if it is not given. ``columns`` are chosen by name or by the API's key, all that are always there
    without any. ``filters`` are ``NAME=VALUE`` of the list's parameters, or the name or id of a saved filter. ``names`` puts names in place
    of ids of users, stages, organizations and the like; ``keys`` heads the columns with the API's keys. ``archived`` adds archived records.
    In CSV, texts that a spreadsheet would take for formulas get an apostrophe in front unless ``keep_formulas``.
    ``on_count`` is told how many records have been written. Raises `BadCall`, and the errors of `Client.iterate`.
    """
    one = kinds.get(kind)
    chosen_format = _format(to, format)
    make_writer = writers.load(chosen_format.value, keep_formulas=keep_formulas)
    all_columns = columns_of.build(one, columns_of.read_fields(client, one))
    chosen = columns_of.choose(one, all_columns, columns)
    params = filters_of.parameters(client, one, filters)
    requested = dict.fromkeys(column.member for column in chosen if column.member in one.requestable)
    if requested:
        params["include_fields"] = ",".join(requested)
    chunks = _chunks(kinds.records(client, one, params, archived=archived))
    first = next(chunks, [])
    chosen = chosen or columns_of.choose_for(all_columns, first)
    known = {column.member for column in (*all_columns, *chosen)} | {"custom_fields", "labels"}
    finder = Names(lambda action, following: client.request(action, following).body) if names else None
    count, late = 0, dict[str, None]()
    with targets.opened(to, streams=chosen_format in (Format.CSV, Format.NDJSON)) as stream:
        writer = make_writer(stream, kind, _headed(chosen, keys=keys, names=names))
        for chunk in itertools.chain([first], chunks):
            writer.write(values(chosen, chunk, finder))
            count += len(chunk)
            if not columns:
                late.update(dict.fromkeys(member for record in chunk for member in record if member not in known))
            if on_count is not None:
                on_count(count)
        writer.close()
    notices = writer.notices()
    if late:
        notices += (f"left out, because they came after the first page: {', '.join(late)}",)
    return Exported(count, notices)


def _format(to: str | Path | BinaryIO, given: Format | str | None) -> Format:
    """Returns the format that is given, or that of the file's ending. Raises `BadCall`."""
    ending = (
        str(given)
        if given is not None
        else Path(to).suffix.removeprefix(".").lower()
        if isinstance(to, str | Path)
        else ""
    )
    if given is None and (not isinstance(to, str | Path) or str(to) == targets.STANDARD_OUTPUT):
        return Format.NDJSON
    known = {"jsonl": "ndjson"}.get(ending, ending)
    if known not in list(Format):
        raise BadCall(
            f"'{ending}' is no format of a table: give a file that ends in .{', .'.join(Format)}, or the format"
        )
    return Format(known)


def _headed(chosen: Iterable[Column], *, keys: bool, names: bool) -> list[Column]:
    """Returns the columns as they are written: headed as asked for, and as texts where names take the place of ids."""
    headed = [column._replace(name=column.key) if keys else column for column in chosen]
    return [
        column._replace(type="text") if names and column.reference and column.type == "integer" else column
        for column in headed
    ]


def _chunks(records: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(itertools.islice(records, _CHUNK)):
        yield chunk


def values(chosen: Sequence[Column], records: Sequence[Mapping[str, Any]], finder: Names | None) -> list[list[Any]]:
    """Returns the values of columns for each record; ``finder`` puts names in place of ids."""
    readers = [column.reader() for column in chosen]
    rows = []
    for record in records:
        custom = record.get("custom_fields") or {}
        rows.append([read(record, custom) for read in readers])
    if finder is not None:
        named = [(at, column.reference) for at, column in enumerate(chosen) if column.reference]
        found = finder.find(
            (reference, id) for row in rows for at, reference in named for id in _ids(row[at]) if reference is not None
        )
        for row in rows:
            for at, reference in named:
                row[at] = _named(row[at], reference, found)
    return rows


def _ids(value: Any) -> list[Any]:
    """Returns the ids in a value; 0 is none, as v1 has it."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, int | str) and one]


def _named(value: Any, reference: str | None, found: Mapping[tuple[str, Any], str]) -> Any:
    if isinstance(value, list):
        return [_named(one, reference, found) for one in value]
    if not isinstance(value, int | str):
        return value
    return found.get((str(reference), value), str(value))
