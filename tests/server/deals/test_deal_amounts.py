"""The amounts of deals are those of an independent calculation in fractions, after any changes of lines and discounts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api import Api

DEALS = "/api/v2/deals"
YEAR = {"annually": 1, "semi-annually": 2, "quarterly": 4, "monthly": 12, "weekly": 52}
DECIMALS = {"EUR": 2, "JPY": 0, "BHD": 3}

PRICES = st.integers(-(10**7), 10**9) | st.decimals(-1000, 10**6, places=4).map(float) | st.sampled_from([0.005, 1.005])
BILLINGS = st.one_of(
    st.just({"billing_frequency": "one-time", "billing_frequency_cycles": None}),
    st.fixed_dictionaries(
        {
            "billing_frequency": st.sampled_from(["annually", "semi-annually", "quarterly", "monthly"]),
            "billing_frequency_cycles": st.none() | st.integers(1, 208),
        }
    ),
    st.fixed_dictionaries(
        {"billing_frequency": st.just("weekly"), "billing_frequency_cycles": st.integers(1, 208)},
    ),
)
DISCOUNTS = st.one_of(
    st.fixed_dictionaries(
        {"discount_type": st.just("percentage"), "discount": st.decimals(0, 100, places=3).map(float)}
    ),
    st.fixed_dictionaries({"discount_type": st.just("amount"), "discount": st.decimals(0, 5000, places=2).map(float)}),
)
LINES = st.builds(
    lambda one, billing, discount: {"product_id": 1, **one, **billing, **discount},
    st.fixed_dictionaries(
        {
            "item_price": PRICES,
            "quantity": st.integers(0, 1000) | st.decimals(0, 100, places=3).map(float),
            "tax": st.integers(0, 30) | st.sampled_from([7.7, 8.25]),
            "tax_method": st.sampled_from(["none", "inclusive", "exclusive"]),
            "is_enabled": st.sampled_from([True, True, True, False]),
        }
    ),
    BILLINGS,
    DISCOUNTS,
)
DEAL_DISCOUNTS = st.builds(
    lambda one: {"description": "Discount", "type": one["discount_type"], "amount": one["discount"] or 1}, DISCOUNTS
)


def fraction(number: float) -> Fraction:
    """The number as it is written: what a client has sent, not what a float makes of it."""
    return Fraction(repr(number))


def rounded(amount: Fraction, decimals: int) -> Fraction:
    """Half away from zero, in whole numbers."""
    scaled = abs(amount) * 10**decimals
    whole = math.floor(scaled + Fraction(1, 2))
    return Fraction(whole if amount >= 0 else -whole, 10**decimals)


def lowered(base: Fraction, type: str, amount: Fraction) -> Fraction:
    """What a discount takes."""
    return base * amount / 100 if type == "percentage" else min(amount, max(base, Fraction(0)))


def expected_sum(line: Mapping[str, Any], decimals: int) -> Fraction:
    gross = fraction(line["item_price"]) * fraction(line["quantity"])
    net = gross - lowered(gross, line["discount_type"], fraction(line["discount"]))
    tax = fraction(line["tax"]) / 100 if line["tax_method"] == "exclusive" else Fraction(0)
    return rounded(net * (1 + tax), decimals)


def expected_amounts(
    lines: Iterable[Mapping[str, Any]], discounts: Iterable[Mapping[str, Any]], decimals: int
) -> dict[str, Fraction]:
    enabled = [(line, expected_sum(line, decimals)) for line in lines if line["is_enabled"]]
    once = sum((amount for line, amount in enabled if line["billing_frequency"] == "one-time"), Fraction(0))
    recurring = [
        (amount, YEAR[line["billing_frequency"]], line["billing_frequency_cycles"])
        for line, amount in enabled
        if line["billing_frequency"] != "one-time"
    ]
    taken = sum((lowered(once, one["type"], fraction(one["amount"])) for one in discounts), Fraction(0))
    once -= min(taken, max(once, Fraction(0)))
    revenue = sum((amount * times for amount, times, _ in recurring), Fraction(0))
    return {
        "value": rounded(once + sum(amount * (cycles or times) for amount, times, cycles in recurring), decimals),
        "acv": rounded(
            once + sum(amount * min(cycles or times, times) for amount, times, cycles in recurring), decimals
        ),
        "arr": rounded(revenue, decimals),
        "mrr": rounded(revenue / 12, decimals),
    }


def check(api: Api, id: int) -> None:
    """Compares what the API shows with the independent calculation, to the last digit that a number can have."""
    deal = api.get(f"{DEALS}/{id}").data
    lines = api.get(f"{DEALS}/{id}/products").data
    discounts = api.get(f"{DEALS}/{id}/discounts").data
    decimals = DECIMALS[deal["currency"]]
    for line in lines:
        assert line["sum"] == float(expected_sum(line, decimals))
    if lines:
        expected = expected_amounts(lines, discounts, decimals)
        assert {name: deal[name] for name in expected} == {name: float(one) for name, one in expected.items()}


def test_amounts_are_those_of_an_independent_calculation(api: Api) -> None:
    api.post("/api/v2/products", {"name": "Pencil"})
    total: dict[str, Fraction] = {}

    @settings(derandomize=True, database=None, deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(LINES, min_size=1, max_size=8),
        st.lists(DEAL_DISCOUNTS, max_size=3),
        LINES,
        st.sampled_from(sorted(DECIMALS)),
        st.sampled_from(sorted(DECIMALS)),
    )
    def write(
        lines: list[dict[str, Any]],
        discounts: list[dict[str, Any]],
        changes: dict[str, Any],
        currency: str,
        next_currency: str,
    ) -> None:
        id = api.post(DEALS, {"title": "Deal", "currency": currency}).data["id"]
        made = api.post(f"{DEALS}/{id}/products/bulk", {"data": lines}).data
        for discount in discounts:
            assert api.post(f"{DEALS}/{id}/discounts", discount).status == 201
        check(api, id)
        assert api.patch(f"{DEALS}/{id}/products/{made[0]['id']}", changes).status == 200
        check(api, id)
        assert api.patch(f"{DEALS}/{id}", {"currency": next_currency}).status == 200
        check(api, id)
        api.delete(f"{DEALS}/{id}/products/{made[-1]['id']}")
        check(api, id)
        total[next_currency] = total.get(next_currency, Fraction(0)) + fraction(api.get(f"{DEALS}/{id}").data["value"])

    write()
    summary = api.get("/v1/deals/summary").data["values_total"]
    assert {code: one["value"] for code, one in summary.items()} == {
        code: round(float(amount), 2) for code, amount in sorted(total.items())
    }
