"""The record of which client calls which action."""

from __future__ import annotations

import json

from dealwright.contract import catalogue
from scripts import clients
from tests.clients.recording import RECORD


def test_the_record_names_clients_and_actions() -> None:
    record: dict[str, list[str]] = json.loads(RECORD.read_text())
    assert list(record) == clients.names()
    for client, actions in record.items():
        assert actions, client
        assert actions == sorted(set(actions) & catalogue.entries().keys()), client
