"""The connector on a new company, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dealwright.connectors import Client
from dealwright.connectors.asgi import AsgiTransport
from dealwright.connectors.embedded import LocalCrm
from tests.api import Api
from tests.connectors.isolated_user import isolated_environment


@pytest.fixture
def crm(api: Api, tmp_path: Path) -> Iterator[Client]:
    transport = AsgiTransport(api.app)
    with (
        isolated_environment(tmp_path / "user"),
        transport,
        Client("local", application=LocalCrm(transport, api.token)) as client,
    ):
        yield client
