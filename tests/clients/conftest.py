"""Third-party clients, installed outside the checkout on first use."""

from __future__ import annotations

import pytest

from scripts.apt import Unavailable
from scripts.node_client import NodeClient, installed


@pytest.fixture(scope="session")
def node_client() -> NodeClient:
    """Node and Pipedrive's client for it; skips the test where they cannot be had."""
    try:
        return installed()
    except Unavailable as reason:
        pytest.skip(f"Node client: {reason}")
