"""The commands about webhooks: trigger on a connection; log, replay and sign on a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from dealwright import run_connection_action
from dealwright.cli import main
from dealwright.cli.trigger import SAMPLES
from dealwright.connectors import embedded
from dealwright.jobs.run_due import run_due
from tests import company
from tests.api import Api
from tests.connectors.isolated_user import isolated_environment
from tests.receiver import Receiver, run_receiver


@pytest.fixture
def isolated_user(tmp_path: Path) -> Iterator[None]:
    with isolated_environment(tmp_path):
        yield
    embedded.close_all()


@pytest.mark.parametrize("object", SAMPLES)
@pytest.mark.parametrize("action", ["create", "change", "delete"])
def test_every_event_can_be_triggered(
    isolated_user: None, capsys: pytest.CaptureFixture[str], object: str, action: str
) -> None:
    if (object, action) == ("user", "delete"):
        assert main(["trigger", "user.delete"]) == 2
        assert "nothing can delete" in capsys.readouterr().err
        return
    with run_receiver() as receiver:
        version = "1.0" if object == "activityType" else "2.0"
        event_action = (
            {"create": "added", "change": "updated", "delete": "deleted"}[action] if version == "1.0" else action
        )
        body = {
            "subscription_url": receiver.url,
            "event_action": event_action,
            "event_object": object,
            "version": version,
        }
        run_connection_action("local", "post_webhooks", {"data": body})
        assert main(["trigger", f"{object}.{action}"]) == 0
        # Closing the embedded CRM waits for the jobs that run in this process.
        embedded.close_all()
        assert [one["meta"]["action"] for one in receiver.bodies] == [event_action]
    assert capsys.readouterr().out.count("\n") >= (1 if action == "create" else 2)


@pytest.mark.parametrize("event", ["deal.merge", "merged.person", "organization.merged"])
def test_records_that_can_be_merged_are(isolated_user: None, capsys: pytest.CaptureFixture[str], event: str) -> None:
    assert main(["trigger", event]) == 0
    assert "_merge: " in capsys.readouterr().out


@pytest.mark.parametrize("event", ["deal", "deal.explode", "unicorn.create", "note.merge", "."])
def test_unknown_events_are_refused(isolated_user: None, capsys: pytest.CaptureFixture[str], event: str) -> None:
    assert main(["trigger", event]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Error" in captured.err or "Usage" in captured.err


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with run_receiver() as receiver:
        yield receiver


@pytest.fixture
def api(location: str) -> Iterator[Api]:
    company.create_company(location)
    client = company.open_api(location)
    client.companies.webhook_reach = "loopback"
    yield client
    company.close(client)


def read_log(capsys: pytest.CaptureFixture[str], location: str, *options: str) -> list[Any]:
    assert main(["webhooks", "log", "--database", location, "-o", "json", *options]) == 0
    found: list[Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_log_lists_failed_deliveries_and_replay_repeats_them(
    api: Api, location: str, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    # The command uses the clock of the machine.
    api.clock.now = datetime.now(UTC)
    body = {"subscription_url": receiver.url, "event_action": "*", "event_object": "deal"}
    id = api.post("/v1/webhooks", body).data["id"]
    receiver.get_status = lambda one: 500 if one.body["data"]["title"] == "bad" else 200
    for title in ("good", "bad"):
        api.post("/v1/deals", {"title": title})
    for delay in (0, 3, 30, 150):
        api.clock.advance(seconds=delay)
        run_due(api.companies)
    bad, good = read_log(capsys, location)
    assert (bad["event"], bad["state"], bad["attempts"], bad["status"]) == ("create deal 2", "failed", 4, 500)
    assert (good["state"], good["webhook"], good["error"]) == ("delivered", id, None)
    assert read_log(capsys, location, "--state", "failed", "--webhook", str(id)) == [bad]
    assert read_log(capsys, location, "--webhook", "99") == []
    receiver.clear()
    receiver.get_status = lambda _: 200
    for expected in ("1", "0"):
        assert main(["webhooks", "replay", "--failed", "--database", location]) == 0
        assert capsys.readouterr().out.startswith(expected)
    run_due(api.companies)
    assert [one["data"]["title"] for one in receiver.bodies] == ["bad"]
    assert main(["webhooks", "replay", str(good["id"]), "--database", location]) == 0
    run_due(api.companies)
    assert [one["data"]["title"] for one in receiver.bodies] == ["bad", "good"]
    for wrong in (["999"], [], ["1", "--failed"]):
        assert main(["webhooks", "replay", *wrong, "--database", location]) == 2


def test_signing_is_switched_on_and_off(
    api: Api, location: str, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"subscription_url": receiver.url, "event_action": "*", "event_object": "deal"}
    id = api.post("/v1/webhooks", body).data["id"]
    secrets = []
    for _ in range(2):
        assert main(["webhooks", "sign", str(id), "--database", location]) == 0
        secrets.append(capsys.readouterr().out.strip())
    assert secrets[0] == secrets[1]
    assert secrets[0].startswith("whsec_")
    assert Webhook(secrets[0])
    api.post("/v1/deals", {"title": "Deal"})
    run_due(api.companies)
    assert "webhook-signature" in receiver.received[-1].headers
    assert main(["webhooks", "sign", str(id), "--off", "--database", location]) == 0
    assert capsys.readouterr().out == ""
    api.post("/v1/deals", {"title": "Deal"})
    run_due(api.companies)
    assert "webhook-signature" not in receiver.received[-1].headers
    assert main(["webhooks", "sign", "99", "--database", location]) == 2
