"""The add-ons that the company has booked."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.v1.envelopes import List


class Addon(TypedDict):
    """An add-on, by its code."""

    code: str


@endpoint("GET /v1/billing/subscriptions/addons", group="Billing", scopes={"users:read"}, cost=20)
def get_billing_subscriptions_addons() -> List[Addon]:
    """List the add-ons of the company's subscription."""
