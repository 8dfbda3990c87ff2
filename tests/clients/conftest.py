"""Third-party clients, installed outside the checkout on first use."""

from __future__ import annotations

import pytest

from scripts.apt import Unavailable
from scripts.node_client import NodeClient, find_or_install


@pytest.fixture(scope="session")
def node_client() -> NodeClient:
    """Returns Node and Pipedrive's client for it; skips the test where they cannot be installed."""
    try:
        return find_or_install()
    except Unavailable as reason:
        pytest.skip(f"Node client: {reason}")
