"""The e-mail addresses to which users send copies of mail, to attach it to records of the company."""

from __future__ import annotations

import base64
import re
import uuid
from typing import NamedTuple

from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.mail_domain import mail_domain

_ADDRESS = re.compile(r"([a-z0-9-]+)(?:\+deal([1-9][0-9]{0,14})|\+([1-9][0-9]{0,14})\+lead([A-Za-z0-9_-]{22}))?")


class Recipient(NamedTuple):
    """What an address for copies stands for: a company, and perhaps a deal or a lead of it."""

    company: str
    deal_id: int | None = None
    lead_id: str | None = None


def address(crm: UnitOfWork, deal_id: int | None = None) -> str:
    """Returns the address for copies of mail, to attach them to a deal or, without one, to the mail's recipients."""
    mailbox = crm.company.domain if deal_id is None else f"{crm.company.domain}+deal{deal_id}"
    return f"{mailbox}@{mail_domain()}"


def lead_address(crm: UnitOfWork, lead_uuid: str) -> str:
    """Returns the address for copies of mail about a lead. 22 characters of it hold the UUID."""
    code = base64.urlsafe_b64encode(uuid.UUID(lead_uuid).bytes).decode().rstrip("=")
    return f"{crm.company.domain}+{crm.company.id}+lead{code}@{mail_domain()}"


def parse(address: str) -> Recipient | None:
    """Returns what an address for copies stands for; None for any other address."""
    mailbox, _, domain = address.rpartition("@")
    name, plus, rest = mailbox.partition("+")
    # The code of a lead tells capital letters from small ones.
    found = _ADDRESS.fullmatch(f"{name.lower()}{plus}{rest}")
    if found is None or domain.lower() != mail_domain().lower():
        return None
    company, deal_id, _company_id, code = found.groups()
    lead_id = str(uuid.UUID(bytes=base64.urlsafe_b64decode(f"{code}=="))) if code else None
    return Recipient(company, int(deal_id) if deal_id else None, lead_id)
