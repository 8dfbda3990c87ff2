"""What threads know of their messages: found from all of them, or from what is known and one message more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dealwright.crm.correspondence.model import MailMessage, MailThread
from dealwright.crm.values.formats import Values

Summary = Values
"""Columns of a thread that follow from its messages, by name."""

_FLAGS = ("is_smart_bcc", "has_inline_attachments", "has_real_attachments")
_NOTHING: Mapping[str, Any] = {
    "is_read": True,
    "has_received": False,
    "has_sent": False,
    "has_drafts": False,
    **dict.fromkeys(_FLAGS, False),
    "was_begun_by_others": False,
    "message_count": 0,
    "snippet": "",
    "snippet_sent": None,
    "snippet_draft": None,
    "first_message_time": "",
    "last_message_time": "",
    "last_sent_time": None,
    "last_received_time": None,
}


def of_thread(thread: MailThread) -> Summary:
    """Returns what a thread knows of its messages."""
    return {name: getattr(thread, name) for name in _NOTHING}


def of_messages(messages: Iterable[MailMessage]) -> Summary:
    """Returns what a thread with these messages, the oldest first, knows of them."""
    found: Summary = dict(_NOTHING)
    for message in messages:
        found = with_message(found, {name: getattr(message, name) for name in message.__struct_fields__})
    return found


def with_message(before: Mapping[str, Any] | None, message: Mapping[str, Any]) -> Summary:
    """Returns what is known with one message more; ``before`` is None when it is the first."""
    known: dict[str, Any] = dict(before or _NOTHING)
    time, snippet = message["message_time"], message["snippet"]
    is_draft, is_sent = bool(message["is_draft"]), bool(message["is_sent"])
    is_received = not (is_draft or is_sent)
    if not known["message_count"] or time < known["first_message_time"]:
        known |= {"first_message_time": time, "was_begun_by_others": is_received}
    if time >= known["last_message_time"]:
        known |= {"last_message_time": time, "snippet": snippet}
    if is_draft:
        known["snippet_draft"] = snippet
    elif is_sent and time >= (known["last_sent_time"] or ""):
        known |= {"last_sent_time": time, "snippet_sent": snippet}
    elif is_received and time >= (known["last_received_time"] or ""):
        known["last_received_time"] = time
    known["message_count"] += 1
    known["is_read"] = known["is_read"] and bool(message["is_read"])
    flags = {"has_drafts": is_draft, "has_sent": is_sent, "has_received": is_received}
    for name, value in (flags | {name: bool(message[name]) for name in _FLAGS}).items():
        known[name] = known[name] or value
    return known
