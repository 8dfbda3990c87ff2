"""What the tests of the web app's own API share."""

from __future__ import annotations

import argon2
import pytest

from dealwright.crm.team import logins, sign_in_mail
from tests.fake_mail_server import FakeMailServer


@pytest.fixture(autouse=True)
def _fast_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the hashing of passwords fast."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(logins, "_hasher", lambda: hasher)


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> FakeMailServer:
    """Returns the server that takes the mail of invitations."""
    server = FakeMailServer()
    monkeypatch.setenv(sign_in_mail.SERVER_VARIABLE, "smtp://mail.example.com")
    monkeypatch.setenv(sign_in_mail.SENDER_VARIABLE, "CRM <crm@example.com>")
    monkeypatch.setattr("dealwright.jobs.invitations._connect", lambda: server)
    return server
