"""Fresh companies in a sandbox."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.sandbox.envelopes import Item

GROUP = "Sandbox"


class Company(TypedDict):
    """A company without data, and an API token of its admin."""

    company_domain: str
    api_token: str


@endpoint("POST /sandbox/companies", group=GROUP, cost=0, status=201)
def post_companies() -> Item[Company]:
    """Make a company, for one test.

    Clock and faults are those of the whole sandbox.
    """
