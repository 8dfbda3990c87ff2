"""The channel of the demo company: a chat on its web site."""

from __future__ import annotations

from datetime import datetime, timedelta

from dealwright.crm.correspondence import channels
from dealwright.crm.correspondence.channels import NewMessage
from dealwright.crm.kernel.unit_of_work import UnitOfWork

_CHANNEL, _SELLER = "website-chat", "team"
# For each conversation, who says what: a visitor, or the company.
_CONVERSATIONS: tuple[tuple[tuple[bool, str], ...], ...] = (
    (
        (True, "Hello, do you deliver to smaller towns, too?"),
        (False, "Good morning! Yes, within a week, and for larger orders on a day of your choice."),
        (True, "That suits us. Could someone call me about the terms?"),
    ),
    (
        (True, "We have ordered twice this spring. Is there a better price for a year?"),
        (False, "There is. I will send you an offer with both."),
    ),
    ((True, "Which of your plans has support at weekends?"),),
)


def set_up(crm: UnitOfWork, now: datetime) -> None:
    """Registers the channel, with conversations of the last days."""
    channels.register(crm, {"name": "Website chat", "provider_channel_id": _CHANNEL})
    for number, said in enumerate(_CONVERSATIONS, 1):
        began = now - timedelta(days=len(_CONVERSATIONS) + 1 - number, hours=number)
        for position, (by_visitor, text) in enumerate(said):
            message = NewMessage(
                source_id=f"{number}-{position}",
                sender_id=f"visitor-{number}" if by_visitor else _SELLER,
                message=text,
                status="read" if position + 1 < len(said) else "delivered",
                created_at=began + timedelta(minutes=7 * position),
                reply_by=None,
                attachments=[],
            )
            channels.receive(crm, _CHANNEL, f"conversation-{number}", message, None)
