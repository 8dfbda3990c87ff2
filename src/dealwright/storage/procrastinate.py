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
CHANNEL = f"procrastinate_queue_v1#{QUEUE}"
"""Where workers hear that there is something to do."""

TABLE = f"{SCHEMA}.procrastinate_jobs"

_MARK = sa.text(f"select obj_description(to_regclass('{TABLE}'))")
_OURS_VERSION = 1
"""To be counted up with every change of `_OURS`."""

# Procrastinate itself tells nobody that the next job of a lock may run, and has no index that finds it. Claiming a job in
# the order of an index takes the same time however many there are; without statistics PostgreSQL would rather sort all.
_OURS = f"""
create index if not exists ix_procrastinate_jobs_lock on {TABLE} (lock, id);
create or replace function {SCHEMA}.next_of_lock() returns trigger language plpgsql as $$
begin
  if exists (select 1 from {TABLE} where lock = old.lock and status = 'todo') then
    perform pg_notify('{CHANNEL}', '{{"type": "job_inserted", "job_id": 0}}');
  end if;
  return null;
end $$;
create or replace trigger next_of_lock after update or delete on {TABLE}
  for each row when (old.status = 'doing' and old.lock is not null) execute function {SCHEMA}.next_of_lock();
do $$
declare claim regprocedure; setting text;
begin
  for claim in select oid from pg_proc where proname like 'procrastinate_fetch_job%' and pronamespace = '{SCHEMA}'::regnamespace
  loop
    foreach setting in array array['sort', 'seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'] loop
      execute format('alter function %s set enable_%s = off', claim, setting);
    end loop;
  end loop;
end $$;
"""


def install(database: Database) -> None:
    """Makes the tables and functions in the platform's schema, or brings them up to date."""
    scripts = _scripts()
    migrations = sorted(scripts.glob("migrations/*.sql"))
    mark = f"{migrations[-1].name} {_OURS_VERSION}"
    with database.read() as transaction:
        if transaction.value(_MARK) == mark:
            return
    with database.write(alone=True) as transaction:
        transaction.script(f"set local search_path to {SCHEMA}")
        # PostgreSQL remembers that there was no such table, also when somebody has made it while this one waited; what it
        # remembers is looked at anew when a table is locked.
        transaction.value(sa.text("select 1 from pg_catalog.pg_class limit 1"))
        if transaction.value(sa.text(f"select to_regclass('{TABLE}')")) is None:
            transaction.script((scripts / "schema.sql").read_text())
        else:
            known = str(transaction.value(_MARK)).partition(" ")[0]
            for migration in migrations:
                if migration.name > known:
                    transaction.script(migration.read_text())
        transaction.script(_OURS)
        transaction.script(f"comment on table {TABLE} is '{mark}'")


def _scripts() -> Path:
    """Where Procrastinate has its scripts. It is not imported for that, which would take long."""
    package = find_spec("procrastinate")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "sql"
