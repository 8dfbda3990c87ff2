"""The fixtures of the pytest plugin: each test has a company of its own, and nothing of it is left."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

from tests.testing.running import PLUGIN, run_pytest

LONG = bool(os.environ.get("DEALWRIGHT_LONG_TESTS"))
LIMITED_FILES = ("bash", "-c", 'ulimit -n 256; exec "$@"', "bash")

MANY = """
import os, threading
import pytest

seen = []

@pytest.mark.parametrize("number", range({count}))
def test_one(dealwright_crm, number):
    dealwright_crm.run("post_deals", {{"data": {{"title": "Roof"}}}})
    assert len(dealwright_crm.run("get_deals")["data"]) == 1
    seen.append((len(os.listdir("/proc/self/fd")), threading.active_count()))
    # What is made once for a process is there after these.
    assert max(seen) <= max(seen[:20])
"""

EVERYTHING = """
import json, os, subprocess, sys, threading, urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dealwright import Client, Unauthorized, Unavailable, run_connection_action
from dealwright.crm.errors import Invalid
from dealwright.testing import NoEvent

folders = []


def get(server, path):
    request = urllib.request.Request(server.url + path, headers={"x-api-token": server.token})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["data"]


def titles(crm):
    return [deal["title"] for deal in crm.run("get_deals")["data"]]


@pytest.mark.parametrize("name", ["local", "my crm", "sales"])
def test_connections_lead_to_the_company(crm, name, dealwright_test_crm):
    folders.append(dealwright_test_crm.folder)
    run_connection_action(name, "post_deals", {"data": {"title": name}})
    assert titles(crm) == [name]


def test_other_processes_find_it(crm):
    crm.run("post_deals", {"data": {"title": "Roof"}})
    command = [sys.executable, "-m", "dealwright", "run", "get_deals", "-o", "json"]
    assert json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["data"][0]["title"] == "Roof"


def test_nothing_is_left():
    assert len({*folders}) == 3
    assert not any(folder.parent.exists() for folder in folders)
    assert "DEALWRIGHT_CONNECTION_LOCAL" not in os.environ
    assert [one.name for one in threading.enumerate()] == ["MainThread"]


def test_a_client_that_is_not_closed(crm, dealwright_test_crm):
    Client("sales").run("post_deals", {"data": {"title": "Roof"}})
    assert titles(crm) == ["Roof"]


def test_the_company_over_http(crm, server, faults, clock):
    crm.run("post_deals", {"data": {"title": "Roof"}})
    assert [deal["title"] for deal in get(server, "/api/v2/deals")] == ["Roof"]
    clock.freeze(datetime(2031, 1, 2, 3, 4, 5))
    assert get(server, "/sandbox/clock")["now"] == "2031-01-02T03:04:05Z"
    faults.add("cut_connection", "get_deals")
    with pytest.raises(OSError):
        get(server, "/api/v2/deals")
    faults.add("timeout_after_commit", "get_deals")
    request = urllib.request.Request(server.url + "/api/v2/deals", headers={"x-api-token": server.token})
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(request, timeout=0.2)
    assert [one["hits"] for one in get(server, "/sandbox/faults")] == [1, 1]


def test_the_clock(crm, clock):
    began = clock.now
    assert began - datetime.now(UTC) < timedelta(minutes=1)
    assert clock.freeze(datetime(2031, 1, 2, 3, 4, 5)) == clock.now == datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
    [deal] = [crm.run("post_deals", {"data": {"title": "Roof"}})["data"]]
    assert deal["add_time"] == "2031-01-02T03:04:05Z"
    assert clock.advance(weeks=1, days=1, hours=1, minutes=1, seconds=1) == datetime(2031, 1, 10, 4, 5, 6, tzinfo=UTC)
    crm.run("delete_deals_by_id", {"id": deal["id"]})
    assert clock.unfreeze() >= datetime(2031, 1, 10, 4, 5, 6, tzinfo=UTC)
    clock.advance(days=32)
    # What was deleted is removed for good after 30 days.
    assert crm.run("get_deals", {"status": "deleted"})["data"] == []
    assert clock.move_to(datetime(2020, 1, 1, tzinfo=UTC)).year == 2020
    for far in (datetime(1066, 10, 14), datetime(2525, 1, 1)):
        with pytest.raises(Invalid):
            clock.move_to(far)
    assert clock.reset() - began < timedelta(minutes=5)


