"""What it costs to count a request against limits: processor time of the admission alone, without the request."""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime, timedelta

from dealwright.crm.unit import Bearer, Companies
from dealwright.server.limits import Limits, Price, new_block
from dealwright.server.plans import PLANS, Terms
from dealwright.storage.platform import Platform

ROUNDS = 20
REQUESTS = 5000
# 200 requests of each token are in its window.
BETWEEN = timedelta(milliseconds=10)
PRICE = Price(10, search=False)


class Clock:
    """Moves on with every look at it, so that what was counted leaves the window again."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += BETWEEN
        return self.now


def microseconds(location: str, *, processes: int) -> float:
    """The median of the rounds, with counters for one process or such that several share."""
    platform = Platform(location)
    try:
        companies = Companies(platform, Clock())
        terms = Terms(plan=PLANS["ultimate"]._replace(with_api_token=480), top_up=10**12)
        limits = Limits(companies, terms, new_block(terms, processes=processes))
        bearer = Bearer(platform.companies()[0], 1)
        rounds = []
        for _ in range(ROUNDS):
            began = time.process_time()
            for _ in range(REQUESTS):
                limits.admit(bearer, "token", "GET", PRICE)
            rounds.append(1e6 * (time.process_time() - began) / REQUESTS)
            limits.settle_due()
        return statistics.median(rounds)
    finally:
        platform.close()
