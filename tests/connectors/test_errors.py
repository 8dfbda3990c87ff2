"""The tree of errors: documented correctly, complete and picklable."""

from __future__ import annotations

import pickle
import re
from datetime import UTC, datetime

import pytest

from dealwright.connectors import errors
from dealwright.connectors.errors import (
    ApiError,
    AuthorizationFailed,
    BudgetExceeded,
    DealwrightError,
    Failure,
    InvalidParams,
    MissingScope,
    NotPermitted,
    OutcomeUnknown,
    RateLimited,
    Unauthorized,
    Unavailable,
    UnknownAction,
    UnknownConnection,
    UnusableConnection,
    UnusableCrm,
)
from dealwright.contract.errors import Problem

FAILURE = Failure(status=418, message="No", code="TEAPOT", body={"success": False}, request_id="abc")

ONE_OF_EACH = [
    UnknownAction("get_dealz", ("get_deals",)),
    InvalidParams("v2.get_deals", (Problem("id", "is required", None),)),
    BudgetExceeded(action="v2.get_deals", connection="crm", cost=10, spent=95, max_cost=100),
    BudgetExceeded(
        action="v2.get_deals",
        connection="crm",
        cost=10,
        spent=95,
        max_cost=100,
        resets_at=datetime(2026, 1, 6, tzinfo=UTC),
    ),
    NotPermitted("it only reads, and v2.post_deals writes", action="v2.post_deals", connection="crm"),
    UnknownConnection("sales", ("crm", "local")),
    UnusableConnection("It is broken"),
    UnusableCrm("It is not there", "missing", 10),
    AuthorizationFailed("consent was denied", connection="crm", code="user_denied", failure=FAILURE),
    Unauthorized(FAILURE, action="v2.get_deals", connection="crm"),
    Unauthorized(FAILURE, action="v2.get_deals", connection="crm", reconnect="dealwright connect crm"),
    MissingScope(FAILURE, action="v2.get_deals", connection="crm", needed=("deals:full",)),
    RateLimited(FAILURE, action="v2.get_deals", connection="crm", window="daily", retry_after=None),
    Unavailable("no answer", action="v2.get_deals", connection="crm", may_have_run=True, failure=FAILURE),
    ApiError(FAILURE, action="v2.get_deals", connection="crm"),
    OutcomeUnknown("no list tells", action="v2.post_deals", connection="crm", key="order-17"),
    OutcomeUnknown("too early", action="v2.post_deals", connection="crm", key="order-17", retry_after=9.6),
]


def test_the_documented_tree_is_correct() -> None:
    documented, branches = {}, {-4: "DealwrightError"}
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"    ([│ ]*)[├└]── (\w+)", line):
            depth = len(found[1])
            documented[found[2]] = branches[depth - 4]
            branches[depth] = found[2]
    actual = {
        kind.__name__: next(base.__name__ for base in kind.__bases__ if issubclass(base, DealwrightError))
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, DealwrightError) and kind is not DealwrightError
    }
    assert documented == actual
    groups = {name for name, parent in actual.items() if parent == "DealwrightError"} & set(actual.values())
    assert set(actual) - groups == {type(error).__name__ for error in ONE_OF_EACH}


@pytest.mark.parametrize("error", ONE_OF_EACH, ids=lambda error: type(error).__name__)
def test_pickled_and_back(error: DealwrightError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_messages() -> None:
    assert [str(error) for error in ONE_OF_EACH] == [
        "There is no action 'get_dealz'; did you mean 'get_deals'?",
        "v2.get_deals: id: is required",
        "v2.get_deals: costs 10 tokens, and 95 of 100 allowed on connection 'crm' are spent; not sent",
        "v2.get_deals: costs 10 tokens, and 95 of today's 100 allowed on connection 'crm' are spent "
        "until 2026-01-06 00:00 UTC; not sent",
        "v2.post_deals: connection 'crm' may not run it: it only reads, and v2.post_deals writes",
        "There is no connection 'sales'; there is 'crm' and 'local'",
        "It is broken",
        "It is not there",
        "Connection 'crm' is not authorised: consent was denied",
        "v2.get_deals: the token of connection 'crm' is not accepted: No (HTTP 418, TEAPOT)",
        "v2.get_deals: the token of connection 'crm' is not accepted: No (HTTP 418, TEAPOT); "
        "authorise it anew: dealwright connect crm",
        "v2.get_deals: the token of connection 'crm' may not do this; it needs the scope 'deals:full': "
        "No (HTTP 418, TEAPOT)",
        "v2.get_deals: the budget of the day is spent on connection 'crm'",
        "v2.get_deals: connection 'crm' is not available: no answer; the change may have been made all the same",
        "v2.get_deals: No (HTTP 418, TEAPOT)",
        "v2.post_deals: the outcome of an earlier call with the key 'order-17' on connection 'crm' is unknown: "
        "no list tells",
        "v2.post_deals: the outcome of an earlier call with the key 'order-17' on connection 'crm' is unknown: "
        "too early; try again in 10 s",
    ]
