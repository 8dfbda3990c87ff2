"""The short names of the fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dealwright.connectors.client import Client
    from dealwright.server.faults import Faults
    from dealwright.testing.clock import Clock
    from dealwright.testing.http_server import TestServer
    from dealwright.testing.webhooks import Webhooks


@pytest.fixture
def crm(dealwright_crm: Client) -> Client:
    """``dealwright_crm``."""
    return dealwright_crm


@pytest.fixture
def server(dealwright_server: TestServer) -> TestServer:
    """``dealwright_server``."""
    return dealwright_server


@pytest.fixture
def clock(dealwright_clock: Clock) -> Clock:
    """``dealwright_clock``."""
    return dealwright_clock


@pytest.fixture
def faults(dealwright_faults: Faults) -> Faults:
    """``dealwright_faults``."""
    return dealwright_faults


@pytest.fixture
def webhooks(dealwright_webhooks: Webhooks) -> Webhooks:
    """``dealwright_webhooks``."""
    return dealwright_webhooks
