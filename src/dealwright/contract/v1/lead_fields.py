"""The fields of leads; their custom fields are those of deals."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Limit, Start
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.fields import Field


@endpoint("GET /v1/leadFields", group="LeadFields", scopes={"admin", "leads:full", "leads:read"}, cost=20)
def get_lead_fields(start: Start = 0, limit: Limit | None = None) -> Page[Field]:
    """List the lead fields, those of the system and custom ones."""
