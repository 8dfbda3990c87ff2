"""The fields of activities."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.fields import Field


@endpoint("GET /v1/activityFields", group="ActivityFields", scopes={"activities:full", "activities:read"}, cost=20)
def get_activity_fields() -> Page[Field]:
    """List all activity fields."""
