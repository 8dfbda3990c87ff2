"""The CRM inside a process runs jobs there, without a thread while there are none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from dealwright.embedded import EmbeddedApplication, open_application
from tests.jobs import probe
from tests.jobs.processes import wait_until


@contextmanager
def open_embedded(folder: Path) -> Iterator[EmbeddedApplication]:
    application = open_application(folder)
    try:
        yield application
    finally:
        application.close()


def has_job_thread() -> bool:
    return any(thread.name == "dealwright-jobs" for thread in threading.enumerate())


def test_a_job_runs_in_the_process_that_enqueued_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with open_embedded(tmp_path / "data") as application:
        company = application.companies.platform.list_companies()[0]
        assert not has_job_thread()
        probe.enqueue_in_own_unit(application.companies, company, log, "a")
        wait_until(lambda: probe.finished_probes(log))
        # Nothing else is due soon, so it ends by itself.
        wait_until(lambda: not has_job_thread())
        probe.enqueue_in_own_unit(application.companies, company, log, "b", fail=1)
        wait_until(lambda: "b" in probe.finished_probes(log))


def test_unfinished_jobs_are_run_at_the_next_use(tmp_path: Path) -> None:
    log, hold = tmp_path / "log", tmp_path / "hold"
    hold.touch()
    with open_embedded(tmp_path / "data") as application:
        company = application.companies.platform.list_companies()[0]
        probe.enqueue_in_own_unit(application.companies, company, log, "a", hold=str(hold))
        wait_until(lambda: probe.started_probes(log))
    hold.unlink()
    with open_embedded(tmp_path / "data") as application:
        company = application.companies.platform.list_companies()[0]
        assert not has_job_thread()
        with application.companies.unit_of_work(company, 1, write=False):
            pass
        wait_until(lambda: probe.started_probes(log) == [("a", 1), ("a", 1)])


def test_periodic_jobs_are_run_when_they_are_due(tmp_path: Path) -> None:
    with open_embedded(tmp_path / "data") as application:
        company = application.companies.platform.list_companies()[0]
        with company.database.write() as db:
            db.execute_sql("update jobs set due = '2020-01-01 00:00:00.000'")

    def due_job_names() -> list[str]:
        with company.database.read() as db:
            return db.values(sa.text("select name from jobs where state <> 'waiting' or due < '2021' order by name"))

    with open_embedded(tmp_path / "data") as application:
        company = application.companies.platform.list_companies()[0]
        assert due_job_names() == ["expire", "purge"]
        with application.companies.unit_of_work(company, 1, write=False):
            pass
        wait_until(lambda: due_job_names() == [])
