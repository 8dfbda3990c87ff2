"""Runs at random over all wings, taken back in any order: in the end the company is what it was."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dealwright.crm.errors import Conflict
from dealwright.mail.receiver import Receiver
from tests.api import Api
from tests.company import find_problems
from tests.pairs.operations import Operation, RecordSet, create_people_field, create_records
from tests.undo import State, difference, last_change, new_run, read_state, take_back
from tests.undo_operations import ALL_OPERATIONS, CANNOT_BE_TAKEN_BACK, UNDOABLE, ApiConnection

EXAMPLES = int(os.environ.get("UNDO_EXAMPLES", "12"))
PROBLEMS_EVERY = 12
"""How many operations share one look at what contradicts itself in the company; the first one has one of its own."""

_numbers = itertools.count(1)


@pytest.fixture
def receiver(api: Api) -> Iterator[Receiver]:
    """Yields what takes in mail for the company of the client."""
    started = Receiver(api.companies, "127.0.0.1", 0, max_bytes=1_000_000)
    started.start()
    yield started
    started.stop()


class Runs(RuleBasedStateMachine):
    """Makes runs of some operations each, and takes them back and forth."""

    api: Api
    people_key: str
    receiver: Receiver

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []
        # The runs that were taken back, by the run that did it.
        self.undone: dict[str, str] = {}

    @initialize()
    def make_records(self) -> None:
        self.records = create_records(ApiConnection(self.api), f"Set {next(_numbers)}", self.people_key, self.receiver)
        self.before: State = read_state(self.api)

    @rule(operations=st.lists(st.sampled_from(UNDOABLE), min_size=1, max_size=4))
    def run(self, operations: list[Operation]) -> None:
        self.api.clock.advance(seconds=7)
        newest = last_change(self.api)
        run_id, client = new_run(self.api)
        for operation in operations:
            status, answer = operation.send(ApiConnection(client), self.records)
            assert status < 500, (operation.name, answer)
        if last_change(self.api) != newest:
            self.runs.append(run_id)

    @rule(number=st.integers(0, 50))
    def undo(self, number: int) -> None:
        if self.runs:
            self._take_back(self.runs[number % len(self.runs)])

    @rule(number=st.integers(0, 50))
    def redo(self, number: int) -> None:
        if self.undone:
            undo_run_id = sorted(self.undone)[number % len(self.undone)]
            if _is_taken_back(self.api, undo_run_id):
                self.runs.append(self.undone.pop(undo_run_id))

    @invariant()
    def rows_agree(self) -> None:
        assert find_problems(self.api) == []

    def teardown(self) -> None:
        order = random.Random(len(self.runs))
        while self.runs:
            number = len(self.runs)
            for run_id in order.sample(self.runs, number):
                self._take_back(run_id)
            assert len(self.runs) < number, "none of the runs can be taken back"
        if hasattr(self, "before"):
            assert difference(self.before, read_state(self.api)) == {}

    def _take_back(self, run_id: str) -> None:
        undo_run_id = _is_taken_back(self.api, run_id)
        if undo_run_id:
            self.runs.remove(run_id)
            self.undone[undo_run_id] = run_id


def _is_taken_back(api: Api, run_id: str) -> str | None:
    """Takes a run back unless something stands in the way, which then has changed nothing; returns the run that did it."""
    api.clock.advance(seconds=7)
    newest = last_change(api)
    try:
        return take_back(api, run_id)
    except Conflict:
        assert last_change(api) == newest
        return None


def test_runs_taken_back_in_any_order_leave_what_was_before(api: Api, receiver: Receiver) -> None:
    key = create_people_field(ApiConnection(api))
    machine = type("RunsOfCompany", (Runs,), {"api": api, "people_key": key, "receiver": receiver})
    limits = settings(
        max_examples=EXAMPLES,
        stateful_step_count=8,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(machine, settings=limits)


def test_every_operation_is_taken_back_by_itself(api: Api, receiver: Receiver) -> None:
    key = create_people_field(ApiConnection(api))
    wrong: list[tuple[object, ...]] = []
    records: RecordSet | None = None
    for number, operation in enumerate(UNDOABLE):
        # What was taken back is what it was, so that the next operation finds all records.
        records = records or create_records(ApiConnection(api), operation.name, key, receiver)
        found = [*_wrong_of(api, operation, records)]
        if number % PROBLEMS_EVERY == 0 and (problems := find_problems(api)):
            found.append(("problems", problems))
        if found:
            wrong.append((operation.name, found))
            records = None
    assert wrong == []
    assert find_problems(api) == []


def _wrong_of(api: Api, operation: Operation, records: RecordSet) -> Iterator[object]:
    """Runs an operation, takes it back, and back and forth; yields what is not what it was."""
    before, newest = read_state(api), last_change(api)
    run_id, client = new_run(api)
    status, answer = operation.send(ApiConnection(client), records)
    if status >= 300:
        yield status, answer
    if last_change(api) == newest:
        return
    done = read_state(api)
    api.clock.advance(minutes=1)
    undo_run_id = take_back(api, run_id)
    if found := difference(before, read_state(api)):
        yield "undone", found
    again = take_back(api, undo_run_id)
    found = difference(done, read_state(api))
    # The stages of a deal are entered anew.
    found.pop("deal_stages", None)
    if found:
        yield "redone", found
    take_back(api, again)
    if found := difference(before, read_state(api)):
        yield "undone again", found


@pytest.mark.parametrize("name", sorted(CANNOT_BE_TAKEN_BACK))
def test_what_cannot_be_taken_back_is_refused_and_stays(api: Api, receiver: Receiver, name: str) -> None:
    connection = ApiConnection(api)
    records: RecordSet = create_records(connection, name, create_people_field(connection), receiver)
    run_id, client = new_run(api)
    operation = next(one for one in ALL_OPERATIONS if one.name == name)
    status, answer = operation.send(ApiConnection(client), records)
    assert status < 300, answer
    before = read_state(api)
    with pytest.raises(Conflict, match="cannot be taken back: "):
        take_back(api, run_id)
    assert difference(before, read_state(api)) == {}
