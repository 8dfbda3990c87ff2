"""The addresses at which a company takes copies of mail, to attach them to its records."""

from __future__ import annotations

from dealwright.crm.unit import Crm

MAIL_DOMAIN = "pipedrivemail.com"


def address(crm: Crm, deal_id: int | None = None) -> str:
    """Where to send a copy of a mail so that it is attached to a deal, or to whomever it went to."""
    mailbox = crm.company.domain if deal_id is None else f"{crm.company.domain}+deal{deal_id}"
    return f"{mailbox}@{MAIL_DOMAIN}"
