"""Currencies."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.v1.envelopes import List
from dealwright.contract.values import ShortText


class Currency(TypedDict):
    """A currency; one of the company's own (``is_custom_flag``) has no rate of exchange."""

    id: int
    code: str
    name: str
    decimal_points: int
    symbol: str
    active_flag: bool
    is_custom_flag: bool


@endpoint("GET /v1/currencies", group="Currencies", scopes={"base"}, cost=20)
def get_currencies(
    term: Annotated[ShortText, Meta(description="Only currencies with this text in their name or code.")] | None = None,
) -> List[Currency]:
    """List the currencies that amounts may be in."""
