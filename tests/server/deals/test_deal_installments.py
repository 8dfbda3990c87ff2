"""Installments of deals, and their rules against recurring products."""

from __future__ import annotations

import pytest

from tests.api import Api

DEALS = "/api/v2/deals"
HALF = {"description": "Half", "amount": 45.5, "billing_date": "2026-04-01"}
LINE = {"product_id": 1, "item_price": 91, "quantity": 1}


@pytest.fixture
def deal(api: Api) -> str:
    """Returns the path of a deal with one product that is paid once."""
    api.post("/api/v2/products", {"name": "Pencil"})
    api.post(DEALS, {"title": "Deal"})
    api.post(f"{DEALS}/1/products", LINE)
    return f"{DEALS}/1"


def test_an_installment_from_beginning_to_end(api: Api, deal: str) -> None:
    api.clock.advance(minutes=1)
    added = api.post(f"{deal}/installments", HALF)
    assert (added.status, added.data) == (200, {"id": 1, "deal_id": 1, **HALF})
    assert api.get(deal).data["update_time"] == "2026-03-02T10:01:00Z"
    changed = api.patch(f"{deal}/installments/1", {"amount": 20, "billing_date": "2026-05-01"}).data
    assert changed == {"id": 1, "deal_id": 1, **HALF, "amount": 20, "billing_date": "2026-05-01"}
    assert api.get(f"{DEALS}/installments", deal_ids=1).data == [changed]
    assert api.get(deal).data["value"] == 91
    assert api.delete(f"{deal}/installments/1").data == {"id": 1}
    assert api.get(f"{DEALS}/installments", deal_ids=1).data == []
    assert api.patch(f"{deal}/installments/1", {"amount": 20}).status == 404


def test_lists_of_several_deals(api: Api, deal: str) -> None:
    api.post(DEALS, {"title": "Other"})
    api.post(f"{DEALS}/2/products", LINE)
    for id, day in ((2, "2026-04-03"), (1, "2026-04-02"), (2, "2026-04-01")):
        api.post(f"{DEALS}/{id}/installments", {**HALF, "billing_date": day})

    def ids(**query: object) -> list[int]:
        return [one["id"] for one in api.get(f"{DEALS}/installments", deal_ids="1,2,3", **query).data]

    assert ids() == [1, 2, 3]
    assert ids(sort_by="billing_date") == [3, 2, 1]
    assert ids(sort_by="deal_id", sort_direction="desc") == [3, 1, 2]
    first = api.get(f"{DEALS}/installments", deal_ids="1,2", sort_by="billing_date", limit=1)
    assert [one["id"] for one in first.data] == [3]
    rest = api.get(f"{DEALS}/installments", deal_ids="1,2", cursor=first.next_cursor)
    assert [one["id"] for one in rest.data] == [2, 1]
    api.delete(f"{DEALS}/2")
    assert ids() == [2]
    assert api.patch(f"{DEALS}/1/installments/1", {"amount": 5}).status == 404


def test_a_deal_needs_something_that_is_paid_once_and_nothing_else(api: Api, deal: str) -> None:
    api.patch(f"{deal}/products/1", {"is_enabled": False})
    assert "without one-time products" in api.post(f"{deal}/installments", HALF).error
    api.post(f"{deal}/products", {**LINE, "billing_frequency": "monthly"})
    assert "recurring products" in api.post(f"{deal}/installments", HALF).error
    api.delete(f"{deal}/products/2")
    api.delete(f"{deal}/products/1")
    assert "without one-time products" in api.post(f"{deal}/installments", HALF).error


def test_a_deal_with_installments_has_no_recurring_products(api: Api, deal: str) -> None:
    api.post(f"{deal}/installments", HALF)
    monthly = {"billing_frequency": "monthly"}
    for refused in (
        api.post(f"{deal}/products", {**LINE, **monthly}),
        api.post(f"{deal}/products", {**LINE, **monthly, "is_enabled": False}),
        api.post("/v1/deals/1/products", {**LINE, **monthly, "enabled_flag": 0}),
        api.post(f"{deal}/products/bulk", {"data": [LINE, {**LINE, **monthly}]}),
        api.patch(f"{deal}/products/1", monthly),
    ):
        assert (refused.status, "must be one-time" in refused.error) == (400, True)
    assert api.get(f"{DEALS}/1/products").data[0]["billing_frequency"] == "one-time"
    api.delete(f"{deal}/installments/1")
    assert api.patch(f"{deal}/products/1", monthly).status == 200


def test_the_last_enabled_product_stays(api: Api, deal: str) -> None:
    api.post(f"{deal}/installments", HALF)
    api.post(f"{deal}/products", {**LINE, "is_enabled": False})
    for refused in (
        api.patch(f"{deal}/products/1", {"is_enabled": False}),
        api.put("/v1/deals/1/products/1", {"enabled_flag": False}),
        api.delete(f"{deal}/products/1"),
        api.delete(f"{deal}/products"),
        api.delete(f"{deal}/products", ids="1,2"),
    ):
        assert (refused.status, "last enabled product" in refused.error) == (400, True)
    assert api.patch(f"{deal}/products/2", {"is_enabled": True}).status == 200
    assert api.delete(f"{deal}/products/1").status == 200
    assert api.get(deal).data["value"] == 91


def test_what_is_refused(api: Api, deal: str) -> None:
    api.post(f"{deal}/installments", HALF)
    for wrong in ({"amount": 0}, {"billing_date": "2026-02-30"}, {"billing_date": None}, {"description": ""}):
        assert api.post(f"{deal}/installments", {**HALF, **wrong}).status == 400
        assert api.patch(f"{deal}/installments/1", wrong).status == 400
    for name in HALF:
        assert api.post(f"{deal}/installments", {key: one for key, one in HALF.items() if key != name}).status == 400
    assert api.get(f"{DEALS}/installments").status == 400
    assert api.get(f"{DEALS}/installments", deal_ids="1").data == [{"id": 1, "deal_id": 1, **HALF}]
