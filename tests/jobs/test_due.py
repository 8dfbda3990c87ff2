"""When jobs run and what becomes of them, by a clock that the test moves, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from dealwright.crm import jobs
from dealwright.jobs.due import run_due
from tests.api import Api
from tests.jobs import probe


def enqueue(api: Api, log: Path, name: str, *, lock: str | None = None, **arguments: str | float) -> None:
    with api.companies.unit(api.bearer.company, 1, write=True) as crm:
        probe.enqueue(crm, log, name, lock=lock, **arguments)


def test_jobs_run_in_their_order(api: Api, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with api.companies.unit(api.bearer.company, 1, write=True) as crm:
        probe.enqueue(crm, log, "a")
        probe.enqueue(crm, log, "b")
    assert run_due(api.companies) == 2
    assert run_due(api.companies) == 0
    assert probe.noted(log) == ["a", "b"]


def test_a_job_waits_for_its_time(api: Api, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with api.companies.unit(api.bearer.company, 1, write=True) as crm:
        arguments = {"log": str(log), "name": "later"}
        jobs.enqueue(crm, probe.PROBE, arguments, at=crm.time + timedelta(minutes=5))
    api.clock.advance(minutes=4)
    assert run_due(api.companies) == 0
    api.clock.advance(minutes=1)
    assert run_due(api.companies) == 1
    assert probe.noted(log) == ["later"]


def test_a_failed_job_is_tried_again_after_its_delays(api: Api, tmp_path: Path) -> None:
    log = tmp_path / "log"
    enqueue(api, log, "a", fail=3)
    for seconds, attempts in ((0, 1), (2, 0), (1, 1), (29, 0), (1, 1), (149, 0), (1, 1), (10_000, 0)):
        api.clock.advance(seconds=seconds)
        assert run_due(api.companies) - _repeated(seconds) == attempts
    assert probe.noted(log) == ["a", "a 2", "a 3", "a 4"]


def _repeated(seconds: int) -> int:
    """How many of the jobs that come back by themselves have come in the meantime."""
    return 1 if seconds > 3600 else 0


def test_a_job_is_given_up_when_no_attempt_is_left(api: Api, tmp_path: Path) -> None:
    log = tmp_path / "log"
    enqueue(api, log, "a", fail=4)
    enqueue(api, log, "b", give_up=1)
    for delay in (0, *probe.RETRIES, 1000):
        api.clock.advance(seconds=delay)
        run_due(api.companies)
    assert probe.noted(log) == ["a", "b", "gave up b: hopeless", "a 2", "a 3", "a 4", "gave up a: attempt 4"]


def test_one_that_is_tried_again_holds_back_those_of_its_lock(api: Api, tmp_path: Path) -> None:
    log = tmp_path / "log"
    enqueue(api, log, "a1", lock="a", fail=2)
    enqueue(api, log, "a2", lock="a", fail=1)
    enqueue(api, log, "b1", lock="b")
    enqueue(api, log, "a3", lock="a")
    run_due(api.companies)
    assert probe.noted(log) == ["a1", "b1"]
    for delay in (3, 30, 3):
        api.clock.advance(seconds=delay)
        run_due(api.companies)
    assert probe.noted(log) == ["a1", "b1", "a1 2", "a1 3", "a2", "a2 2", "a3"]


def test_one_that_is_given_up_lets_those_of_its_lock_go_on(api: Api, tmp_path: Path) -> None:
    log = tmp_path / "log"
    enqueue(api, log, "a1", lock="a", give_up=1)
    enqueue(api, log, "a2", lock="a")
    run_due(api.companies)
    assert probe.noted(log) == ["a1", "gave up a1: hopeless", "a2"]
