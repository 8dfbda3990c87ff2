"""Writes what commands have to say: messages, errors, and results as a table, as JSON, as one JSON value per line, or as CSV or TSV.

What services answer is written here only: no control character of theirs reaches a terminal.
"""

from __future__ import annotations

import csv
import itertools
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import IO, Any

import orjson

from dealwright.cli.passwords import mask_passwords

SAMPLE_ROWS = 200
MAX_COLUMN_WIDTH = 60
MIN_COLUMN_WIDTH = 12
GAP = "  "

# What a terminal obeys, and of that what no text of several lines or columns is made of.
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Format(StrEnum):
    """The ways to write rows."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    TSV = "tsv"


def default_format() -> Format:
    """Returns a table for a terminal, else JSON."""
    return Format.TABLE if sys.stdout.isatty() else Format.JSON


def write(rows: Iterable[Any], format: Format, columns: Sequence[str] = ()) -> None:
    """Writes rows as they come, as far as the format allows: CSV and TSV if the ``columns`` of all rows are known."""
    if format in _DELIMITERS:
        _write_delimited(rows, sys.stdout, _DELIMITERS[format], columns)
    else:
        _WRITERS[format](rows, sys.stdout)


def write_value(value: Any) -> None:
    """Writes one value as JSON."""
    sys.stdout.write(_json_text(value, sys.stdout, orjson.OPT_INDENT_2) + "\n")


def say(message: str, *, err: bool = False) -> None:
    """Writes a message of one or more lines at once; control characters in it do not reach the terminal."""
    print(printable(mask_passwords(message) if err else message), file=sys.stderr if err else sys.stdout, flush=True)


def say_error(message: str) -> None:
    """Writes an error on standard error, with its first word in red on a terminal."""
    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    print("\x1b[31mError:\x1b[0m" if colour else "Error:", printable(mask_passwords(message)), file=sys.stderr)


def show_prompt() -> None:
    """Shows on standard error that a line is waited for."""
    print("> ", end="", file=sys.stderr, flush=True)


def show_progress(message: str) -> None:
    """Writes a message over the one before, on the terminal that standard error is; an empty one ends that."""
    print(f"\r{printable(message)}" if message else "\r\x1b[K", end="", file=sys.stderr, flush=True)


def write_text(text: str) -> None:
    """Writes a text as it is; on a terminal without control characters."""
    sys.stdout.write(printable(text) if sys.stdout.isatty() else text)


def printable(text: str) -> str:
    """Returns a text of several lines without characters that a terminal would obey."""
    return _OBEYED.sub(" ", text)


def write_record(record: Mapping[str, Any]) -> None:
    """Writes one record as a table of names and values."""
    widest = max((_display_width(_sanitized(name)) for name in record), default=0)
    for name, value in record.items():
        shown = _sanitized(name)
        label = _bold(shown) if sys.stdout.isatty() else shown
        sys.stdout.write(f"{label}{' ' * (widest - _display_width(shown))}{GAP}{_sanitized(value)}\n")


def _json(rows: Iterable[Any], out: IO[str]) -> None:
    before = "[\n"
    for row in rows:
        out.write(before + _json_text(row, out))
        before = ",\n"
    out.write("[]\n" if before == "[\n" else "\n]\n")


def _ndjson(rows: Iterable[Any], out: IO[str]) -> None:
    for row in rows:
        out.write(_json_text(row, out) + "\n")


def _write_delimited(rows: Iterable[Any], out: IO[str], delimiter: str, columns: Sequence[str]) -> None:
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    to_cell = _sanitized if out.isatty() else _to_text
    if columns:
        # A column that there is not is refused by the first row.
        remaining = iter(rows)
        first = list(itertools.islice(remaining, 1))
        writer.writerow([to_cell(column) for column in columns])
        for row in itertools.chain(first, remaining):
            writer.writerow([to_cell(row.get(column)) for column in columns])
        return
    # The columns are known after the last row only, so the rows wait in a file.
    found: dict[str, None] = {}
    with tempfile.TemporaryFile() as spool:
        for row in rows:
            record = to_record(row)
            found.update(dict.fromkeys(record))
            spool.write(orjson.dumps(record) + b"\n")
        spool.seek(0)
        writer.writerow([to_cell(column) for column in found])
        for line in spool:
            record = orjson.loads(line)
            writer.writerow([to_cell(record.get(column)) for column in found])


def _table(rows: Iterable[Any], out: IO[str]) -> None:
    """Writes a table. Columns and widths follow from the first rows; the others are fitted in."""
    terminal = out.isatty()
    remaining = iter(rows)
    first = [to_record(row) for row in itertools.islice(remaining, SAMPLE_ROWS)]
    columns = list(dict.fromkeys(name for row in first for name in row))
    widest = MAX_COLUMN_WIDTH if terminal else sys.maxsize
    widths = [
        min(
            widest, max(_display_width(_sanitized(name)), *(_display_width(_sanitized(row.get(name))) for row in first))
        )
        for name in columns
    ]
    if terminal:
        widths = _narrowed(widths, shutil.get_terminal_size().columns)
    visible_count = _count_fitting_columns(widths, shutil.get_terminal_size().columns) if terminal else len(columns)
    if first:
        header = _line([_sanitized(name) for name in columns[:visible_count]], widths)
        out.write((_bold(header) if terminal else header) + "\n")
    for row in itertools.chain(first, map(to_record, remaining)):
        out.write(_line([_sanitized(row.get(name)) for name in columns[:visible_count]], widths) + "\n")
    if visible_count < len(columns):
        out.flush()
        sys.stderr.write(f"{len(columns) - visible_count} more columns; -o json shows all of them\n")


_WRITERS: Mapping[Format, Callable[[Iterable[Any], IO[str]], None]] = {
    Format.TABLE: _table,
    Format.JSON: _json,
    Format.NDJSON: _ndjson,
}
_DELIMITERS: Mapping[Format, str] = {Format.CSV: ",", Format.TSV: "\t"}


def _json_text(value: Any, out: IO[str], option: int = 0) -> str:
    """Returns a value as JSON, in which what a terminal would obey is escaped when it is written to one."""
    text = orjson.dumps(value, option=option).decode()
    if not out.isatty():
        return text
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def to_record(row: Any) -> dict[str, Any]:
    """Returns a row as a record; what is none has one column."""
    return row if isinstance(row, dict) else {"value": row}


def _to_text(value: Any) -> str:
    """Returns a value as one text; objects and lists as compact JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _sanitized(value: Any) -> str:
    """Returns a value as text without control characters, which could disturb a terminal."""
    return _CONTROL.sub(" ", _to_text(value))


def _narrowed(widths: list[int], room: int) -> list[int]:
    """Returns the widths with the widest made narrower until all fit, or until none is wider than `MIN_COLUMN_WIDTH`."""
    narrowed = list(widths)
    excess = sum(narrowed) + len(GAP) * (len(narrowed) - 1) - room
    while excess > 0 and (widest := max(narrowed)) > MIN_COLUMN_WIDTH:
        second = max([width for width in narrowed if width < widest] or [0])
        at = narrowed.index(widest)
        narrowed[at] = max(MIN_COLUMN_WIDTH, second, widest - excess) if second < widest - 1 else widest - 1
        excess -= widest - narrowed[at]
    fits = excess <= 0
    return narrowed if fits else widths


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
