"""Every two writing operations on records that touch, at the same instant through two processes: what is left is sound."""

from __future__ import annotations

import itertools
import os
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dealwright.crm import invariants
from dealwright.crm.companies import Companies
from dealwright.mail.receiver import Receiver
from dealwright.storage.platform import Platform
from tests.change_log import broken_chains
from tests.conftest import DATABASES, empty_location
from tests.pairs.operations import OPERATIONS, MailOperation, Operation, create_people_field, create_records
from tests.row_locks import WriteGate
from tests.server_process import open_connections, run_two_servers

Pair = tuple[Operation | MailOperation, Operation | MailOperation]

PAIRS = [*itertools.combinations_with_replacement(OPERATIONS, 2)]
IN_SHORT = 120
"""The number of pairs that are tried when there is no time for all."""
LONG_SECONDS = 20 * 60
PAIRS_IN_COMPANY = 250
"""With thousands of pipelines and roles, as they would be after all pairs, records take long to set up."""
MEETING_SECONDS = 0.03
"""How long both are held back: less than a writer waits for a row, and enough for both to arrive."""


def pairs_to_try() -> Iterator[Pair]:
    """Some pairs, the same ones every time; with long tests all of them, in another order again and again."""
    chance = random.Random(7)
    if not os.environ.get("DEALWRIGHT_LONG_TESTS"):
        yield from chance.sample(PAIRS, IN_SHORT)
        return
    end = time.monotonic() + LONG_SECONDS
    while time.monotonic() < end:
        yield from chance.sample(PAIRS, len(PAIRS))


@contextmanager
def run_receiver(location: str, files: Path) -> Iterator[Receiver]:
    """Runs a receiver of mail for the company at a location, in this process."""
    platform = Platform(location, files=str(files))
    receiver = Receiver(Companies(platform), "127.0.0.1", 0, max_bytes=1_000_000)
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()
        platform.close()


@pytest.mark.parametrize("database", DATABASES)
def test_two_operations_at_once_leave_sound_records(database: str, tmp_path: Path) -> None:
    failed: list[tuple[str, tuple[int, Any]]] = []
    problems: list[str] = []
    tried = 0
    pairs = pairs_to_try()
    while some := [*itertools.islice(pairs, PAIRS_IN_COMPANY)]:
        folder = tmp_path / str(tried)
        folder.mkdir()
        with empty_location(database, folder) as location:
            failed += try_pairs(location, folder / "files", some, tried + 1)
            platform = Platform(location)
            with platform.list_companies()[0].database.read() as db:
                problems += [*invariants.find_problems(db), *broken_chains(db)]
            platform.close()
        tried += len(some)
        assert (failed, problems) == ([], [])
    assert tried >= IN_SHORT


def try_pairs(location: str, files: Path, pairs: Sequence[Pair], number: int) -> list[tuple[str, tuple[int, Any]]]:
    """Runs both operations of each pair at the same time, in a new company; returns the answers that must not be."""
    failed = []
    with (
        run_two_servers(location) as servers,
        run_receiver(location, files) as receiver,
        ThreadPoolExecutor(2) as threads,
    ):
        gate = WriteGate(location)
        with open_connections(servers[0], 1) as (set_up,):
            people_key = create_people_field(set_up)
        for count, (first, second) in enumerate(pairs, number):
            with open_connections(servers[0], 1) as (one,), open_connections(servers[1], 1) as (other,):
                records = create_records(one, f"{count} {first.name} / {second.name}", people_key, receiver)
                with gate.closed(records.locked_rows):
                    answers = [
                        threads.submit(first.send, one, records),
                        threads.submit(second.send, other, records),
                    ]
                    time.sleep(MEETING_SECONDS)
                failed += [(records.name, answer.result()) for answer in answers if answer.result()[0] >= 500]
        gate.close()
    return failed


def test_every_operation_works_by_itself(location: str, tmp_path: Path) -> None:
    failed = []
    with (
        run_two_servers(location) as servers,
        run_receiver(location, tmp_path / "files") as receiver,
        open_connections(servers[0], 1) as (connection,),
    ):
        people_key = create_people_field(connection)
        for operation in OPERATIONS:
            records = create_records(connection, operation.name, people_key, receiver)
            status, answer = operation.send(connection, records)
            if status >= 300:
                failed.append((operation.name, status, answer))
    assert failed == []
