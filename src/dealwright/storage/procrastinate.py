"""The tables and functions of Procrastinate, which has the jobs of all companies of a platform on PostgreSQL.

They are in the platform's schema, which every connection searches (`storage.postgres_values`). They are made and brought
up to date with the platform, by Procrastinate's own scripts; a comment on its table of jobs says up to which.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import sqlalchemy as sa

from dealwright.storage.engines import Database

SCHEMA = "dealwright"
QUEUE = "dealwright"
TABLE = f"{SCHEMA}.procrastinate_jobs"


def install(database: Database) -> None:
    """Makes the tables and functions in the platform's schema, or brings them up to date."""
    scripts = _scripts()
    migrations = sorted(scripts.glob("migrations/*.sql"))
    newest = migrations[-1].name
    with database.read() as transaction:
        known = transaction.value(sa.text(f"select obj_description(to_regclass('{TABLE}'))"))
    if known == newest:
        return
    with database.write(alone=True) as transaction:
        # Somebody else may have been first.
        exists = transaction.value(sa.text(f"select to_regclass('{TABLE}') is not null"))
        known = transaction.value(sa.text(f"select obj_description(to_regclass('{TABLE}'))"))
        missing = [one for one in migrations if one.name > (known or newest)] if exists else [scripts / "schema.sql"]
        transaction.script(f"set local search_path to {SCHEMA}")
        for script in missing:
            transaction.script(script.read_text())
        transaction.script(f"comment on table {TABLE} is '{newest}'")


def _scripts() -> Path:
    """Where Procrastinate has its scripts. It is not imported for that, which would take long."""
    package = find_spec("procrastinate")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "sql"