def test_waits_of_the_connector_move_the_clock(crm, clock, faults):
    before = clock.now
    faults.add("burst_limit", "get_deals", times=2, seconds=20)
    assert titles(crm) == []
    assert timedelta(seconds=40) <= clock.now - before < timedelta(minutes=2)


def test_failures_are_met_as_elsewhere(crm, faults):
    faults.add("internal_error", "get_deals", times=2)
    assert titles(crm) == []
    faults.add("internal_error", "post_deals")
    with pytest.raises(Unavailable):
        crm.run("post_deals", {"data": {"title": "Nothing"}})
    for kind in ("cut_connection", "timeout_after_commit"):
        faults.add(kind, "post_deals")
        with pytest.raises(Unavailable) as failure:
            crm.run("post_deals", {"data": {"title": kind}})
        assert failure.value.may_have_run
    assert titles(crm) == ["timeout_after_commit"]
    faults.clear()
    faults.add("token_revoked", times=None)
    with pytest.raises(Unauthorized):
        titles(crm)
    with pytest.raises(Invalid, match="did you mean"):
        faults.add("slow", "post_dels")


def test_events(crm, clock, webhooks):
    webhooks.status = 500
    crm.run("post_deals", {"data": {"title": "Roof"}})
    [event] = webhooks.wait()
    assert (event["data"]["title"], event["meta"]["action"]) == ("Roof", "create")
    webhooks.status = 200
    clock.advance(minutes=10)
    assert len(webhooks.wait(2, event="create.deal")) == len(webhooks) == 2
    assert webhooks[0] == webhooks[-1] | {"meta": webhooks[0]["meta"]}
    clock.advance(days=1)
    assert len(webhooks) == 2
    with pytest.raises(NoEvent, match="received: create.deal, create.deal"):
        webhooks.wait(event="delete.deal", timeout=0.05)
    webhooks.clear()
    webhooks.unsubscribe()
    crm.run("post_deals", {"data": {"title": "Unheard"}})
    hook = {"subscription_url": webhooks.url, "event_action": "create", "event_object": "person"}
    crm.run("post_webhooks", {"data": hook})
    crm.run("post_persons", {"data": {"name": "Somebody"}})
    [heard] = webhooks.wait()
    assert heard["meta"]["entity"] == "person"
"""
SETTINGS = "[pytest]\ndealwright_short_names = true\ndealwright_connections = sales 'my crm'\n"


def test_the_entry_point_is_the_plugin() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"dealwright": PLUGIN}


def test_the_fixtures(tmp_path: Path) -> None:
    (tmp_path / "test_all.py").write_text(EVERYTHING)
    (tmp_path / "pytest.ini").write_text(SETTINGS)
    assert "11 passed" in run_pytest(tmp_path, "-q")


def test_short_names_are_a_wish(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(crm): pass\n")
    with pytest.raises(AssertionError, match="fixture 'crm' not found"):
        run_pytest(tmp_path)


def test_who_asks_for_nothing_loads_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\ndef test_it():\n    assert not {'httpx2', 'msgspec', 'sqlalchemy', 'uvicorn'} & {*sys.modules}\n"
    )
    run_pytest(tmp_path)


@pytest.mark.parametrize("processes", [0, 2])
def test_many_companies_leave_nothing_behind(processes: int, tmp_path: Path) -> None:
    count = 1000 if LONG else 80
    (tmp_path / "test_many.py").write_text(MANY.format(count=count))
    said = run_pytest(tmp_path, "-q", "-n", str(processes), wrapper=LIMITED_FILES, timeout=1200)
    assert re.search(rf"\b{count} passed", said)
