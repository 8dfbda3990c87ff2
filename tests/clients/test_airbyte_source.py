"""Airbyte's source for Pipedrive, unchanged: it reads all its streams, then what has changed since."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clients.administrator import Administrator, connect
from tests.clients.mail import receive_mail
from tests.clients.recording import Call, check_record, served
from tests.clients.running import SCENARIOS, Server, find_client, run
from tests.clients.small_company import ACTIVITIES, DEALS, fill

NAME = "airbyte-source-pipedrive"
STREAMS = 25

LISTS = {
    "deal_fields": "/v1/dealFields",
    "files": "/v1/files",
    "filters": "/v1/filters",
    "lead_labels": "/v1/leadLabels",
    "leads": "/v1/leads",
    "notes": "/v1/notes",
    "activity_types": "/v1/activityTypes",
    "activity_fields": "/v1/activityFields",
    "currencies": "/v1/currencies",
    "organizations": "/v1/organizations",
    "organization_fields": "/v1/organizationFields",
    "permission_sets": "/v1/permissionSets",
    "persons": "/v1/persons",
    "person_fields": "/v1/personFields",
    "pipelines": "/v1/pipelines",
    "products": "/v1/products",
    "product_fields": "/v1/productFields",
    "roles": "/v1/roles",
    "stages": "/v1/stages",
    "users": "/v1/users",
}
"""Where the records of streams are listed whole."""


def decode_messages(text: str) -> Iterator[Any]:
    """Yields the messages in what the source has written: its threads may write two of them into one line."""
    decoder, rest = json.JSONDecoder(), text.lstrip()
    while rest:
        message, end = decoder.raw_decode(rest)
        yield message
        rest = rest[end:].lstrip()


class Source:
    """The source, with its files in the folder of the server."""

    def __init__(self, server: Server) -> None:
        self.client, self.server = find_client(NAME), server
        since = datetime.now(UTC) - timedelta(days=1)
        config = {"api_token": server.sandbox.api_token, "replication_start_date": f"{since:%Y-%m-%dT%H:%M:%SZ}"}
        self._write("config.json", config)
        self.calls: list[Call] = []

    def read(self) -> dict[str, list[dict[str, Any]]]:
        """Returns the records of each stream, and keeps the state for the next time."""
        arguments = [SCENARIOS / "airbyte_sync.py", self.server.folder]
        done = run(self.client, arguments, self.server, python_path=SCENARIOS / "trust")
        self.calls += done.calls
        records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        states: dict[str, Any] = {}
        for message in decode_messages(done.output):
            if message["type"] == "RECORD":
                records[message["record"]["stream"]].append(message["record"]["data"])
            if message["type"] == "STATE":
                states[message["state"]["stream"]["stream_descriptor"]["name"]] = message["state"]
            if message["type"] == "CONNECTION_STATUS":
                assert message["connectionStatus"]["status"] == "SUCCEEDED", message
        self._write("state.json", list(states.values()))
        return records

    def _write(self, name: str, content: object) -> None:
        (self.server.folder / name).write_text(json.dumps(content))


@pytest.fixture
def admin(empty_sqlite_server: Server) -> Iterator[Administrator]:
    with connect(empty_sqlite_server) as connected:
        yield connected


def ids(records: list[dict[str, Any]]) -> list[Any]:
    return sorted(record["id"] for record in records if record.get("id") is not None)


def test_all_is_read_and_then_what_changed(empty_sqlite_server: Server, admin: Administrator) -> None:
    fill(admin)
    receive_mail(empty_sqlite_server)
    source = Source(empty_sqlite_server)
    records = source.read()
    assert len(records) == STREAMS
    for stream, path in LISTS.items():
        assert ids(records[stream]) == ids(admin.get(path, limit=500)), stream
    assert ids(records["activities"]) == list(range(1, ACTIVITIES + 1))
    assert {deal["id"]: deal.get("status") for deal in records["deals"]} == {
        **dict.fromkeys(range(1, DEALS), "open"),
        3: None,  # the source makes no more of what is gone than its id
        DEALS: "won",
    }
    assert [(line["deal_id"], line["quantity"]) for line in records["deal_products"]] == [(2, 3)]
    assert [message["subject"] for message in records["mail"]] == ["Question"]
    assert [goal["title"] for goal in records["goals"]] == ["Ten"]

    time.sleep(1.1)
    admin.patch("/api/v2/deals/2", {"title": "Changed"})
    admin.patch("/api/v2/persons/1", {"name": "Ada Stone"})
    again = source.read()
    # The latest record before the state is read once more.
    assert ids(again["deals"]) == [2, DEALS]
    assert [person["name"] for person in again["persons"]] == ["Ada Stone"]
    assert ids(again["leads"]) == ids(records["leads"])
    check_record(NAME, served(source.calls))
