"""Mail for the tests: messages, and how they come into the mailboxes of users."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

from dealwright.crm.correspondence.mail_storage import Arrival
from dealwright.crm.correspondence.model import MailMessage
from dealwright.crm.values import mail
from dealwright.crm.values.formats import format_time
from dealwright.mail.delivery import deliver
from tests.api import Api


def write_mail(
    *,
    sender: str = "Mary Major <mary@customer.example>",
    to: str = "Ada Admin <ada@example.com>",
    subject: str = "Question",
    text: str | None = "Dear Ada,\nhow much is it?",
    html: str | None = None,
    id: str = "first@customer.example",
    answers: str | None = None,
    time: str | None = "Mon, 02 Mar 2026 09:30:00 +0000",
    files: Mapping[str, bytes] | None = None,
    images: Mapping[str, bytes] | None = None,
    **headers: str,
) -> EmailMessage:
    """Returns a message. ``images`` are shown in its HTML, by their content ids."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = f"<{id}>"
    if time is not None:
        message["Date"] = time
    if answers is not None:
        message["In-Reply-To"] = f"<{answers}>"
        message["References"] = f"<{answers}>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text or "")
    if html is not None:
        message.add_alternative(html, subtype="html")
        part: Any = message.get_payload()[-1]  # type: ignore[index]
        for cid, content in (images or {}).items():
            part.add_related(content, "image", "png", cid=f"<{cid}>")
    for name, content in (files or {}).items():
        message.add_attachment(content, "application", "octet-stream", filename=name)
    return message


def receive(api: Api, message: EmailMessage | bytes | None = None, **arrival: Any) -> MailMessage:
    """Has a message, by default the first one of `write_mail`, come into the mailbox of a user; by default privately."""
    raw = bytes(message) if isinstance(message, EmailMessage) else message or bytes(write_mail())
    how: dict[str, Any] = {
        "account_id": "0" * 32,
        "folder": "inbox",
        "time": format_time(api.clock.now),
        "is_private": True,
        "is_synced": True,
        **arrival,
    }
    company, user_id = api.principal.company, api.principal.user_id
    return deliver(api.companies, company, user_id, mail.read(raw), lambda _crm: Arrival(**how))
