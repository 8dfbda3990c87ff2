"""The pytest plugin. Its fixtures are imported when a test asks for the first one, so that other runs of pytest are no slower."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dealwright.connectors.client import Client
    from dealwright.server.faults import Faults
    from dealwright.testing.clock import Clock
    from dealwright.testing.company import TestCrm
    from dealwright.testing.http_server import TestServer
    from dealwright.testing.webhooks import Webhooks

SHORT_NAMES = "dealwright_short_names"
CONNECTIONS = "dealwright_connections"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares the settings."""
    parser.addini(SHORT_NAMES, "Call the fixtures crm, server, clock, faults and webhooks, too.", "bool", default=False)
    parser.addini(
        CONNECTIONS, "Names of connections that lead to the CRM of the test, beside local.", "args", default=[]
    )


def pytest_configure(config: pytest.Config) -> None:
    """Adds the short names where they are wished for."""
    if config.getini(SHORT_NAMES):
        from dealwright.testing import short_names  # noqa: PLC0415 - only where it is wanted

        config.pluginmanager.register(short_names, "dealwright-short-names")


@pytest.fixture(scope="session")
def _dealwright_template() -> Iterator[Path]:
    from dealwright.testing import company  # noqa: PLC0415

    with company.template() as folder:
        yield folder


@pytest.fixture
def dealwright_test_crm(request: pytest.FixtureRequest, _dealwright_template: Path) -> Iterator[TestCrm]:
    """A fresh company with all that tests do with it: ``client``, ``server``, ``clock``, ``faults``, ``webhooks``."""
    from dealwright.testing import company  # noqa: PLC0415

    names = request.config.getini(CONNECTIONS)
    with company.open_crm(_dealwright_template, connection_names=names) as crm:
        yield crm


@pytest.fixture
def dealwright_crm(dealwright_test_crm: TestCrm) -> Client:
    """A client of a fresh company; within the test the connection ``local`` leads there, too."""
    return dealwright_test_crm.client


@pytest.fixture
def dealwright_server(dealwright_test_crm: TestCrm) -> TestServer:
    """The test's company over HTTP, with ``url`` and ``token``."""
    return dealwright_test_crm.server


@pytest.fixture
def dealwright_clock(dealwright_test_crm: TestCrm) -> Clock:
    """The clock of the test's company."""
    return dealwright_test_crm.clock


@pytest.fixture
def dealwright_faults(dealwright_test_crm: TestCrm) -> Faults:
    """What is to go wrong with the next requests to the test's company."""
    return dealwright_test_crm.faults


@pytest.fixture
def dealwright_webhooks(dealwright_test_crm: TestCrm) -> Webhooks:
    """What the test's company sends to webhooks from now on."""
    return dealwright_test_crm.webhooks
