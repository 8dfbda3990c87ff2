"""The rate limits of ``dealwright serve --plan``: options, counters shared by processes, and saving them at the end."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from dealwright.crm.companies import Companies
from dealwright.server.limits import RateLimiter, new_shared_array
from dealwright.server.rate_limit_plans import PLANS, RateLimitPolicy
from dealwright.server.shared_counters import SharedArray
from dealwright.storage.platform import Platform

PlanName = StrEnum("PlanName", {name.upper(): name for name in PLANS})  # type: ignore[misc]


class ServerLimits(NamedTuple):
    """The rate limits of a server, and the counters that its processes share.

    Is passed to each process as it starts.
    """

    policy: RateLimitPolicy
    counters: SharedArray

    def create_limits(self, companies: Companies) -> RateLimiter:
        """Returns the rate limiter of one process."""
        return RateLimiter(companies, self.policy, self.counters)

    def flush(self, location: str) -> None:
        """Saves the used tokens, when all processes have ended."""
        platform = Platform(location)
        try:
            self.create_limits(Companies(platform)).flush_all()
        finally:
            platform.close()


def limits_from_options(
    plan: PlanName | None, seats: int | None, top_up: int, time_zone: str, *, processes: int
) -> ServerLimits | None:
    """Returns the limits of these options; None for no limits. Raises `typer.BadParameter`."""
    if plan is None:
        if seats is not None or top_up or time_zone != "UTC":
            raise typer.BadParameter("--seats, --top-up and --time-zone go with a --plan")
        return None
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise typer.BadParameter(f"there is no time zone {time_zone}; Europe/Berlin is one") from None
    policy = RateLimitPolicy(plan=PLANS[plan], seats=seats, top_up=top_up, time_zone=time_zone)
    return ServerLimits(policy, new_shared_array(policy, processes=processes))
