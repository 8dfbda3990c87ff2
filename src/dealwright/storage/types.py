"""Column types, with one Python form on both databases.

Moments are text ``YYYY-MM-DD HH:MM:SS`` (with milliseconds where the column is `Moment3`) in UTC, dates text
``YYYY-MM-DD``, JSON its text, flags bool or 0/1: what the drivers hand out is what the wire needs, without a detour
through Python objects. PostgreSQL keeps them as ``timestamp``, ``date``, ``jsonb`` and ``boolean``.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""The id of a row; SQLite's row id."""

Moment = sa.Text().with_variant(postgresql.TIMESTAMP(precision=0), "postgresql")
Moment3 = sa.Text().with_variant(postgresql.TIMESTAMP(precision=3), "postgresql")
Day = sa.Text().with_variant(sa.Date(), "postgresql")
JsonText = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
Number: sa.types.TypeEngine[Any] = sa.Double().with_variant(sa.Numeric(), "sqlite")
"""A number that is an integer when it can be: 100 stays 100."""


def key(name: str = "id") -> sa.Column[int]:
    """A primary key that counts up and never gives a number twice."""
    return sa.Column(name, Key, primary_key=True, autoincrement=True)


def link(name: str, *, nullable: bool = True, index: bool = False) -> sa.Column[int]:
    """The id of another record. Records are never removed while something may point at them, so there is no constraint."""
    return sa.Column(name, Key, nullable=nullable, index=index)


def flag(name: str, default: bool = False) -> sa.Column[bool]:
    """A yes or no."""
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true() if default else sa.false())


def revision() -> sa.Column[int]:
    """How often a row was changed; the database itself counts (`count_revisions`), so that no change can forget to."""
    return sa.Column("revision", sa.Integer(), nullable=False, server_default="0")


def next_revision(table: sa.Table) -> dict[str, sa.ColumnElement[object]]:
    """What an update sets to save SQLite the second one that its trigger would make; nothing for a table without revisions."""
    return {"revision": table.c.revision + sa.literal_column("1")} if "revision" in table.c else {}


def count_revisions(table: sa.Table) -> sa.Table:
    """Makes the database count the changes to each row in its ``revision``."""
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
    """A number of things, kept up to date."""
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")
