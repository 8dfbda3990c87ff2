"""The limits that ``dealwright serve --plan`` holds: what the options ask for, what processes share, what is kept at the end."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from dealwright.crm.unit import Companies
from dealwright.server.counters import Block
from dealwright.server.limits import Limits, new_block
from dealwright.server.plans import PLANS, Terms
from dealwright.storage.platform import Platform

PlanName = StrEnum("PlanName", {name.upper(): name for name in PLANS})  # type: ignore[misc]


class Held(NamedTuple):
    """What a server holds its companies to, and the counters that its processes share. Goes to each process as it starts."""

    terms: Terms
    block: Block

    def limits(self, companies: Companies) -> Limits:
        """The limits as one process sees them."""
        return Limits(companies, self.terms, self.block)

    def write_down(self, location: str) -> None:
        """Keeps what has been spent, when all processes have ended."""
        platform = Platform(location)
        try:
            self.limits(Companies(platform)).settle_all()
        finally:
            platform.close()


def held(plan: PlanName | None, seats: int | None, top_up: int, time_zone: str, *, processes: int) -> Held | None:
    """What the options ask for; None for no limits. Raises `typer.BadParameter`."""
    if plan is None:
        if seats is not None or top_up or time_zone != "UTC":
            raise typer.BadParameter("--seats, --top-up and --time-zone go with a --plan")
        return None
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise typer.BadParameter(f"there is no time zone {time_zone}; Europe/Berlin is one") from None
    terms = Terms(plan=PLANS[plan], seats=seats, top_up=top_up, time_zone=time_zone)
    return Held(terms, new_block(terms, processes=processes))
