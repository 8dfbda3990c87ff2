"""The Singer tap of Pipedrive, unchanged: a full sync of all its streams, then one of what has changed since."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.clients.administrator import Administrator, connect
from tests.clients.recording import Call, check_record, served
from tests.clients.running import Server, find_client, run
from tests.clients.small_company import DEALS, fill

NAME = "tap-pipedrive"
START = "2000-01-01T00:00:00Z"


class Sync(NamedTuple):
    """What the tap has written: the records of each stream, the last state, and what it has called."""

    records: dict[str, list[dict[str, Any]]]
    state: dict[str, Any]
    calls: list[Call]

    def ids(self, stream: str) -> list[Any]:
        return sorted(record["id"] for record in self.records[stream])


class Tap:
    """The tap's command, with its files in a folder of the server."""

    def __init__(self, server: Server) -> None:
        self.client, self.server = find_client(NAME), server
        self.config = self._write("config.json", {"api_token": server.sandbox.api_token, "start_date": START})
        discovered = run(self.client, ["-m", "tap_pipedrive.cli", "--config", self.config, "--discover"], server)
        self.calls = discovered.calls
        catalog = json.loads(discovered.output)
        for stream in catalog["streams"]:
            for entry in stream["metadata"]:
                entry["metadata"]["selected"] = True
        self.streams = {stream["tap_stream_id"]: stream["schema"]["properties"] for stream in catalog["streams"]}
        self.catalog = self._write("catalog.json", catalog)

    def sync(self, state: dict[str, Any] | None = None) -> Sync:
        """Runs the tap, from a state if that is given."""
        arguments = ["-m", "tap_pipedrive.cli", "--config", self.config, "--catalog", self.catalog]
        if state is not None:
            arguments += ["--state", self._write("state.json", state)]
        done = run(self.client, arguments, self.server)
        messages = [json.loads(line) for line in done.output.splitlines()]
        records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for message in messages:
            if message["type"] == "RECORD":
                records[message["stream"]].append(message["record"])
        return Sync(records, [one["value"] for one in messages if one["type"] == "STATE"][-1], done.calls)

    def _write(self, name: str, content: object) -> str:
        path = Path(self.server.folder, name)
        path.write_text(json.dumps(content))
        return str(path)


def expected(admin: Administrator) -> dict[str, list[Any]]:
    """Returns the ids of all records that the tap must bring, from lists that it does not ask for where there are such."""
    lists = {
        "currency": admin.get("/v1/currencies"),
        "activity_types": admin.get("/v1/activityTypes"),
        "stages": admin.get("/v1/stages"),
        "filters": admin.get("/v1/filters"),
        "pipelines": admin.get("/v1/pipelines"),
        "notes": admin.get("/v1/notes"),
        "users": admin.get("/v1/users"),
        "activities": admin.get("/v1/activities", user_id=0, limit=500),
        "deals": admin.get("/v1/deals", status="all_not_deleted") + admin.get("/v1/deals", status="deleted"),
        "files": admin.get("/v1/files"),
        "organizations": admin.get("/v1/organizations"),
        "persons": admin.get("/v1/persons"),
        "products": admin.get("/v1/products"),
        "deal_products": admin.get("/api/v2/deals/products", deal_ids="1,2"),
        "deal_fields": admin.get("/v1/dealFields", limit=500),
    }
    # What has an id: parts of fields have none.
    return {stream: sorted(record["id"] for record in found if record["id"]) for stream, found in lists.items()}


def change(admin: Administrator) -> dict[str, list[Any]]:
    """Adds or changes a record of every stream that is not read in full each time; returns the ids."""
    conditions = admin.get("/v1/filters/1")["conditions"]
    return {
        "activity_types": [admin.post("/v1/activityTypes", {"name": "Visit", "icon_key": "car"})["id"]],
        "stages": [admin.patch("/api/v2/stages/2", {"name": "Offered"})["id"]],
        "filters": [admin.put("/v1/filters/1", {"name": "Yours", "conditions": conditions})["id"]],
        "pipelines": [admin.patch("/api/v2/pipelines/1", {"name": "Mill"})["id"]],
        "notes": [admin.put("/v1/notes/1", {"content": "Mind the mill"})["id"]],
        "users": [admin.post("/v1/users", {"email": "bo@mill.example"})["id"]],
        "activities": [admin.patch("/api/v2/activities/1", {"done": True})["id"]],
        "files": [admin.upload("/v1/files", "more.txt", b"more", deal_id=1)["id"]],
        "organizations": [admin.patch("/api/v2/organizations/1", {"name": "Mill Inc"})["id"]],
        "persons": [admin.patch("/api/v2/persons/1", {"name": "Ada Miller-Stone"})["id"]],
        "products": [admin.patch("/api/v2/products/1", {"name": "Rye flour"})["id"]],
        # The activity changes its deal, the first one, too.
        "deals": [1, admin.patch("/api/v2/deals/2", {"stage_id": 3})["id"]],
        "deal_products": [1],
        "deal_fields": [admin.post("/v1/dealFields", {"name": "Sacks", "field_type": "double"})["id"]],
    }


@pytest.fixture
def admin(empty_server: Server) -> Iterator[Administrator]:
    with connect(empty_server) as connected:
        yield connected


def test_a_full_sync_and_one_of_what_changed(empty_server: Server, admin: Administrator) -> None:
    fill(admin)
    tap = Tap(empty_server)
    full = tap.sync()
    wanted = expected(admin)
    assert {stream: full.ids(stream) for stream in tap.streams if stream != "dealflow"} == wanted
    deal = next(record for record in full.records["deals"] if record["id"] == 2)
    keys = {field["name"]: field["key"] for field in admin.get("/v1/dealFields", limit=500)}
    assert (deal["title"], deal["value"], deal["products_count"]) == ("Deal 2", 6, 1)
    assert deal[keys["Budget"]] == {"value": 10.5, "currency": "EUR"}
    assert [type(label) for label in deal[keys["Source"]]] == [str]
    assert {record["id"]: record["status"] for record in full.records["deals"]}[3] == "deleted"
    flow = [(row["item_id"], row["field_key"], row["new_value"]) for row in full.records["dealflow"]]
    assert sorted(id for id, key, _ in flow if key == "add_time") == [1, 2, *range(4, DEALS + 1)]
    assert [(id, value) for id, key, value in flow if key == "stage_id"] == [(1, "2")]
    assert [(row["deal_id"], row["quantity"], row["sum"]) for row in full.records["deal_products"]] == [(2, 3, 6)]

    changed = change(admin)
    again = tap.sync(full.state)
    assert {stream: again.ids(stream) for stream in changed} == changed
    # The deal of the latest change before is looked at once more.
    assert {row["item_id"] for row in again.records["dealflow"]} == {1, 2, DEALS}
    assert again.ids("currency") == wanted["currency"]

    calls = [*tap.calls, *full.calls, *again.calls]
    check_record(NAME, served(calls))
