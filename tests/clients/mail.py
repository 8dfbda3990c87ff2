"""Mail for the companies that clients are run against: no call of the API brings it in."""

from __future__ import annotations

from uuid import uuid4

from tests import company, mailbox
from tests.clients.running import Server


def receive_mail(server: Server) -> None:
    """Has a mail come into the mailbox of the administrator."""
    api = company.open_api(server.database, files=server.files)
    try:
        mailbox.receive(api, mailbox.write_mail(id=f"{uuid4()}@customer.example"))
    finally:
        company.close(api)
