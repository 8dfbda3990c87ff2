"""An isolated user and a recording service for every test of the connector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dealwright.connectors import Client, connections
from tests.connectors.clock import Clock
from tests.connectors.isolated_user import isolated_environment
from tests.connectors.service import TOKEN, StubService, run_service


@pytest.fixture(autouse=True)
def isolated_user(tmp_path: Path) -> Iterator[None]:
    with isolated_environment(tmp_path):
        yield


@pytest.fixture(scope="module")
def shared_service() -> Iterator[StubService]:
    with run_service() as service:
        yield service


@pytest.fixture
def service(shared_service: StubService) -> StubService:
    shared_service.requests.clear()
    shared_service.responses.clear()
    return shared_service


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(service: StubService, clock: Clock) -> Iterator[Client]:
    with Client(connections.server("crm", service.url, TOKEN), clock=clock) as client:
        yield client
