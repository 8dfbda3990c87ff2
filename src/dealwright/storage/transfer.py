"""Takes a company from a SQLite file into PostgreSQL databases; what was sent to the first of them is sent to the others."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import chain
from pathlib import Path

import sqlalchemy as sa

from dealwright.storage.engines import Transaction, tables_of
from dealwright.storage.migrations import VERSION_TABLE
from dealwright.storage.tables import metadata

_PART = 1 << 18
"""How many bytes are sent at a time."""


def copy_company(file: Path, sent: Path, target: Transaction) -> list[str]:
    """Copies all rows of a file that nobody writes into empty tables of the same version.

    ``sent`` is a folder for what is sent; when it is there already, the file is not read. The tables lose their indexes, except for
    those that make rows unique. What is left to do is returned: the statements that make them again, and tell PostgreSQL what the
    tables hold.
    """
    if sent.is_dir():
        statements = _send(sent, target)
    else:
        with tempfile.TemporaryDirectory(dir=sent.parent) as folder:
            statements = _read(file, Path(folder), target)
            # Whoever was faster has sent the same.
            with suppress(OSError):
                Path(folder).rename(sent)
    return [*statements, target.analysis(_tables(target))]


def _send(sent: Path, target: Transaction) -> list[str]:
    statements = []
    for table in _tables(target):
        # One that is missing means that somebody is about to remove the folder: an error, and no empty table.
        with (sent / table.name).open("rb") as content:
            if first := content.read(_PART):
                statements += target.take_off("index", table)
                target.insert_recorded(table, table.c.keys(), chain([first], iter(lambda: content.read(_PART), b"")))
    return statements


def _read(file: Path, record: Path, target: Transaction) -> list[str]:
    statements = []
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as source:
        for table in _tables(target):
            columns = table.c.keys()
            names = ", ".join(f'"{name}"' for name in columns)
            rows = source.execute(f'select {names} from "{table.name}"').fetchall()
            with (record / table.name).open("wb") as recorded:
                if rows:
                    statements += target.take_off("index", table)
                    target.insert_rows(table, columns, rows, record=recorded)
    return statements


def _tables(target: Transaction) -> Iterator[sa.Table]:
    """All tables of the target, but for the one that a new company has filled already."""
    return (table for table in tables_of(metadata, target.dialect) if table is not VERSION_TABLE)
