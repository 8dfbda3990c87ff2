"""The commands about webhooks: trigger on a connection; log, replay and sign on a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from dealwright import run_connection_action
from dealwright.cli import main
from dealwright.cli.trigger import SAMPLES
from dealwright.connectors import embedded
from dealwright.jobs.due import run_due
from tests import company
from tests.api import Api
from tests.connectors.isolation import new_user
from tests.receiver import Receiver, receiving


@pytest.fixture
def user(tmp_path: Path) -> Iterator[None]:
    with new_user(tmp_path):
        yield
    embedded.close_all()


@pytest.mark.parametrize("object", SAMPLES)
@pytest.mark.parametrize("action", ["create", "change", "delete"])
def test_every_event_can_be_triggered(user: None, capsys: pytest.CaptureFixture[str], object: str, action: str) -> None:
    if (object, action) == ("user", "delete"):
        assert main(["trigger", "user.delete"]) == 2
        assert "nothing can delete" in capsys.readouterr().err
        return
    with receiving() as receiver:
        version = "1.0" if object == "activityType" else "2.0"
        wanted = {"create": "added", "change": "updated", "delete": "deleted"}[action] if version == "1.0" else action
        body = {"subscription_url": receiver.url, "event_action": wanted, "event_object": object, "version": version}
        run_connection_action("local", "post_webhooks", {"data": body})
        assert main(["trigger", f"{object}.{action}"]) == 0
        # What runs jobs in this process has done so when it is closed.
        embedded.close_all()
        assert [one["meta"]["action"] for one in receiver.bodies] == [wanted]
    assert capsys.readouterr().out.count("\n") >= (1 if action == "create" else 2)


@pytest.mark.parametrize("event", ["deal.merge", "merged.person", "organization.merged"])
def test_records_that_can_be_merged_are(user: None, capsys: pytest.CaptureFixture[str], event: str) -> None:
    assert main(["trigger", event]) == 0
    assert "_merge: " in capsys.readouterr().out


@pytest.mark.parametrize("event", ["deal", "deal.explode", "unicorn.create", "note.merge", "."])
def test_what_is_no_event_is_said_to_be_none(user: None, capsys: pytest.CaptureFixture[str], event: str) -> None:
    assert main(["trigger", event]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Error" in said.err or "Usage" in said.err


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def api(location: str) -> Iterator[Api]:
    company.found(location)
    client = company.open_api(location)
    client.companies.webhook_reach = "loopback"
    yield client
    company.close(client)


def rows(capsys: pytest.CaptureFixture[str], location: str, *more: str) -> list[Any]:
    assert main(["webhooks", "log", "--database", location, "-o", "json", *more]) == 0
    found: list[Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_log_tells_what_was_lost_and_it_can_be_repeated(
    api: Api, location: str, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    body = {"subscription_url": receiver.url, "event_action": "*", "event_object": "deal"}
    id = api.post("/v1/webhooks", body).data["id"]
    receiver.answering = lambda one: 500 if one.body["data"]["title"] == "bad" else 200
    for title in ("good", "bad"):
        api.post("/v1/deals", {"title": title})
    for delay in (0, 3, 30, 150):
        api.clock.advance(seconds=delay)
        run_due(api.companies)
    bad, good = rows(capsys, location)
    assert (bad["event"], bad["state"], bad["attempts"], bad["status"]) == ("create deal 2", "failed", 4, 500)
    assert (good["state"], good["webhook"], good["error"]) == ("delivered", id, None)
    assert rows(capsys, location, "--state", "failed", "--webhook", str(id)) == [bad]
    assert rows(capsys, location, "--webhook", "99") == []
    receiver.clear()
    receiver.answering = lambda _: 200
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
