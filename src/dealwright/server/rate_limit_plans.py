"""The rate limits of the vendor's plans: tokens for a day, and requests within two seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

TOKENS_PER_SEAT = 30_000
WINDOW_SECONDS = 2
SEARCHES_PER_WINDOW = 10
CHANGES_PER_DAY = 10_000
"""The limit of POST and PUT with an API token, from before token budgets: reported in a header, no longer enforced."""


class Plan(NamedTuple):
    """The multiplier of a seat's daily tokens, and the number of requests that a token may make in a window."""

    multiplier: int
    api_token_requests: int
    oauth_token_requests: int


PLANS: Mapping[str, Plan] = {
    "lite": Plan(1, 20, 80),
    "growth": Plan(2, 40, 160),
    "premium": Plan(5, 100, 400),
    "ultimate": Plan(7, 120, 480),
    # Plans that are no longer sold.
    "essential": Plan(1, 20, 80),
    "advanced": Plan(2, 40, 160),
    "professional": Plan(3, 80, 320),
    "power": Plan(5, 100, 400),
    "enterprise": Plan(7, 120, 480),
}


class RateLimitPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The limits that a server enforces on its companies.

    ``seats`` is the number of users that each of them pays for: None for the active ones. ``top_up`` is the number of
    tokens it has bought for each day. The day is that of ``time_zone``.
    """

    plan: Plan
    seats: int | None = None
    top_up: int = 0
    time_zone: str = "UTC"

    def budget(self, active_users: int) -> int:
        """Returns the tokens of a company for a day."""
        seats = max(1, active_users) if self.seats is None else self.seats
        return TOKENS_PER_SEAT * self.plan.multiplier * seats + self.top_up
