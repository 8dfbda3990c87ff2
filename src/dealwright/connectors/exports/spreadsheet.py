"""Writes XLSX. Texts are texts there, so that none is a formula; rows are written as they come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, BinaryIO

import xlsxwriter

from dealwright.connectors.errors import BadCall
from dealwright.connectors.exports import cells
from dealwright.connectors.exports.columns import Column

_ROWS = 1_048_576
_COLUMNS = 16_384
_CHARACTERS = 32_767
_SHEET_NAME = 24
_EXACT = 2**53
_FIRST_YEAR = 1900


class SpreadsheetWriter:
    """Writes sheets of a workbook; rows beyond what one sheet holds stand on the next."""

    def __init__(self, stream: BinaryIO, kind: str, columns: Sequence[Column]) -> None:
        """Raises `BadCall` for more columns than a sheet holds."""
        if len(columns) > _COLUMNS:
            raise BadCall(
                f"a sheet holds {_COLUMNS:,} columns, and these are {len(columns):,}: choose some, or write CSV"
            )
        # Without a time of its own the file has the same bytes for the same records.
        self._book = xlsxwriter.Workbook(stream, {"constant_memory": True})
        self._book.set_properties({"created": datetime(2000, 1, 1)})
        self._kind = kind.replace("/", " ")[:_SHEET_NAME]
        self._columns = columns
        self._heading = self._book.add_format({"bold": True})
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._date = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._cut = 0
        self._sheets = 0
        self._add_sheet()

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Writes rows."""
        for row in rows:
            if self._row == _ROWS:
                self._add_sheet()
            for at, value in enumerate(row):
                if value is not None:
                    self._write_cell(at, self._columns[at], value)
            self._row += 1

    def close(self) -> None:
        """Writes the workbook."""
        self._book.close()

    def notices(self) -> tuple[str, ...]:
        """Returns how many texts were cut."""
        if not self._cut:
            return ()
        return (f"{self._cut:,} texts are longer than a cell holds ({_CHARACTERS:,} characters), and are cut",)

    def _add_sheet(self) -> None:
        self._sheets += 1
        self._sheet = self._book.add_worksheet(self._kind if self._sheets == 1 else f"{self._kind} {self._sheets}")
        self._sheet.freeze_panes(1, 0)
        for at, column in enumerate(self._columns):
            self._sheet.write_string(0, at, column.name[:_CHARACTERS], self._heading)
        self._row = 1

    def _write_cell(self, at: int, column: Column, value: Any) -> None:
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, at, value)
        elif isinstance(value, int | float) and abs(value) <= _EXACT:
            self._sheet.write_number(self._row, at, value)
        elif (moment := _moment(column, value)) is not None:
            self._sheet.write_datetime(self._row, at, moment, self._date if column.type == "date" else self._time)
        else:
            text = cells.text(value)
            if len(text) > _CHARACTERS:
                self._cut += 1
                text = text[:_CHARACTERS]
            self._sheet.write_string(self._row, at, text, self._quoted if cells.is_like_formula(text) else None)


def _moment(column: Column, value: Any) -> date | datetime | None:
    """Returns the day or the time in UTC that a text of such a column is; None for what a spreadsheet cannot know as one."""
    if column.type not in ("date", "time") or not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.year < _FIRST_YEAR:
        return None
    if column.type == "date":
        return moment.date()
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
