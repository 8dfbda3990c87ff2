"""The content of files that the rows of a company refer to, whichever tables have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from dealwright.storage.tables import metadata


def columns_with_content() -> Iterator[sa.Column[str]]:
    """Yields the columns that name content in the store (`types.content_key`)."""
    for table in metadata.sorted_tables:
        yield from (column for column in table.columns if "content" in column.info)


def storage_keys(column: sa.Column[str], rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Yields the keys of the content that rows refer to; each has the column and, where there is one, ``is_deleted``."""
    content = column.info["content"]
    for row in rows:
        key, is_deleted = row[column.name], row.get("is_deleted", False)
        if key is None or (is_deleted and not content["outlives_deletion"]):
            continue
        yield from (f"{key}-{size}" for size in content["sizes"]) if content["sizes"] else (str(key),)


def read_storage_keys(query: Callable[[str], Sequence[Sequence[object]]], schema: str = "") -> list[str]:
    """Returns the keys of all content that the rows of a company refer to; ``query`` runs SQL on its database."""
    keys: list[str] = []
    for column in columns_with_content():
        names = [name for name in (column.name, "is_deleted") if name in column.table.c]
        rows = query(f"select {', '.join(names)} from {schema}{column.table.name} where {column.name} is not null")
        keys += storage_keys(column, [dict(zip(names, row, strict=True)) for row in rows])
    return keys
