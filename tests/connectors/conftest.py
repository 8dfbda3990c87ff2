"""An isolated user and a recording service for every test of the connector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dealwright.connectors import Client, connections
from tests.connectors.async_adapter import ClientOfTasks
from tests.connectors.clock import Clock
from tests.connectors.isolated_user import isolated_environment
from tests.connectors.service import TOKEN, StubService, run_service

BOTH_CLIENTS = (
    *(
        "test_answer_sizes",
        "test_answers",
        "test_both_clients",
        "test_budget",
        "test_certain_calls",
        "test_idempotency",
        "test_misbehaviour",
    ),
    *("test_pages", "test_params", "test_retries", "test_token_refresh", "test_with_limits"),
)
"""The modules whose tests are about the rules: they run with the client of threads and with that of tasks."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.rpartition(".")[2] in BOTH_CLIENTS and hasattr(metafunc.module, "Client"):
        metafunc.fixturenames.append("client_class")
        metafunc.parametrize("client_class", [Client, ClientOfTasks], ids=["threads", "tasks"], indirect=True)


@pytest.fixture
def client_class(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    kind = getattr(request, "param", Client)
    if kind is not Client:
        monkeypatch.setattr(request.module, "Client", kind)
    return kind


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
def client(service: StubService, clock: Clock, client_class: Any) -> Iterator[Client]:
    with client_class(connections.server("crm", service.url, TOKEN), clock=clock) as client:
        yield client
