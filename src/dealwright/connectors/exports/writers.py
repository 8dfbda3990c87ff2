"""Writers of tables: CSV and NDJSON here, those that need a library in modules of their own."""

from __future__ import annotations

import csv
import importlib
import io
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, NamedTuple, Protocol

import orjson

from dealwright._extras import install_command
from dealwright.connectors.errors import BadCall
from dealwright.connectors.exports import cells
from dealwright.connectors.exports.columns import Column


class Writer(Protocol):
    """Writes rows of values, one for each column, and ends what it writes with `close`."""

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Writes rows."""

    def close(self) -> None:
        """Writes what is left; the stream stays open."""

    def notices(self) -> tuple[str, ...]:
        """Returns what could not be written as it is."""


MakeWriter = Callable[[BinaryIO, str, Sequence[Column]], Writer]
"""Makes a writer into a stream, of records of a kind, in columns."""


class _Library(NamedTuple):
    module: str
    attribute: str


_WITH_A_LIBRARY = {
    "xlsx": _Library("dealwright.connectors.exports.spreadsheet", "SpreadsheetWriter"),
    "parquet": _Library("dealwright.connectors.exports.parquet", "ParquetTableWriter"),
}


def load(format: str, *, keep_formulas: bool) -> MakeWriter:
    """Returns what makes a writer of a format. Raises `BadCall` when its library is not installed."""
    if format in _WITH_A_LIBRARY:
        library = _WITH_A_LIBRARY[format]
        try:
            make: MakeWriter = getattr(importlib.import_module(library.module), library.attribute)
        except ModuleNotFoundError as error:
            raise BadCall(f"{format} needs {error.name}: {install_command(format)}") from error
        return make
    if format == "csv":
        return lambda stream, _, columns: CsvWriter(stream, columns, keep_formulas=keep_formulas)
    return lambda stream, _, columns: NdjsonWriter(stream, columns)


class CsvWriter:
    """Writes RFC 4180 in UTF-8; the first line has the names of the columns."""

    def __init__(self, stream: BinaryIO, columns: Sequence[Column], *, keep_formulas: bool) -> None:
        self._text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self._to_cell = cells.text if keep_formulas else _defused
        self._writer.writerow([self._to_cell(column.name) for column in columns])

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Writes rows."""
        to_cell = self._to_cell
        self._writer.writerows([to_cell(value) for value in row] for row in rows)

    def close(self) -> None:
        """Leaves the stream to whom it belongs."""
        self._text.detach()

    def notices(self) -> tuple[str, ...]:
        """Returns nothing: CSV takes every text."""
        return ()


class NdjsonWriter:
    """Writes an object of JSON on each line; its members are the columns."""

    def __init__(self, stream: BinaryIO, columns: Sequence[Column]) -> None:
        self._stream = stream
        self._names = [column.name for column in columns]

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Writes rows."""
        names = self._names
        self._stream.write(
            b"".join(orjson.dumps(dict(zip(names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        )

    def close(self) -> None:
        """Does nothing: each line stands for itself."""

    def notices(self) -> tuple[str, ...]:
        """Returns nothing: NDJSON takes every value."""
        return ()


def _defused(value: Any) -> str:
    """Returns a value as a cell. Numbers begin like formulas, and are none."""
    if isinstance(value, str):
        return cells.defused(value)
    return cells.defused(cells.text(value)) if isinstance(value, list) else cells.text(value)
