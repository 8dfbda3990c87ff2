"""A mail server that keeps what invitations send."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage


class FakeMailServer:
    """Takes mail in the place of a server, or refuses it."""

    sent: list[EmailMessage]
    refuses = False

    def __init__(self) -> None:
        self.sent = []

    def __enter__(self) -> FakeMailServer:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def send_message(self, message: EmailMessage) -> None:
        if self.refuses:
            raise smtplib.SMTPRecipientsRefused({str(message["To"]): (550, b"no such user")})
        self.sent.append(message)
