"""Processes that run jobs: several at a time, killed in the middle, told to stop; on both databases."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dealwright.crm.unit import Companies
from dealwright.jobs import listing
from dealwright.jobs.listing import Listed
from dealwright.storage.platform import Company, Platform
from tests import company as companies_of_tests
from tests.jobs import probe
from tests.jobs.processes import dealwright, said, until, worker


@pytest.fixture
def companies(location: str) -> Iterator[Companies]:
    """The companies at a location, in the process of the test, which runs no jobs."""
    companies_of_tests.found(location)
    found = Companies(Platform(location))
    yield found
    found.platform.close()


@pytest.fixture
def company(companies: Companies) -> Company:
    return companies.platform.companies()[0]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where probes write down their runs."""
    return tmp_path / "log"


def probes(company: Company) -> list[Listed]:
    """The probes that are not done."""
    return [job for job in listing.jobs_of(company) if "probe" in job.name]


def test_two_workers_run_each_job_once(location: str, companies: Companies, company: Company, log: Path) -> None:
    names = [f"{number}" for number in range(150)]
    with worker(location, "--slots", "3"), worker(location, "--slots", "3"):
        for name in names:
            probe.enqueue_alone(companies, company, log, name, seconds=0.02)
        until(lambda: len(probe.ended(log)) >= len(names))
        until(lambda: not probes(company))
    assert sorted(probe.began(log)) == sorted((name, 1) for name in names)
    assert len({run.process for run in probe.runs(log)}) == 2


def test_a_job_of_a_killed_worker_is_run_by_another_one(
    location: str, companies: Companies, company: Company, log: Path, tmp_path: Path
) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    probe.enqueue_alone(companies, company, log, "first", lock="a", quick=True, hold=str(hold), fail=1)
    probe.enqueue_alone(companies, company, log, "second", lock="a")
    with worker(location) as killed:
        until(lambda: probe.began(log))
        killed.kill()
        killed.wait()
    hold.unlink()
    with worker(location) as other:
        until(lambda: "second" in probe.ended(log))
    # It has not failed by that: it fails at the first attempt still, and succeeds at the second.
    assert [(run.process, run.name, run.attempt, run.event) for run in probe.runs(log)] == [
        (killed.pid, "first", 1, "began"),
        (other.pid, "first", 1, "began"),
        (other.pid, "first", 1, "failed"),
        (other.pid, "first", 2, "began"),
        (other.pid, "first", 2, "ended"),
        (other.pid, "second", 1, "began"),
        (other.pid, "second", 1, "ended"),
    ]


def test_order_is_kept_by_several_workers_that_are_killed(
    location: str, companies: Companies, company: Company, log: Path
) -> None:
    locks, each = 12, 5
    for number in range(each):
        with companies.unit(company, 1, write=True) as crm:
            for lock in range(locks):
                # One of three fails at first.
                fails = int((lock + number) % 3 == 0)
                name = f"{lock}.{number}"
                probe.enqueue(crm, log, name, lock=f"{lock}", quick=True, seconds=0.01, fail=fails)
    with ExitStack() as workers:
        running = [workers.enter_context(worker(location, "--slots", "4")) for _ in range(3)]
        for count, one in enumerate(running[:2], 1):
            until(lambda count=count: len(probe.ended(log)) >= 15 * count)  # type: ignore[misc]
            one.kill()
            one.wait()
        until(lambda: not probes(company))
    ended = probe.ended(log)
    for lock in range(locks):
        of_lock = [name for name in ended if name.startswith(f"{lock}.")]
        # What was killed before it was written down as done is run again, but before all that follows.
        assert list(dict.fromkeys(of_lock)) == [f"{lock}.{number}" for number in range(each)]
        assert of_lock == sorted(of_lock)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_ends_its_jobs(
    location: str, companies: Companies, company: Company, log: Path, tmp_path: Path, told: signal.Signals
) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    with worker(location, "--slots", "1") as process:
        probe.enqueue_alone(companies, company, log, "running", hold=str(hold))
        probe.enqueue_alone(companies, company, log, "waiting")
        until(lambda: probe.began(log))
        process.send_signal(told)
        until(lambda: said(process) == 2)
        hold.unlink()
        assert process.wait(30) == 0
    assert probe.ended(log) == ["running"]
    assert [job.state for job in probes(company)] == ["waiting"]


def test_what_takes_too_long_is_left_to_the_next_worker(
    location: str, companies: Companies, company: Company, log: Path, tmp_path: Path
) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    with worker(location, "--grace", "0.2", "--silence", "600") as process:
        probe.enqueue_alone(companies, company, log, "long", hold=str(hold))
        until(lambda: probe.began(log))
        process.terminate()
        assert process.wait(30) == 0
    hold.unlink()
    with worker(location, "--silence", "600"):
        until(lambda: probe.ended(log))
    assert [name for name, _ in probe.began(log)] == ["long", "long"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_runs_jobs(location: str, companies: Companies, company: Company, log: Path, workers: str) -> None:
    with dealwright("serve", "--database", location, "--port", "0", "--workers", workers) as process:
        for name in ("a", "b"):
            probe.enqueue_alone(companies, company, log, name)
        until(lambda: len(probe.ended(log)) == 2)
        assert {run.process for run in probe.runs(log)} == {process.pid}
        process.terminate()
        assert process.wait(30) == 0


def test_a_server_leaves_jobs_to_workers(location: str, companies: Companies, company: Company, log: Path) -> None:
    with dealwright("serve", "--database", location, "--port", "0", "--no-jobs"):
        probe.enqueue_alone(companies, company, log, "a")
        with worker(location) as process:
            until(lambda: probe.ended(log))
    assert {run.process for run in probe.runs(log)} == {process.pid}


def test_a_worker_outlives_a_restart_of_postgresql(postgres_url: str, log: Path, tmp_path: Path) -> None:
    companies_of_tests.found(postgres_url)
    platform = Platform(postgres_url)
    companies, company = Companies(platform), platform.companies()[0]
    hold = tmp_path / "hold"
    hold.touch()
    try:
        with worker(postgres_url):
            probe.enqueue_alone(companies, company, log, "running", hold=str(hold), lock="a")
            probe.enqueue_alone(companies, company, log, "behind", lock="a")
            until(lambda: probe.began(log))
            with platform.database.write() as db:
                others = "datname = current_database() and pid <> pg_backend_pid()"
                db.script(f"select pg_terminate_backend(pid) from pg_stat_activity where {others}")
            hold.unlink()
            probe.enqueue_alone(companies, company, log, "new")
            until(lambda: {"running", "behind", "new"} <= set(probe.ended(log)))
            until(lambda: not probes(company))
    finally:
        platform.close()
