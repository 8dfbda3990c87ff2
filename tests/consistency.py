"""Whether what a company has stored agrees with itself."""

from __future__ import annotations

from typing import Any

import orjson
import sqlalchemy as sa

from dealwright.crm import invariants
from dealwright.storage.types import JsonText
from tests.api import Api

Rows = list[dict[str, Any]]


def read_rows(api: Api, table: sa.Table) -> Rows:
    """Returns all rows of a table, without their revisions, and with JSON decoded."""
    columns = [column for column in table.c if column.name != "revision"]
    order = [table.c[name] for name in ("id", "uuid", "activity_id", "person_id") if name in table.c]
    with api.principal.company.database.read() as db:
        records = db.rows(sa.select(*columns).order_by(*order))
    return [
        {
            column.name: orjson.loads(value) if column.type is JsonText and value is not None else value
            for column, value in zip(columns, row, strict=True)
        }
        for row in records
    ]


def wrong_rows(api: Api) -> list[str]:
    """What of a company's rows is not as it should be between any two requests."""
    with api.principal.company.database.read() as db:
        return invariants.find_problems(db)


def damaged_rows(api: Api) -> list[str]:
    """What a database itself finds wrong with a company's tables."""
    database = api.principal.company.database
    if database.dialect != "sqlite":
        return []
    with database.read() as db:
        found = [str(value) for value in db.values(sa.text("pragma integrity_check"))]
        broken_links = [str(row) for row in db.rows(sa.text("pragma foreign_key_check"))]
    return [line for line in found if line != "ok"] + broken_links
