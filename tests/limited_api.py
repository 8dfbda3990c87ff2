"""The server within the limits of a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dealwright.server.application import Application
from dealwright.server.limits import RateLimiter
from dealwright.server.rate_limit_plans import PLANS, RateLimitPolicy
from tests.api import Api

LimitedApiFactory = Callable[..., Api]


@pytest.fixture
def make_limited_api(api: Api) -> Iterator[LimitedApiFactory]:
    """Yields a function that serves the company of ``api`` within limits; each call is like another machine."""
    opened: list[Application] = []

    def serve(plan: str = "lite", **terms: Any) -> Api:
        limits = RateLimiter(api.companies, RateLimitPolicy(plan=PLANS[plan], **terms))
        opened.append(Application(api.companies, limits=limits))
        return Api(opened[-1], api.clock, api.principal)

    yield serve
    for application in opened:
        application.close()
