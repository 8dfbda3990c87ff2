"""The addresses at which a company takes copies of mail, to attach them to its records."""

from __future__ import annotations

import base64
import uuid

from dealwright.crm.unit import Crm

# No real domain: a company of one's own must not send copies of its mail to somebody else.
MAIL_DOMAIN = "bcc.dealwright.invalid"


def address(crm: Crm, deal_id: int | None = None) -> str:
    """Where to send a copy of a mail so that it is attached to a deal, or to whomever it went to."""
    mailbox = crm.company.domain if deal_id is None else f"{crm.company.domain}+deal{deal_id}"
    return f"{mailbox}@{MAIL_DOMAIN}"


def lead_address(crm: Crm, lead_uuid: str) -> str:
    """Where to send a copy of a mail so that it is attached to a lead: 22 characters hold its UUID."""
    code = base64.urlsafe_b64encode(uuid.UUID(lead_uuid).bytes).decode().rstrip("=")
    return f"{crm.company.domain}+{crm.company.id}+lead{code}@{MAIL_DOMAIN}"
