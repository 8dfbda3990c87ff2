"""Writes Parquet, with types: numbers, days and times (UTC) are no texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import parquet

from dealwright.connectors.errors import BadCall
from dealwright.connectors.exports import cells
from dealwright.connectors.exports.columns import Column

_TYPES = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "time": pa.timestamp("us", tz="UTC"),
    "list": pa.list_(pa.string()),
}


class ParquetTableWriter:
    """Writes a group of rows for each page that is read."""

    def __init__(self, stream: BinaryIO, kind: str, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._schema = pa.schema([(column.name, _TYPES[column.type]) for column in columns], {"kind": kind})
        self._writer = parquet.ParquetWriter(stream, self._schema, compression="zstd")

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Writes rows. Raises `BadCall` for a value that is not of its column's type."""
        if rows:
            arrays = [
                pa.array([_converted(column, row[at]) for row in rows], _TYPES[column.type])
                for at, column in enumerate(self._columns)
            ]
            self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))

    def close(self) -> None:
        """Writes the end of the file."""
        self._writer.close()

    def notices(self) -> tuple[str, ...]:
        """Returns nothing: Parquet takes every value."""
        return ()


def _converted(column: Column, value: Any) -> Any:
    if value is None:
        return None
    try:
        return _CONVERTERS[column.type](value)
    except (TypeError, ValueError):
        raise BadCall(
            f"'{cells.text(value)[:50]}' in the column '{column.name}' is no {column.type}; choose other columns, or write CSV"
        ) from None


def _list(value: Any) -> list[str]:
    return [cells.text(one) for one in (value if isinstance(value, list) else [value])]


def _time(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_CONVERTERS: Mapping[str, Callable[[Any], Any]] = {
    "text": cells.text,
    "integer": int,
    "number": float,
    "boolean": bool,
    "date": lambda value: date.fromisoformat(value[:10]),
    "time": _time,
    "list": _list,
}
