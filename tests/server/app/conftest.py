"""What the tests of the web app's own API share."""

from __future__ import annotations

import argon2
import pytest

from dealwright.crm.team import logins


@pytest.fixture(autouse=True)
def _fast_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the hashing of passwords fast."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(logins, "_hasher", lambda: hasher)
