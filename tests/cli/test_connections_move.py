"""Connections of a user's file are moved into a company, with their secrets and rights, all or none."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dealwright.connectors import connections as stored
from dealwright.connectors.connections import embedded, server
from dealwright.connectors.grants import Grant
from dealwright.connectors.permits import Permits
from dealwright.crm.companies import Companies
from dealwright.crm.integration import connections
from dealwright.crm.integration.connection_secrets import Secrets
from dealwright.crm.integration.connections import Connection
from dealwright.storage.platform import Platform
from tests import company
from tests.cli.command_result import Run
from tests.connectors.isolated_user import isolated_environment
from tests.connectors.service import TOKEN
from tests.connectors.upstream import run_upstream


@pytest.fixture(autouse=True)
def isolated_user(tmp_path: Path) -> Iterator[None]:
    with isolated_environment(tmp_path):
        yield


def read(location: str, user_id: int = 1) -> dict[str, tuple[Connection, Secrets]]:
    platform = Platform(location)
    with Companies(platform).unit_of_work(platform.list_companies()[0], user_id, write=False) as crm:
        found = {
            one.name: (one, connections.open_secrets(crm, one.id))
            for one in connections.list_visible(crm)
            if one.kind != connections.HERE
        }
    platform.close()
    return found


def test_connections_are_moved_with_all_they_have(run: Run, location: str) -> None:
    company.create_company(location)
    one = dataclasses.replace(server("crm", "http://localhost:8000", TOKEN), permits=Permits(kind="read"))
    stored.add(one)
    stored.add(embedded("folder"))
    with run_upstream() as upstream:
        granted = upstream.add_connection("granted")
        result = run("connections", "move", "--database", location, "--shared")
    assert (result.code, result.err.strip()) == (0, "2 connections are in the company")
    found = read(location)
    moved, secrets = found["crm"]
    assert (moved.url, moved.permits, moved.is_shared, secrets.token) == (one.url, "read", True, TOKEN)
    moved, secrets = found["granted"]
    assert (moved.authentication, moved.authorization_id) == ("oauth", granted.authorization)
    assert msgspec.json.decode(str(secrets.grant), type=Grant) == granted.grant
    assert [name for name in ("crm", "granted", "folder") if stored.find_stored(name)] == ["folder"]


def test_all_or_none_are_moved(run: Run, location: str) -> None:
    company.create_company(location)
    for name in ("one", "two"):
        stored.add(server(name, "http://localhost:8000", TOKEN))
    assert run("connections", "move", "two", "--database", location, "--keep").code == 0
    refused = run("connections", "move", "--database", location)
    assert refused.code == 2
    assert "There is a connection 'two' already" in refused.err
    assert list(read(location)) == ["two"]
    assert stored.find_stored("one")
    assert run("connections", "move", "three", "--database", location).code == 3
    assert run("connections", "move", "one", "--database", location, "--user", "nobody@example.com").code == 2
    assert run("connections", "move", "one", "--database", location, "--user", "ADA@example.com").code == 0
    assert read(location)["one"][0].owner_id == 1
