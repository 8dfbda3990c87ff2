"""The CRM inside a process runs jobs there, without a thread while there are none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from dealwright.embedded import EmbeddedApplication, open_application
from tests.jobs import probe
from tests.jobs.processes import until


@contextmanager
def opened(folder: Path) -> Iterator[EmbeddedApplication]:
    application = open_application(folder)
    try:
        yield application
    finally:
        application.close()


def has_thread() -> bool:
    return any(thread.name == "dealwright-jobs" for thread in threading.enumerate())


def test_a_job_runs_in_the_process_that_enqueued_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with opened(tmp_path / "data") as application:
        company = application.companies.platform.companies()[0]
        assert not has_thread()
        probe.enqueue_alone(application.companies, company, log, "a")
        until(lambda: probe.ended(log))
        # Nothing else is due soon, so it ends by itself.
        until(lambda: not has_thread())
        probe.enqueue_alone(application.companies, company, log, "b", fail=1)
        until(lambda: "b" in probe.ended(log))


def test_what_was_left_over_is_run_when_it_is_used_again(tmp_path: Path) -> None:
    log, hold = tmp_path / "log", tmp_path / "hold"
    hold.touch()
    with opened(tmp_path / "data") as application:
        company = application.companies.platform.companies()[0]
        probe.enqueue_alone(application.companies, company, log, "a", hold=str(hold))
        until(lambda: probe.began(log))
    hold.unlink()
    with opened(tmp_path / "data") as application:
        company = application.companies.platform.companies()[0]
        assert not has_thread()
        with application.companies.unit(company, 1, write=False):
            pass
        until(lambda: probe.began(log) == [("a", 1), ("a", 1)])


def test_jobs_that_come_again_and_again_are_run_when_they_are_due(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as application:
        company = application.companies.platform.companies()[0]
        with company.database.write() as db:
            db.script("update jobs set due = '2020-01-01 00:00:00.000'")

    def due() -> list[str]:
        with company.database.read() as db:
            return db.values(sa.text("select name from jobs where state <> 'waiting' or due < '2021' order by name"))

    with opened(tmp_path / "data") as application:
        company = application.companies.platform.companies()[0]
        assert due() == ["expire", "purge"]
        with application.companies.unit(company, 1, write=False):
            pass
        until(lambda: due() == [])
