"""Processes that run jobs: several at a time, killed during a job, asked to stop; on both databases."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dealwright.crm.companies import Companies
from dealwright.jobs import inspect
from dealwright.jobs.inspect import JobInfo
from dealwright.storage.platform import Company, Platform
from tests import company as companies_of_tests
from tests.jobs import probe
from tests.jobs.processes import count_output_lines, run_command, run_worker, wait_until


@pytest.fixture
def companies(location: str) -> Iterator[Companies]:
    """Yields the companies at a location, opened in the process of the test, which runs no jobs."""
    companies_of_tests.create_company(location)
    found = Companies(Platform(location))
    yield found
    found.platform.close()


@pytest.fixture
def company(companies: Companies) -> Company:
    return companies.platform.list_companies()[0]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Returns the file in which probes record their runs."""
    return tmp_path / "log"


def unfinished_probes(company: Company) -> list[JobInfo]:
    """Returns the probes that are not done."""
    return [job for job in inspect.list_jobs(company) if "probe" in job.name]


def test_two_workers_run_each_job_once(location: str, companies: Companies, company: Company, log: Path) -> None:
    names = [f"{number}" for number in range(150)]
    with run_worker(location, "--slots", "3"), run_worker(location, "--slots", "3"):
        for name in names:
            probe.enqueue_in_own_unit(companies, company, log, name, seconds=0.02)
        wait_until(lambda: len(probe.finished_probes(log)) >= len(names))
        wait_until(lambda: not unfinished_probes(company))
    assert sorted(probe.started_probes(log)) == sorted((name, 1) for name in names)
    assert len({run.process for run in probe.read_runs(log)}) == 2


def test_a_job_of_a_killed_worker_is_run_by_another_one(
    location: str, companies: Companies, company: Company, log: Path, tmp_path: Path
) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    probe.enqueue_in_own_unit(companies, company, log, "first", lock="a", quick=True, hold=str(hold), fail=1)
    probe.enqueue_in_own_unit(companies, company, log, "second", lock="a")
    with run_worker(location) as killed:
        wait_until(lambda: probe.started_probes(log))
        killed.kill()
        killed.wait()
    hold.unlink()
    with run_worker(location) as other:
        wait_until(lambda: "second" in probe.finished_probes(log))
    # The kill was no failed attempt: the job still fails at the first attempt, and succeeds at the second.
    assert [(run.process, run.name, run.attempt, run.event) for run in probe.read_runs(log)] == [
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
        with companies.unit_of_work(company, 1, write=True) as crm:
            for lock in range(locks):
                # One of three fails at first.
                fails = int((lock + number) % 3 == 0)
                name = f"{lock}.{number}"
                probe.enqueue(crm, log, name, lock=f"{lock}", quick=True, seconds=0.01, fail=fails)
    with ExitStack() as workers:
        running = [workers.enter_context(run_worker(location, "--slots", "4")) for _ in range(3)]
        for count, one in enumerate(running[:2], 1):
            wait_until(lambda count=count: len(probe.finished_probes(log)) >= 15 * count)  # type: ignore[misc]
            one.kill()
            one.wait()
        wait_until(lambda: not unfinished_probes(company))
    ended = probe.finished_probes(log)
    for lock in range(locks):
        of_lock = [name for name in ended if name.startswith(f"{lock}.")]
        # A job that was killed before it was recorded as done is run again, before all that follow.
        assert list(dict.fromkeys(of_lock)) == [f"{lock}.{number}" for number in range(each)]
        assert of_lock == sorted(of_lock)


@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_stop_finishes_its_jobs(
    location: str, companies: Companies, company: Company, log: Path, tmp_path: Path, stop_signal: signal.Signals
) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    with run_worker(location, "--slots", "1") as process:
        probe.enqueue_in_own_unit(companies, company, log, "running", hold=str(hold))
        probe.enqueue_in_own_unit(companies, company, log, "waiting")
        wait_until(lambda: probe.started_probes(log))
        process.send_signal(stop_signal)
        wait_until(lambda: count_output_lines(process) == 2)
        hold.unlink()
        assert process.wait(30) == 0
    assert probe.finished_probes(log) == ["running"]
    assert [job.state for job in unfinished_probes(company)] == ["waiting"]


def test_a_job_that_takes_too_long_is_left_to_the_next_worker(
    location: str, companies: Companies, company: Company, log: Path, tmp_path: Path
) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    with run_worker(location, "--grace", "0.2", "--silence", "600") as process:
        probe.enqueue_in_own_unit(companies, company, log, "long", hold=str(hold))
        wait_until(lambda: probe.started_probes(log))
        process.terminate()
        assert process.wait(30) == 0
    hold.unlink()
    with run_worker(location, "--silence", "600"):
        wait_until(lambda: probe.finished_probes(log))
    assert [name for name, _ in probe.started_probes(log)] == ["long", "long"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_runs_jobs(location: str, companies: Companies, company: Company, log: Path, workers: str) -> None:
    with run_command("serve", "--database", location, "--port", "0", "--workers", workers) as process:
        for name in ("a", "b"):
            probe.enqueue_in_own_unit(companies, company, log, name)
        wait_until(lambda: len(probe.finished_probes(log)) == 2)
        assert {run.process for run in probe.read_runs(log)} == {process.pid}
        process.terminate()
        assert process.wait(30) == 0


def test_a_server_leaves_jobs_to_workers(location: str, companies: Companies, company: Company, log: Path) -> None:
    with run_command("serve", "--database", location, "--port", "0", "--no-jobs"):
        probe.enqueue_in_own_unit(companies, company, log, "a")
        with run_worker(location) as process:
            wait_until(lambda: probe.finished_probes(log))
    assert {run.process for run in probe.read_runs(log)} == {process.pid}


def test_a_worker_outlives_a_restart_of_postgresql(postgres_url: str, log: Path, tmp_path: Path) -> None:
    companies_of_tests.create_company(postgres_url)
    platform = Platform(postgres_url)
    companies, company = Companies(platform), platform.list_companies()[0]
    hold = tmp_path / "hold"
    hold.touch()
    try:
        with run_worker(postgres_url):
            probe.enqueue_in_own_unit(companies, company, log, "running", hold=str(hold), lock="a")
            probe.enqueue_in_own_unit(companies, company, log, "behind", lock="a")
            wait_until(lambda: probe.started_probes(log))
            with platform.database.write() as db:
                others = "datname = current_database() and pid <> pg_backend_pid()"
                db.execute_sql(f"select pg_terminate_backend(pid) from pg_stat_activity where {others}")
            hold.unlink()
            probe.enqueue_in_own_unit(companies, company, log, "new")
            wait_until(lambda: {"running", "behind", "new"} <= set(probe.finished_probes(log)))
            wait_until(lambda: not unfinished_probes(company))
    finally:
        platform.close()
