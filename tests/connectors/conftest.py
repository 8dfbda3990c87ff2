"""A fresh user and a recording service for every test of the connector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dealwright.connectors import Client, connections
from tests.connectors.clock import Clock
from tests.connectors.isolation import new_user
from tests.connectors.service import TOKEN, Service, running


@pytest.fixture(autouse=True)
def user(tmp_path: Path) -> Iterator[None]:
    with new_user(tmp_path):
        yield


@pytest.fixture(scope="module")
def shared_service() -> Iterator[Service]:
    with running() as service:
        yield service


@pytest.fixture
def service(shared_service: Service) -> Service:
    shared_service.asked.clear()
    shared_service.replies.clear()
    return shared_service


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(service: Service, clock: Clock) -> Iterator[Client]:
    with Client(connections.server("crm", service.url, TOKEN), clock=clock) as client:
        yield client
