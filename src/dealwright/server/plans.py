"""What the vendor's plans allow: tokens for a day, and requests within two seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

TOKENS_PER_SEAT = 30_000
WINDOW_SECONDS = 2
SEARCHES_PER_WINDOW = 10
CHANGES_PER_DAY = 10_000
"""POST and PUT with an API token, of the days before budgets of tokens: told in a header, and no longer held."""


class Plan(NamedTuple):
    """By what the daily tokens of a seat are multiplied, and how many requests a token may make in a window."""

    multiplier: int
    with_api_token: int
    with_oauth_token: int


PLANS: Mapping[str, Plan] = {
    "lite": Plan(1, 20, 80),
    "growth": Plan(2, 40, 160),
    "premium": Plan(5, 100, 400),
    "ultimate": Plan(7, 120, 480),
    # Those that were sold before.
    "essential": Plan(1, 20, 80),
    "advanced": Plan(2, 40, 160),
    "professional": Plan(3, 80, 320),
    "power": Plan(5, 100, 400),
    "enterprise": Plan(7, 120, 480),
}


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a server holds its companies to.

    ``seats`` is for how many users each of them pays: None for those that are active. ``top_up`` is how many tokens it
    has bought for each day. The day is that of ``time_zone``.
    """

    plan: Plan
    seats: int | None = None
    top_up: int = 0
    time_zone: str = "UTC"

    def budget(self, active_users: int) -> int:
        """The tokens of a company for a day."""
        seats = max(1, active_users) if self.seats is None else self.seats
        return TOKENS_PER_SEAT * self.plan.multiplier * seats + self.top_up
