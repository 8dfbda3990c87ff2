"""Copies a company from a SQLite file into PostgreSQL databases; keeps the data sent to the first for the others."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import chain
from pathlib import Path

import sqlalchemy as sa

from dealwright import _private_files
from dealwright.storage import field_indexes
from dealwright.storage.engines import Transaction, tables_for_dialect
from dealwright.storage.migrations import VERSION_TABLE
from dealwright.storage.tables import metadata

_CHUNK_BYTES = 1 << 18
"""The number of bytes that are sent at a time."""


def copy_company(file: Path, dump_folder: Path, target: Transaction) -> list[str]:
    """Copies all rows of a file that is not being written into empty tables of the same version.

    ``dump_folder`` is a folder for the data that are sent; when it exists already, they are read from there instead.
    The tables lose their non-unique indexes. Returns the statements that are left to run: they create these indexes
    again, and update PostgreSQL's statistics.
    """
    if dump_folder.is_dir():
        statements = _load_dump(dump_folder, target)
    else:
        with tempfile.TemporaryDirectory(dir=dump_folder.parent) as folder:
            statements = _copy_and_dump(file, Path(folder), target)
            # Another process may have been faster and written the same.
            with suppress(OSError):
                Path(folder).rename(dump_folder)
    return [
        *statements,
        *field_indexes.create_statements(target),
        target.analyze_statement(_tables_to_copy(target)),
    ]


def _load_dump(dump_folder: Path, target: Transaction) -> list[str]:
    statements = []
    for table in _tables_to_copy(target):
        # A missing file means that another process is removing the folder: an error, and not an empty table.
        with (dump_folder / table.name).open("rb") as content:
            if first := content.read(_CHUNK_BYTES):
                statements += target.drop_indexes_or_triggers("index", table)
                target.insert_dump(table, table.c.keys(), chain([first], iter(lambda: content.read(_CHUNK_BYTES), b"")))
    return statements


def _copy_and_dump(file: Path, dump_folder: Path, target: Transaction) -> list[str]:
    statements = []
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as source:
        for table in _tables_to_copy(target):
            columns = table.c.keys()
            names = ", ".join(f'"{name}"' for name in columns)
            rows = source.execute(f'select {names} from "{table.name}"').fetchall()
            _private_files.make_file(dump_folder / table.name)
            with (dump_folder / table.name).open("wb") as dump_file:
                if rows:
                    statements += target.drop_indexes_or_triggers("index", table)
                    target.insert_rows(table, columns, rows, dump_file=dump_file)
    return statements


def _tables_to_copy(target: Transaction) -> Iterator[sa.Table]:
    """Returns all tables of the target, except the one that a new company has filled already."""
    return (table for table in tables_for_dialect(metadata, target.dialect) if table is not VERSION_TABLE)
