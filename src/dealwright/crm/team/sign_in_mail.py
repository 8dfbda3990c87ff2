"""Mail about signing in: whether it can be sent, and from whom. A job sends it, so that no request waits for a mail server."""

from __future__ import annotations

import os

from dealwright._json import Json
from dealwright.crm.kernel.jobs import enqueue
from dealwright.crm.kernel.unit_of_work import UnitOfWork

SERVER_VARIABLE = "DEALWRIGHT_MAIL_SERVER"
"""The environment variable with the server that takes mail, as ``smtp://user@mail.example.com:587`` or ``smtps://…``."""

PASSWORD_VARIABLE = "DEALWRIGHT_MAIL_SERVER_PASSWORD"
SENDER_VARIABLE = "DEALWRIGHT_MAIL_FROM"
"""The environment variable with the address that mail comes from."""


def is_configured() -> bool:
    """Whether mail can be sent."""
    return bool(os.environ.get(SERVER_VARIABLE) and os.environ.get(SENDER_VARIABLE))


def enqueue_invitation(crm: UnitOfWork, user_id: int, base_url: str) -> None:
    """Has an invitation sent to a user. Its link is made when it is sent, so that no job holds one."""
    arguments: dict[str, Json] = {"user_id": user_id, "invited_by": crm.actor.name, "base_url": base_url}
    enqueue(crm, "send_invitation", arguments, lock=f"invitation {user_id}")
