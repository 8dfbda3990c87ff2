"""The versions of a company's tables.

The tables of a new company are created as they are now and marked with `HEAD`. Older ones are upgraded by Alembic
(`upgrade`), which is imported only then.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from dealwright.storage.engines import Database, Transaction
from dealwright.storage.tables import metadata

HEAD = "0004"
"""The newest version; the file in ``versions/`` that begins with it leads there."""

VERSION_TABLE = metadata.tables["alembic_version"]


def stamp(transaction: Transaction) -> None:
    """Marks freshly created tables as being of the newest version."""
    transaction.insert(VERSION_TABLE, {"version_num": HEAD})


def version(database: Database) -> str:
    """Returns the version of a company's tables."""
    with database.read() as transaction:
        return str(transaction.value(sa.select(VERSION_TABLE.c.version_num)))


def upgrade(database: Database) -> None:
    """Upgrades a company's tables to the newest version."""
    # These imports take a second, and are rarely needed.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    engine = sa.create_engine(database.sqlalchemy_url(), poolclass=sa.NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        config.attributes["schema"] = database.schema
        command.upgrade(config, "head")
