"""Measures the cost of rate limits: the processor time of counting a request, without answering it."""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime, timedelta

from dealwright.crm.companies import Companies
from dealwright.crm.kernel.unit_of_work import Principal
from dealwright.server.limits import RateLimiter, RequestCost, new_shared_array
from dealwright.server.rate_limit_plans import PLANS, RateLimitPolicy
from dealwright.storage.platform import Platform

ROUNDS = 20
REQUESTS = 5000
# So 200 requests are in the window of two seconds.
REQUEST_INTERVAL = timedelta(milliseconds=10)
COST = RequestCost(10, is_search=False)


class Clock:
    """A clock that moves on with every reading, so that counted requests leave the window again."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += REQUEST_INTERVAL
        return self.now


def measure_microseconds(location: str, *, processes: int) -> float:
    """Returns the median of the rounds, with counters for one process or shared by several."""
    platform = Platform(location)
    try:
        companies = Companies(platform, Clock())
        policy = RateLimitPolicy(plan=PLANS["ultimate"]._replace(api_token_requests=480), top_up=10**12)
        limits = RateLimiter(companies, policy, new_shared_array(policy, processes=processes))
        principal = Principal(platform.list_companies()[0], 1)
        rounds = []
        for _ in range(ROUNDS):
            began = time.process_time()
            for _ in range(REQUESTS):
                limits.consume(principal, "token", "GET", COST)
            rounds.append(1e6 * (time.process_time() - began) / REQUESTS)
            limits.flush_due()
        return statistics.median(rounds)
    finally:
        platform.close()
