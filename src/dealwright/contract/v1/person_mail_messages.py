"""The mail about a person."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Limit, RecordId, Start
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.mail_messages import MailMessageEntry


@endpoint("GET /v1/persons/{id}/mailMessages", group="Persons", scopes={"mail:full", "mail:read"}, cost=20)
def get_persons_by_id_mail_messages(
    id: RecordId, start: Start = 0, limit: Limit | None = None
) -> Page[MailMessageEntry]:
    """List the mail messages about a person."""
