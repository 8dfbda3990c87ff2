"""A job is stored in the transaction of its change, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from dealwright.crm.kernel import jobs
from tests.api import Api

STORED_JOBS_SQL = {
    "sqlite": "select name, lock, arguments from jobs order by id",
    "postgresql": "select task_name, lock, args ->> 'arguments' from dealwright.procrastinate_jobs order by id",
}


def stored_jobs(api: Api) -> list[tuple[str, str | None, str]]:
    database = api.principal.company.database
    with database.read() as db:
        return [(name, lock, text) for name, lock, text in db.rows(sa.text(STORED_JOBS_SQL[database.dialect]))]


def test_the_jobs_of_a_unit_are_stored_in_their_order(api: Api) -> None:
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        jobs.enqueue(crm, "purge", {"n": 1}, lock="a")
        jobs.enqueue(crm, "purge", {"n": 'it\'s "%" ü'}, schedule_at=crm.time)
    assert [text.replace(" ", "") for _, _, text in stored_jobs(api)] == ['{"n":1}', '{"n":"it\'s\\"%\\"ü"}']


def test_a_unit_that_is_rolled_back_leaves_no_job(api: Api) -> None:
    def fail() -> None:
        with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
            jobs.enqueue(crm, "purge", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert stored_jobs(api) == []
