"""The tables and functions of Procrastinate, which holds the jobs of all companies of a platform on PostgreSQL.

They are in the platform's schema, which every connection searches (`storage.psycopg_adapters`). Procrastinate's own
scripts create and upgrade them with the platform; a comment on its table of jobs has their version.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import sqlalchemy as sa

from dealwright.storage.engines import Database
from dealwright.storage.types import PLATFORM_SCHEMA

QUEUE = "dealwright"
CHANNEL = f"procrastinate_queue_v1#{QUEUE}"
"""The channel on which workers are notified of jobs."""

TABLE = f"{PLATFORM_SCHEMA}.procrastinate_jobs"

_SELECT_VERSION = sa.text(f"select obj_description(to_regclass('{TABLE}'))")
_EXTRA_SQL_VERSION = 1
"""To be incremented with every change of `_EXTRA_SQL`."""

# Procrastinate does not notify workers that the next job of a lock may run, and has no index that finds it. Claiming a
# job in the order of an index takes the same time however many there are; without statistics PostgreSQL would rather
# sort all of them.
_EXTRA_SQL = f"""
create index if not exists ix_procrastinate_jobs_lock on {TABLE} (lock, id);
create or replace function {PLATFORM_SCHEMA}.next_of_lock() returns trigger language plpgsql as $$
begin
  if exists (select 1 from {TABLE} where lock = old.lock and status = 'todo') then
    perform pg_notify('{CHANNEL}', '{{"type": "job_inserted", "job_id": 0}}');
  end if;
  return null;
end $$;
create or replace trigger next_of_lock after update or delete on {TABLE}
  for each row when (old.status = 'doing' and old.lock is not null) execute function {PLATFORM_SCHEMA}.next_of_lock();
do $$
declare claim regprocedure; setting text;
begin
  for claim in select oid from pg_proc where proname like 'procrastinate_fetch_job%' and pronamespace = '{PLATFORM_SCHEMA}'::regnamespace
  loop
    foreach setting in array array['sort', 'seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'] loop
      execute format('alter function %s set enable_%s = off', claim, setting);
    end loop;
  end loop;
end $$;
"""


def install(database: Database) -> None:
    """Creates the tables and functions in the platform's schema, or upgrades them."""
    scripts = _scripts()
    migrations = sorted(scripts.glob("migrations/*.sql"))
    version_comment = f"{migrations[-1].name} {_EXTRA_SQL_VERSION}"
    with database.read() as transaction:
        if transaction.value(_SELECT_VERSION) == version_comment:
            return
    with database.write(exclusive=True) as transaction:
        transaction.execute_sql(f"set local search_path to {PLATFORM_SCHEMA}")
        # PostgreSQL caches that there was no such table, also when another process has created it while this one
        # waited; the cache is renewed when a table is locked.
        transaction.value(sa.text("select 1 from pg_catalog.pg_class limit 1"))
        if transaction.value(sa.text(f"select to_regclass('{TABLE}')")) is None:
            transaction.execute_sql((scripts / "schema.sql").read_text())
        else:
            known = str(transaction.value(_SELECT_VERSION)).partition(" ")[0]
            for migration in migrations:
                if migration.name > known:
                    transaction.execute_sql(migration.read_text())
        transaction.execute_sql(_EXTRA_SQL)
        transaction.execute_sql(f"comment on table {TABLE} is '{version_comment}'")


def _scripts() -> Path:
    """Returns the folder of Procrastinate's scripts, without importing it, which would take long."""
    package = find_spec("procrastinate")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "sql"
