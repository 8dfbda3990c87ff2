"""Writes the result of an action as a table, as JSON, as one JSON value per line, or as CSV."""

from __future__ import annotations

import csv
import itertools
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import IO, Any

import orjson

SAMPLE_ROWS = 200
MAX_COLUMN_WIDTH = 60
GAP = "  "

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Format(StrEnum):
    """The ways to write rows."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


def default_format() -> Format:
    """Returns a table for a terminal, else JSON."""
    return Format.TABLE if sys.stdout.isatty() else Format.JSON


def write(rows: Iterable[Any], format: Format) -> None:
    """Writes rows as they come, as far as the format allows."""
    _WRITERS[format](rows, sys.stdout)


def write_value(value: Any) -> None:
    """Writes one value as JSON."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def write_record(record: Mapping[str, Any]) -> None:
    """Writes one record as a table of names and values."""
    widest = max((_display_width(name) for name in record), default=0)
    for name, value in record.items():
        label = _bold(name) if sys.stdout.isatty() else name
        sys.stdout.write(f"{label}{' ' * (widest - _display_width(name))}{GAP}{_sanitized(value)}\n")


def _json(rows: Iterable[Any], out: IO[str]) -> None:
    before = "[\n"
    for row in rows:
        out.write(before + orjson.dumps(row).decode())
        before = ",\n"
    out.write("[]\n" if before == "[\n" else "\n]\n")


def _ndjson(rows: Iterable[Any], out: IO[str]) -> None:
    for row in rows:
        out.write(orjson.dumps(row).decode() + "\n")


def _csv(rows: Iterable[Any], out: IO[str]) -> None:
    # The columns are known after the last row only, so the rows wait in a file.
    columns: dict[str, None] = {}
    with tempfile.TemporaryFile() as spool:
        for row in rows:
            record = _record(row)
            columns.update(dict.fromkeys(record))
            spool.write(orjson.dumps(record) + b"\n")
        spool.seek(0)
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        for line in spool:
            record = orjson.loads(line)
            writer.writerow([_to_text(record.get(column)) for column in columns])


def _table(rows: Iterable[Any], out: IO[str]) -> None:
    """Writes a table. Columns and widths follow from the first rows; the others are fitted in."""
    terminal = out.isatty()
    remaining = iter(rows)
    first = [_record(row) for row in itertools.islice(remaining, SAMPLE_ROWS)]
    columns = list(dict.fromkeys(name for row in first for name in row))
    widest = MAX_COLUMN_WIDTH if terminal else sys.maxsize
    widths = [
        min(widest, max(_display_width(name), *(_display_width(_sanitized(row.get(name))) for row in first)))
        for name in columns
    ]
    visible_count = _count_fitting_columns(widths, shutil.get_terminal_size().columns) if terminal else len(columns)
    if first:
        header = _line(columns[:visible_count], widths)
        out.write((_bold(header) if terminal else header) + "\n")
    for row in itertools.chain(first, map(_record, remaining)):
        out.write(_line([_sanitized(row.get(name)) for name in columns[:visible_count]], widths) + "\n")
    if visible_count < len(columns):
        out.flush()
        sys.stderr.write(f"{len(columns) - visible_count} more columns; -o json shows all of them\n")


_WRITERS: Mapping[Format, Callable[[Iterable[Any], IO[str]], None]] = {
    Format.TABLE: _table,
    Format.JSON: _json,
    Format.NDJSON: _ndjson,
    Format.CSV: _csv,
}


def _record(row: Any) -> dict[str, Any]:
    return row if isinstance(row, dict) else {"value": row}


def _to_text(value: Any) -> str:
    """Returns a value as one text; objects and lists as compact JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _sanitized(value: Any) -> str:
    """Returns a value as text without control characters, which could disturb a terminal."""
    return _CONTROL.sub(" ", _to_text(value))


def _count_fitting_columns(widths: list[int], room: int) -> int:
    """Returns how many columns fit; the first always does."""
    ends = list(itertools.accumulate(widths, lambda end, width: end + len(GAP) + width))
    return max(1, sum(end <= room for end in ends))


def _line(cells: list[str], widths: list[int]) -> str:
    return GAP.join(_fit_to_width(cell, width) for cell, width in zip(cells, widths, strict=False)).rstrip()


def _fit_to_width(text: str, width: int) -> str:
    if text.isascii() and len(text) <= width:
        return text.ljust(width)
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415 - only for wide characters and long texts

    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def _display_width(text: str) -> int:
    """Returns how many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415 - only for wide characters

    return cell_len(text)


def _bold(text: str) -> str:
    return text if "NO_COLOR" in os.environ else f"\x1b[1m{text}\x1b[0m"
