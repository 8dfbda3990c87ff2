"""The e-mail addresses to which users send copies of mail, to attach it to records of the company."""

from __future__ import annotations

import base64
import uuid

from dealwright.crm.kernel.unit_of_work import UnitOfWork

# Not a real domain, so that a self-hosted company does not send copies of its mail to a third party.
MAIL_DOMAIN = "bcc.dealwright.invalid"


def address(crm: UnitOfWork, deal_id: int | None = None) -> str:
    """Returns the address for copies of mail, to attach them to a deal or, without one, to the mail's recipients."""
    mailbox = crm.company.domain if deal_id is None else f"{crm.company.domain}+deal{deal_id}"
    return f"{mailbox}@{MAIL_DOMAIN}"


def lead_address(crm: UnitOfWork, lead_uuid: str) -> str:
    """Returns the address for copies of mail about a lead. 22 characters of it hold the UUID."""
    code = base64.urlsafe_b64encode(uuid.UUID(lead_uuid).bytes).decode().rstrip("=")
    return f"{crm.company.domain}+{crm.company.id}+lead{code}@{MAIL_DOMAIN}"
