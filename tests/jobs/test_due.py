"""When jobs run and what becomes of them, by a clock that the test moves, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from dealwright.crm.kernel import jobs
from dealwright.crm.kernel.jobs import JobName
from dealwright.jobs import inspect
from dealwright.jobs.run_due import run_due
from tests.api import Api
from tests.jobs import probe


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Returns the file in which probes record their runs."""
    return tmp_path / "log"


def enqueue(api: Api, log: Path, name: str, *, lock: str | None = None, **arguments: str | float) -> None:
    probe.enqueue_in_own_unit(api.companies, api.principal.company, log, name, lock=lock, quick=False, **arguments)


def test_jobs_run_in_their_order(api: Api, log: Path) -> None:
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        for name in "abc":
            probe.enqueue(crm, log, name)
    assert run_due(api.companies) == 3
    assert run_due(api.companies) == 0
    assert probe.finished_probes(log) == ["a", "b", "c"]


def test_a_job_waits_for_its_time(api: Api, log: Path) -> None:
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        arguments = {"log": str(log), "name": "later"}
        jobs.enqueue(crm, cast("JobName", "probe"), arguments, schedule_at=crm.time + timedelta(minutes=5))
    api.clock.advance(minutes=4)
    assert run_due(api.companies) == 0
    api.clock.advance(minutes=1)
    assert run_due(api.companies) == 1
    assert probe.finished_probes(log) == ["later"]


def test_a_failed_job_is_tried_again_after_its_delays(api: Api, log: Path) -> None:
    enqueue(api, log, "a", fail=3)
    for seconds, attempts in ((0, 1), (2, 0), (1, 1), (29, 0), (1, 1), (149, 0), (1, 1), (1000, 0)):
        api.clock.advance(seconds=seconds)
        assert run_due(api.companies) == attempts
    assert probe.started_probes(log) == [("a", 1), ("a", 2), ("a", 3), ("a", 4)]
    assert probe.finished_probes(log) == ["a"]


def test_a_job_that_was_put_back_lets_those_go_first_that_have_waited_for_longer(api: Api, log: Path) -> None:
    enqueue(api, log, "put back", fail=1)
    assert run_due(api.companies) == 1
    api.clock.advance(seconds=2)
    enqueue(api, log, "new")
    api.clock.advance(seconds=2)
    assert run_due(api.companies) == 2
    assert probe.finished_probes(log) == ["new", "put back"]


def test_a_job_is_given_up_when_no_attempt_is_left(api: Api, log: Path) -> None:
    enqueue(api, log, "a", fail=4)
    for delay in (0, *probe.RETRIES, 1000):
        api.clock.advance(seconds=delay)
        run_due(api.companies)
    assert [(run.attempt, run.event) for run in probe.read_runs(log)][-3:] == [
        (4, "began"),
        (4, "failed"),
        (4, "gave up"),
    ]
    (failed,) = inspect.list_jobs(api.principal.company, "failed")
    assert (failed.name, failed.failures, failed.error) == ("probe", 4, "ValueError: attempt 4")


def test_a_job_that_gives_up_is_not_tried_again(api: Api, log: Path) -> None:
    enqueue(api, log, "a", give_up=1)
    assert run_due(api.companies) == 1
    api.clock.advance(seconds=1000)
    assert run_due(api.companies) == 0
    assert [run.event for run in probe.read_runs(log)] == ["began", "gave up"]


def test_an_unknown_job_is_given_up(api: Api) -> None:
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        jobs.enqueue(crm, cast("JobName", "of another version"), {})
    assert run_due(api.companies) == 1
    (failed,) = inspect.list_jobs(api.principal.company, "failed")
    assert failed.error == "There is no such job"


def test_a_job_that_is_retried_holds_back_those_of_its_lock(api: Api, log: Path) -> None:
    enqueue(api, log, "a1", lock="a", fail=2)
    enqueue(api, log, "a2", lock="a", fail=1)
    enqueue(api, log, "b1", lock="b")
    enqueue(api, log, "a3", lock="a")
    run_due(api.companies)
    assert probe.started_probes(log) == [("a1", 1), ("b1", 1)]
    for delay in (3, 30, 3):
        api.clock.advance(seconds=delay)
        run_due(api.companies)
    assert probe.started_probes(log)[2:] == [("a1", 2), ("a1", 3), ("a2", 1), ("a2", 2), ("a3", 1)]


def test_a_job_that_is_given_up_does_not_hold_back_those_of_its_lock(api: Api, log: Path) -> None:
    enqueue(api, log, "a1", lock="a", give_up=1)
    enqueue(api, log, "a2", lock="a")
    run_due(api.companies)
    assert probe.finished_probes(log) == ["a2"]


def test_a_job_retried_after_it_was_given_up_runs_before_those_of_its_lock(api: Api, log: Path) -> None:
    enqueue(api, log, "a1", lock="a", give_up=1)
    run_due(api.companies)
    enqueue(api, log, "a2", lock="a", fail=1)
    run_due(api.companies)
    enqueue(api, log, "a3", lock="a")
    (failed,) = inspect.list_jobs(api.principal.company, "failed")
    assert inspect.retry(api.companies, api.principal.company, failed.id)
    assert not inspect.retry(api.companies, api.principal.company, failed.id)
    api.clock.advance(seconds=3)
    run_due(api.companies)
    assert [name for name, _ in probe.started_probes(log)][-2:] in (["a2", "a3"], ["a1", "a3"])
    assert probe.finished_probes(log)[-1] == "a3"


def test_a_job_in_which_processes_die_repeatedly_is_given_up(api: Api, log: Path) -> None:
    enqueue(api, log, "deadly")
    with api.principal.company.database.write() as db:
        db.execute_sql(
            "update jobs set interruptions = 5"
            if db.dialect == "sqlite"
            else """update dealwright.procrastinate_jobs set args = args || '{"interruptions": 5}'"""
        )
    assert run_due(api.companies) == 1
    assert [run.event for run in probe.read_runs(log)] == ["gave up"]
    (failed,) = inspect.list_jobs(api.principal.company, "failed")
    assert failed.error == "WorkerLost: The process that ran it has died 5 times"
