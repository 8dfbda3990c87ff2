"""Column types, with one Python form on both databases.

Times are text ``YYYY-MM-DD HH:MM:SS`` (with milliseconds where the column is `DateTimeMsText`) in UTC, dates text
``YYYY-MM-DD``, JSON its text, flags bool or 0/1: the drivers return what the wire needs, without a detour through
Python objects. PostgreSQL stores them as ``timestamp``, ``date``, ``jsonb`` and ``boolean``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

PLATFORM_SCHEMA = "dealwright"
"""The schema of the platform on PostgreSQL: companies, tokens, and the jobs of all companies."""

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""The id of a row; SQLite's row id."""

DateTimeText = sa.Text().with_variant(postgresql.TIMESTAMP(precision=0), "postgresql")
DateTimeMsText = sa.Text().with_variant(postgresql.TIMESTAMP(precision=3), "postgresql")
DateText = sa.Text().with_variant(sa.Date(), "postgresql")
JsonText = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
Number: sa.types.TypeEngine[Any] = sa.Double().with_variant(sa.Numeric(), "sqlite")
"""A number that is an integer when it can be: 100 stays 100."""


WideInteger: sa.types.TypeEngine[Any] = sa.Double().with_variant(sa.Integer(), "sqlite")
"""A column that held integers and holds any `Number` now: SQLite stores a fraction in it as it is, without a migration."""


def key(name: str = "id") -> sa.Column[int]:
    """Returns a primary key that counts up and never gives a number twice."""
    return sa.Column(name, Key, primary_key=True, autoincrement=True)


def link(name: str, *, nullable: bool = True, index: bool = False) -> sa.Column[int]:
    """Returns a column with the id of another record.

    Records are never removed while others may refer to them, so there is no constraint.
    """
    return sa.Column(name, Key, nullable=nullable, index=index)


def linked_indexes(
    table: str, links: Sequence[str], sorted_by: Sequence[str] = (), *, covering: Sequence[str] = ()
) -> Iterator[sa.Index]:
    """Yields indexes for the lists of the rows that link a record: by id, and by other columns.

    One leads to the first rows of such a list that are not deleted without a look at its other ones. The one by id also
    has the columns ``covering``, which can be read without the rows.
    """
    for link in links:
        yield sa.Index(f"ix_{table}_{link}", link, "is_deleted", "id", *covering, **where_linked(link))
        for column in sorted_by:
            yield sa.Index(f"ix_{table}_{link}_{column}", link, "is_deleted", column, "id", **where_linked(link))


def where_linked(link: str) -> dict[str, Any]:
    """Returns the options for an index that has only the rows with a link: others cost nothing."""
    condition = sa.text(f"{link} is not null")
    return {"sqlite_where": condition, "postgresql_where": condition}


def content_key(
    *, nullable: bool = False, unique: bool = False, sizes: Sequence[int] = (), outlives_deletion: bool = False
) -> sa.Column[str]:
    """Returns a column with the key of content in the store of files; backups copy what such columns name.

    With ``sizes`` the content is under the keys ``…-128``, one for each. The content of a deleted row is removed, unless
    it ``outlives_deletion`` and is removed with the row.
    """
    info = {"sizes": tuple(sizes), "outlives_deletion": outlives_deletion}
    return sa.Column("content_key", sa.Text, nullable=nullable, unique=unique or None, info={"content": info})


def flag(name: str, default: bool = False) -> sa.Column[bool]:
    """Returns a boolean column."""
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true() if default else sa.false())


def revision() -> sa.Column[int]:
    """Returns a column with the number of changes of a row.

    Triggers count them (`count_revisions`), so none is missed.
    """
    return sa.Column("revision", sa.Integer(), nullable=False, server_default="0")


def next_revision(table: sa.Table) -> dict[str, sa.ColumnElement[object]]:
    """Returns the values with which an update counts the revision itself, to spare SQLite the trigger's second update.

    Empty for a table without revisions.
    """
    return {"revision": table.c.revision + sa.literal_column("1")} if "revision" in table.c else {}


def count_revisions(table: sa.Table) -> sa.Table:
    """Makes triggers of the database count the changes to each row in its ``revision``; returns the table."""
    name = table.name
    table.info["sqlite"] = (
        f"create trigger {name}_revision after update on {name} when new.revision = old.revision "
        f"begin update {name} set revision = old.revision + 1 where id = new.id; end",
    )
    table.info["postgresql"] = (
        "create or replace function next_revision() returns trigger language plpgsql as "
        "$$ begin new.revision := old.revision + 1; return new; end $$",
        f"create trigger {name}_revision before update on {name} for each row execute function next_revision()",
    )
    return table


def count(name: str) -> sa.Column[int]:
    """Returns a column with a number of related records, which is kept up to date."""
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")
