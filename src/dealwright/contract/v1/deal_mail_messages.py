"""The mail about a deal."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Limit, RecordId, Start
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.mail_messages import MailMessageEntry


@endpoint("GET /v1/deals/{id}/mailMessages", group="Deals", scopes={"mail:full", "mail:read"}, cost=20)
def get_deals_by_id_mail_messages(id: RecordId, start: Start = 0, limit: Limit | None = None) -> Page[MailMessageEntry]:
    """List the mail messages about a deal."""
