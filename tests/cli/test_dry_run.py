"""``run --dry-run``: what would be sent and changed, and that nothing is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dealwright import run_connection_action
from dealwright.connectors import close_all, embedded
from dealwright.connectors.connections import add, server
from tests.cli.command_result import Run
from tests.connectors.isolated_user import isolated_environment
from tests.connectors.service import TOKEN, StubService, run_service


@pytest.fixture(autouse=True)
def isolated_user(tmp_path: Path) -> Iterator[None]:
    with isolated_environment(tmp_path):
        yield
    close_all()
    embedded.close_all()


@pytest.fixture
def service() -> Iterator[StubService]:
    with run_service() as service:
        add(server("crm", service.url, TOKEN))
        yield service


def test_what_would_be_sent_is_told_and_not_sent(run: Run, service: StubService, tmp_path: Path) -> None:
    result = run("run", "patch_deals_by_id", "-c", "crm", "-p", "id=7", "-p", "title=Roof", "--dry-run", "-o", "json")
    assert json.loads(result.out) == {
        "connection": "crm",
        "action": "v2.patch_deals_by_id",
        "cost": 5,
        "request": {
            "method": "PATCH",
            "path": "/api/v2/deals/7",
            "query": {},
            "body": {"title": "Roof"},
            "files": {},
        },
    }
    shown = run("run", "delete_deals_by_id", "-c", "crm", "-p", "id=7", "--dry-run", "-o", "table").out
    assert shown.splitlines()[0].startswith("v2.delete_deals_by_id on crm: nothing was sent; it costs ")
    assert shown.splitlines()[1] == "DELETE /api/v2/deals/7"
    listed = run("run", "v2.get_deals", "-c", "crm", "-p", "status=open", "--dry-run", "-o", "json")
    assert json.loads(listed.out)["request"]["query"] == {"status": "open"}
    (tmp_path / "plan.pdf").write_bytes(b"%PDF")
    sent = run("run", "post_files", "-c", "crm", "-p", f"file=@{tmp_path}/plan.pdf", "--dry-run", "-o", "json")
    assert json.loads(sent.out)["request"]["files"] == {"file": "plan.pdf"}
    hook = ("subscription_url=https://a.example", "event_action=*", "event_object=*", "http_auth_password=hunter2")
    given = [part for pair in hook for part in ("-p", pair)]
    told = run("run", "post_webhooks", "-c", "crm", *given, "--dry-run", "-o", "json")
    assert json.loads(told.out)["request"]["body"]["http_auth_password"] == "[redacted]"
    assert TOKEN not in result.out + shown + told.out
    assert run("run", "post_deals", "-c", "crm", "--dry-run").code == 2
    assert run("run", "get_deals", "-c", "crm", "--dry-run", "--all").code == 2
    assert service.requests == []


def test_records_of_an_embedded_crm_before_and_after(run: Run) -> None:
    deal: Any = run_connection_action("local", "post_deals", {"data": {"title": "Roof", "value": 5}})["data"]
    id = f"id={deal['id']}"
    given = ("run", "patch_deals_by_id", "-p", id, "-p", "title=Gate", "--dry-run")
    [record] = json.loads(run(*given, "-o", "json").out)["changes"]
    [title] = [one for one in record["members"] if one["after_text"] == "Gate"]
    assert title["before_text"] == "Roof"
    shown = run(*given, "-o", "table").out
    assert "“Roof” → “Gate”" in shown
    assert run("run", "delete_deals_by_id", "-p", id, "--dry-run", "-o", "json").code == 0
    made = run("run", "post_deals", "-p", "title=New", "--dry-run", "-o", "table")
    assert "created" in made.out
    refused = run("run", "patch_deals_by_id", "-p", "id=999", "-p", "title=Gate", "--dry-run")
    assert refused.code == 1
    assert "not found" in refused.err
    deals = run_connection_action("local", "get_deals")["data"]
    assert [one["title"] for one in deals] == ["Roof"]
