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
WAITING_QUEUE = "dealwright waiting"
"""The queue of the jobs that mostly wait."""

_JOB_INSERTED = '{"type": "job_inserted", "job_id": 0}'
NOTIFY_WORKERS = "select " + ", ".join(
    f"pg_notify('procrastinate_queue_v1#{queue}', '{_JOB_INSERTED}')" for queue in (QUEUE, WAITING_QUEUE)
)
"""Makes all workers look for due jobs: each queue has its channel."""

TABLE = f"{PLATFORM_SCHEMA}.procrastinate_jobs"

_SELECT_VERSION = sa.text(f"select obj_description(to_regclass('{TABLE}'))")
_EXTRA_SQL_VERSION = 3
"""To be incremented with every change of `_EXTRA_SQL`."""

_DUE = "coalesce(job.scheduled_at, '-infinity')"


def select_next(which: str, now: str) -> str:
    """Returns the query that locks the id of the next job that is due at a time, of those that fulfil a condition.

    New jobs come first, in their order; those that were put back follow by the time that they have waited since.
    """
    # Procrastinate claims in the order of ids. Jobs that are put back have low ones, so as soon as they come back
    # faster than they are run, no new job would ever have its turn.
    return (
        f"select job.id from {TABLE} as job where job.status = 'todo' and {which} and {_DUE} <= {now} and not exists "
        # Not as a condition of the status: that would fit Procrastinate's index of ids and locks, of which a look-up of a
        # lock reads all.
        f"(select 1 from {TABLE} as other where other.lock = job.lock "
        "and case other.status when 'doing' then true when 'todo' then other.id < job.id else false end) "
        f"order by {_DUE}, job.id limit 1 for update of job skip locked"
    )


CLAIM = f"""
select id, status, task_name, priority, lock, queueing_lock, args, scheduled_at, queue_name, attempts, worker_id
from {PLATFORM_SCHEMA}.claim_job(%(queues)s::varchar[], %(worker_id)s)
"""
"""Claims the next job of some queues for a worker; a row of nulls when there is none. In psycopg's notation."""

# Procrastinate does not notify workers that the next job of a lock may run, and has no index that finds it. Claiming a
# job in the order of an index takes the same time however many there are; without statistics PostgreSQL would rather
# sort all of them.
_EXTRA_SQL = f"""
create index if not exists ix_procrastinate_jobs_lock on {TABLE} (lock, id);
create index if not exists ix_procrastinate_jobs_due on {TABLE}
  ((coalesce(scheduled_at, '-infinity')), id) where status = 'todo';
create or replace function {PLATFORM_SCHEMA}.next_of_lock() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.status = 'todo' and new.scheduled_at > now() then
    -- It was put back, and those with its lock wait for it.
    return null;
  end if;
  if exists (select 1 from {TABLE} where lock = old.lock and status = 'todo') then
    perform pg_notify('procrastinate_queue_v1#' || old.queue_name, '{_JOB_INSERTED}');
  end if;
  return null;
end $$;
create or replace trigger next_of_lock after update or delete on {TABLE}
  for each row when (old.status = 'doing' and old.lock is not null) execute function {PLATFORM_SCHEMA}.next_of_lock();
create or replace function {PLATFORM_SCHEMA}.claim_job(queues varchar[], claimer bigint) returns {TABLE} language plpgsql
  set enable_sort = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
  set enable_mergejoin = off
as $$
declare claimed {TABLE};
begin
  update {TABLE} set status = 'doing', worker_id = claimer
    where id = ({select_next("job.queue_name = any(queues)", "now()")}) returning * into claimed;
  return claimed;
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
