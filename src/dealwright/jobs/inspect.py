"""Lists the jobs of a company that are not done, and retries one that was given up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, NamedTuple, get_args

import sqlalchemy as sa

from dealwright.crm.companies import Companies
from dealwright.storage.jobs import format_time_ms
from dealwright.storage.platform import Company
from dealwright.storage.procrastinate import NOTIFY_WORKERS, TABLE
from dealwright.storage.types import PLATFORM_SCHEMA

JobState = Literal["waiting", "running", "failed"]
JOB_STATES: tuple[JobState, ...] = get_args(JobState)

_LIST = {
    "sqlite": sa.text(
        "select id, name, case state when 'behind' then 'waiting' else state end, due, failures, error, arguments "
        "from jobs order by id desc"
    ),
    "postgresql": sa.text(
        "select id, task_name, case status when 'todo' then 'waiting' when 'doing' then 'running' else 'failed' end, "
        "to_char(scheduled_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS'), "
        "attempts - coalesce(cast(args ->> 'postponed' as integer), 0), args ->> 'error', "
        f"args ->> 'arguments' from {TABLE} where args ->> 'company' = :company_id order by id desc"
    ),
}
_RETRY = {
    "sqlite": sa.text(
        "update jobs as job set failures = 0, interruptions = 0, due = :now, state = case when exists "
        "(select 1 from jobs where lock = job.lock and state <> 'failed') then 'behind' else 'waiting' end "
        "where id = :id and state = 'failed' returning id"
    ),
    "postgresql": sa.text(
        f"update {TABLE} set status = 'todo', attempts = 0, scheduled_at = null, args = args - 'interruptions' - 'postponed' "
        "where id = :id and args ->> 'company' = :company_id and status = 'failed' returning id"
    ),
}


_COUNT = {
    "sqlite": sa.text(
        "select case state when 'behind' then 'waiting' else state end, count(*), "
        "min(case state when 'waiting' then due end) from jobs group by 1"
    ),
    # A job without a set time has been due since it was deferred.
    "postgresql": sa.text(
        "select case status when 'todo' then 'waiting' when 'doing' then 'running' else 'failed' end, count(*), "
        "to_char(min(case status when 'todo' then coalesce(scheduled_at, (select min(at) from "
        f"{PLATFORM_SCHEMA}.procrastinate_events where job_id = job.id)) end) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') "
        f"from {TABLE} as job where status in ('todo', 'doing', 'failed') group by 1"
    ),
}


class QueueStatistics(NamedTuple):
    """How many jobs of all companies are in each state, and for how many seconds the oldest one has been due."""

    counts: Mapping[JobState, int]
    oldest_due_seconds: float


class JobInfo(NamedTuple):
    """A job that is not done. ``due`` is None for a job without a set time; ``error`` is that of the last attempt."""

    id: int
    name: str
    state: JobState
    due: str | None
    failures: int
    error: str | None
    arguments: str


def list_jobs(company: Company, state: JobState | None = None) -> list[JobInfo]:
    """Returns the jobs of a company, in one state or in any, the newest first."""
    database = company.database
    with database.read() as db:
        rows = db.run(_LIST[database.dialect], {"company_id": str(company.id)})
    return [job for job in (JobInfo(*row) for row in rows) if state in (None, job.state)]


def queue_statistics(companies: Companies) -> QueueStatistics:
    """Returns what there is to do, in all companies."""
    platform = companies.platform
    on_server = platform.server_url is not None
    databases = [platform.database] if on_server else [company.database for company in platform.list_companies()]
    counts: dict[JobState, int] = dict.fromkeys(JOB_STATES, 0)
    due_times: list[str] = []
    for database in databases:
        with database.read() as db:
            for state, count, due in db.run(_COUNT[database.dialect], {}):
                counts[state] += count
                due_times += [due] if due else []
    now = companies.clock()
    oldest = datetime.fromisoformat(min(due_times)).replace(tzinfo=UTC) if due_times else now
    return QueueStatistics(counts, max(0.0, (now - oldest).total_seconds()))


def retry(companies: Companies, company: Company, id: int) -> bool:
    """Starts a job that was given up anew, with all its attempts; returns False when there is no such job."""
    database = company.database
    with database.write_queue() as db:
        values = {"company_id": str(company.id), "id": id, "now": format_time_ms(companies.clock())}
        found = db.run(_RETRY[database.dialect], values)
        if found and database.dialect == "postgresql":
            db.execute_sql(NOTIFY_WORKERS)
    if found:
        companies.on_jobs_enqueued(company)
    return bool(found)
