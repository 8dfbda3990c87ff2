"""Sorts records by id on the disk, so that memory does not grow with their number."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

_IDS = ("id", "field_code", "key", "code", "name")
"""What tells records from each other, by preference."""


class Sorted:
    """Records that are added in any order and come out sorted, each once: while a list is walked, a record may move to another page."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="dealwright-export-")
        self._db = sqlite3.connect(Path(self._folder.name) / "records.db", isolation_level=None)
        self._db.execute("pragma journal_mode = off")
        self._db.execute("pragma synchronous = off")
        self._db.execute(
            "create table record (number int, text text, line blob, primary key (number, text)) without rowid"
        )
        self._db.execute("begin")

    def __enter__(self) -> Sorted:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()
        self._folder.cleanup()

    @property
    def count(self) -> int:
        """How many records there are."""
        [(count,)] = self._db.execute("select count(*) from record")
        return int(count)

    def add(self, record: dict[str, Any]) -> None:
        """Adds a record; a later one with its id takes its place."""
        line = orjson.dumps(record, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
        id = next((record[name] for name in _IDS if record.get(name) is not None), line.decode())
        is_number = isinstance(id, int)
        key = (id, "") if is_number else (0, str(id))
        self._db.execute("insert or replace into record values (?, ?, ?)", (*key, line))

    def lines(self) -> Iterator[bytes]:
        """Yields the records as lines of JSON, sorted."""
        for (line,) in self._db.execute("select line from record order by number, text"):
            yield line
