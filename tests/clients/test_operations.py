"""The record of which client calls which action."""

from __future__ import annotations

import json

from dealwright.contract import catalogue
from scripts import clients
from tests.clients.recording import RECORD

BY_NAMES_ALONE = frozenset({"abstra", "jest"})
"""The clients that name actions, and ask for none of their paths."""


def test_the_record_names_clients_and_actions() -> None:
    record: dict[str, list[str]] = json.loads(RECORD.read_text())
    assert list(record) == [name for name in clients.names() if name not in BY_NAMES_ALONE]
    for client, actions in record.items():
        assert actions, client
        assert actions == sorted(set(actions) & catalogue.entries().keys()), client
