"""Mail about signing in: whether it can be sent, and from whom. A job sends it, so that no request waits for a mail server."""

from __future__ import annotations

import os
from datetime import datetime

from dealwright._json import Json
from dealwright.crm.kernel import notifications
from dealwright.crm.kernel.jobs import enqueue
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.engines import Transaction

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
    arguments: dict[str, Json] = {
        "user_id": user_id,
        "invited_by": crm.actor.name,
        "inviter_id": crm.actor.id,
        "base_url": base_url,
    }
    enqueue(crm, "send_invitation", arguments, lock=f"invitation {user_id}")


def end_invitation(db: Transaction, user_id: int, inviter_id: int, now: datetime, error: str | None) -> None:
    """Tells who has invited a user whether the mail was taken, or why not."""
    notifications.end_job(
        db,
        inviter_id,
        "invitation",
        ("user", user_id),
        now,
        outcome="completed" if error is None else "failed",
        error=error,
    )
