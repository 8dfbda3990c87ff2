"""Looks at the jobs of a company that are not done, and lets one that was given up be tried again."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import sqlalchemy as sa

from dealwright.crm.unit import Companies
from dealwright.jobs.deferred import RING
from dealwright.storage.jobs import stored
from dealwright.storage.platform import Company
from dealwright.storage.procrastinate import TABLE

State = Literal["waiting", "running", "failed"]
STATES: tuple[State, ...] = get_args(State)

_LIST = {
    "sqlite": sa.text(
        "select id, name, case state when 'behind' then 'waiting' else state end, due, failures, error, arguments "
        "from jobs order by id desc"
    ),
    "postgresql": sa.text(
        "select id, task_name, case status when 'todo' then 'waiting' when 'doing' then 'running' else 'failed' end, "
        "to_char(scheduled_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS'), attempts, args ->> 'error', "
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
        f"update {TABLE} set status = 'todo', attempts = 0, scheduled_at = null, args = args - 'interruptions' "
        "where id = :id and args ->> 'company' = :company_id and status = 'failed' returning id"
    ),
}


class Listed(NamedTuple):
    """A job that is not done. ``due`` is None for at once, or for long ago; ``error`` is that of the last attempt."""

    id: int
    name: str
    state: State
    due: str | None
    failures: int
    error: str | None
    arguments: str


def jobs_of(company: Company, state: State | None = None) -> list[Listed]:
    """The jobs of a company, in one state or in any, the newest first."""
    database = company.database
    with database.read() as db:
        rows = db.run(_LIST[database.dialect], {"company_id": str(company.id)})
    return [job for job in (Listed(*row) for row in rows) if state in (None, job.state)]


def try_again(companies: Companies, company: Company, id: int) -> bool:
    """Lets a job that was given up begin anew, with all its attempts; False when there is no such job."""
    database = company.database
    with database.write() as db:
        values = {"company_id": str(company.id), "id": id, "now": stored(companies.clock())}
        found = db.run(_RETRY[database.dialect], values)
        if found and database.dialect == "postgresql":
            db.script(RING)
    if found:
        companies.jobs_enqueued(company)
    return bool(found)
