"""Random calls of everything that a server answers: no internal error, nobody who waits, nothing stored that disagrees with itself.

DEALWRIGHT_FUZZ_CALLS is the number of calls on each database (`make fuzz` sends 36,000), DEALWRIGHT_FUZZ_SEED what they are
made of, and DEALWRIGHT_FUZZ_FIRST the number of the first one: with a seed, a number and a count of 1, a call is sent again.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from dealwright.crm.companies import system_clock
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import sessions
from tests import company
from tests.api import Api
from tests.conftest import DATABASES, empty_location
from tests.consistency import damaged_rows, wrong_rows
from tests.fuzz.canary import processes
from tests.fuzz.load import Report, run_canary, send_all
from tests.fuzz.random_calls import Calls
from tests.fuzz.random_values import MAX_ID
from tests.fuzz.request_writer import Tokens
from tests.oauth import Client, issue_access_token
from tests.populated_company import (
    RECORD_COUNT,
    PopulatedCompany,
    add_call,
    add_channel,
    add_deal_parts,
    add_goal,
    populate,
)
from tests.raw_connection import memory_mb
from tests.sandbox import run_serve_command

NUMBER = int(os.environ.get("DEALWRIGHT_FUZZ_CALLS") or 0)
"""By default a few calls that are always the same, and then no wait is judged: other tests run beside them."""

CALLS = NUMBER or 600
SEED = int(os.environ.get("DEALWRIGHT_FUZZ_SEED") or (random.SystemRandom().randrange(10**6) if NUMBER else 1))
FIRST = int(os.environ.get("DEALWRIGHT_FUZZ_FIRST") or 0)
MAX_WAIT_SECONDS = 0.5
MAX_REFUSED_SHARE = 0.15
"""More answers without access would mean that the load has locked itself out."""

WORKERS = {"sqlite": 1, "postgresql": 2}
SCOPES = (
    "base",
    "deals:full",
    "contacts:full",
    "activities:full",
    "leads:full",
    "products:full",
    "search:read",
    "users:read",
)

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux: /proc")


class FuzzedServer(NamedTuple):
    """A server over a populated company: its address, its processes and its log, and the calls that fit it."""

    url: str
    pid: int
    log: Path
    calls: Calls

    def memory_mb(self) -> float:
        return sum(map(memory_mb, processes(self.pid)))


@contextmanager
def run_fuzzed_server(location: str, files: Path, log: Path, workers: int) -> Iterator[FuzzedServer]:
    calls = populate_company(location, files)
    options = ("--database", location, "--files", str(files), "--port", "0", "--workers", str(workers))
    wrapper = ("sh", "-c", f'exec "$@" 2>"{log}"', "sh")
    with run_serve_command(*options, wrapper=wrapper) as (process, line):
        yield FuzzedServer(line.split("http://")[1].split()[0].join(("http://", "")), process.pid, log, calls)


def populate_company(location: str, files: Path) -> Calls:
    """Makes a company with records of every kind; returns the calls that fit it."""
    company.create_company(location)
    api = company.open_api(location, files=str(files))
    try:
        api.clock.now = datetime.now(UTC)
        populated = populate(api)
        for nr in range(RECORD_COUNT + 1, MAX_ID):
            add_records(api, populated, nr)
        platform, own = api.companies.platform, api.principal.company
        others = [platform.issue_token(own.id, user) for user in range(2, RECORD_COUNT + 2)]
        access = issue_access_token(api, Client(api, scopes=SCOPES).app)
        # The server goes by the time of the machine.
        session = sessions.start(platform, [UserRef(own.id, 1)], system_clock())
        tokens = Tokens(platform.issue_token(own.id, 1), others, access, session)
        lists = ("deals", "persons", "organizations", "products", "activities", "pipelines", "dealFields")
        cursors = [api.get(f"/api/v2/{name}", limit=1).next_cursor for name in lists]
        return Calls(SEED, populated, tokens, [cursor for cursor in cursors if cursor])
    finally:
        company.close(api)


def add_records(api: Api, populated: PopulatedCompany, nr: int) -> None:
    """Adds records that calls may delete and merge."""
    org = api.post("/api/v2/organizations", {"name": f"Org {nr}"}).data["id"]
    person = api.post("/api/v2/persons", {"name": f"Person {nr}", "org_id": org}).data["id"]
    deal = api.post("/v1/deals", {"title": f"Deal {nr}", "value": nr, "person_id": person, "org_id": org}).data["id"]
    api.post("/api/v2/activities", {"subject": f"Call {nr}", "due_date": "2026-03-04", "deal_id": deal})
    product = api.post("/api/v2/products", {"name": f"Product {nr}"}).data["id"]
    note = api.post("/v1/notes", {"content": f"Note {nr}", "deal_id": deal}).data["id"]
    populated.uuids["comments"].append(api.post(f"/v1/notes/{note}/comments", {"content": "Comment"}).data["uuid"])
    populated.uuids["leadLabels"].append(api.post("/v1/leadLabels", {"name": f"L {nr}", "color": "red"}).data["id"])
    populated.uuids[""].append(api.post("/v1/leads", {"title": f"Lead {nr}", "person_id": person}).data["id"])
    populated.uuids["discounts"].append(add_deal_parts(api, deal, product))
    populated.uuids["goals"].append(add_goal(api))
    populated.uuids["callLogs"].append(add_call(api, f"Called {nr}", {"deal_id": deal}))
    populated.uuids["channels"].append(add_channel(api, f"channel-{nr}"))
    project = {"title": f"Project {nr}", "board_id": 1, "phase_id": 1, "deal_ids": [deal]}
    project_id = api.post("/api/v2/projects", project).data["id"]
    api.post("/api/v2/tasks", {"title": f"Task {nr}", "project_id": project_id})
    api.post("/v1/roles", {"name": f"Role {nr}", "parent_role_id": 1})
    api.post("/v1/legacyTeams", {"name": f"Team {nr}", "manager_id": 1})


@pytest.mark.parametrize("database", DATABASES)
def test_random_calls(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with empty_location(database, tmp_path) as location:
        check_load(location, tmp_path, WORKERS[database], capsys)


def check_load(location: str, folder: Path, workers: int, capsys: pytest.CaptureFixture[str]) -> None:
    files, log = folder / "files", folder / "log.txt"
    report = Report(log)
    with run_fuzzed_server(location, files, log, workers) as server:
        # What is loaded with the first call of each kind is no growth.
        warming = min(CALLS // 2, 1_000)
        send_all(report, server.calls, warming, server.url, FIRST)
        memory = server.memory_mb()
        with run_canary(report, server.url, server.calls.tokens.admin, server.pid):
            send_all(report, server.calls, CALLS - warming, server.url, FIRST + warming)
        growth = server.memory_mb() - memory
        is_alive = len(processes(server.pid)) >= workers
    api = company.open_api(location, files=str(files))
    try:
        wrong = [*damaged_rows(api), *wrong_rows(api)]
    finally:
        company.close(api)
    tracebacks = log.read_text(errors="replace").count("Traceback (most recent call last)")
    with capsys.disabled() if NUMBER else nullcontext():
        print(f"\n{location.partition(':')[0] if '://' in location else 'sqlite'}, DEALWRIGHT_FUZZ_SEED={SEED}")
        print("\n".join(report.lines()))
        print(f"memory: {memory:.0f} MB, grew by {growth:.0f} MB; tracebacks in the log: {tracebacks}")
    assert is_alive
    assert not report.findings, "\n".join(report.lines())
    assert not wrong, wrong[:20]
    assert not tracebacks, log.read_text(errors="replace")[-6000:]
    assert not report.waits.unanswered
    assert report.statuses[401] < MAX_REFUSED_SHARE * CALLS
    if NUMBER:
        longest = report.waits.longest[0]
        assert longest.seconds < MAX_WAIT_SECONDS, f"another client waited: {longest}"
