"""Discounts on whole deals."""

from __future__ import annotations

import pytest

from tests.api import Api
from tests.company import add_user

DEAL = "/api/v2/deals/1"
DISCOUNTS = f"{DEAL}/discounts"
TENTH = {"description": "Spring", "amount": 10, "type": "percentage"}


@pytest.fixture
def deal(api: Api) -> str:
    """Returns the path of the discounts on a deal, which has no products yet; there is a product."""
    api.post("/api/v2/products", {"name": "Pencil"})
    api.post("/api/v2/deals", {"title": "Deal", "value": 100})
    return DISCOUNTS


def add_line(api: Api, item_price: float, **values: object) -> None:
    api.post(f"{DEAL}/products", {"product_id": 1, "item_price": item_price, "quantity": 1, **values})


def value(api: Api) -> float:
    found: float = api.get(DEAL).data["value"]
    return found


def test_a_discount_from_beginning_to_end(api: Api, deal: str) -> None:
    add_line(api, 250)
    added = api.post(deal, TENTH)
    made = added.data
    assert added.status == 201
    assert {name: made[name] for name in TENTH} == TENTH
    assert (made["deal_id"], made["created_by"], made["updated_by"]) == (1, 1, 1)
    assert made["created_at"] == made["updated_at"] == "2026-03-02T10:00:00Z"
    assert value(api) == 225
    api.clock.advance(minutes=1)
    rep = add_user(api, "Rep")
    changed = rep.patch(f"{deal}/{made['id'].upper()}", {"amount": 30, "type": "amount"}).data
    assert changed == {
        **made,
        "amount": 30,
        "type": "amount",
        "updated_at": "2026-03-02T10:01:00Z",
        "updated_by": rep.principal.user_id,
    }
    assert (value(api), api.get(deal).data) == (220, [changed])
    assert api.delete(f"{deal}/{made['id']}").data == {"id": made["id"]}
    assert (value(api), api.get(deal).data) == (250, [])
    assert api.delete(f"{deal}/{made['id']}").status == 404


def test_only_what_is_paid_once_is_lowered(api: Api, deal: str) -> None:
    api.post(deal, TENTH)
    assert value(api) == 100
    add_line(api, 50, billing_frequency="monthly")
    assert value(api) == 600
    add_line(api, 200)
    assert value(api) == 780
    api.post(deal, {**TENTH, "amount": 15})
    assert value(api) == 750
    api.post(deal, {"description": "All", "amount": 1000, "type": "amount"})
    assert value(api) == 600
    assert api.get(DEAL).data["acv"] == 600
    api.delete(f"{DEAL}/products")
    assert value(api) == 0


def test_what_is_refused(api: Api, deal: str) -> None:
    known = api.post(deal, TENTH).data["id"]
    for wrong in ({"amount": 0}, {"amount": -1}, {"amount": 100.1}, {"type": "share"}, {"description": ""}):
        assert api.post(deal, {**TENTH, **wrong}).status == 400
        assert api.patch(f"{deal}/{known}", wrong).status == 400
    for name in TENTH:
        assert api.post(deal, {key: one for key, one in TENTH.items() if key != name}).status == 400
    api.post(deal, {**TENTH, "amount": 500, "type": "amount"})
    assert len(api.get(deal).data) == 2
    assert api.patch(f"{deal}/{known}", {"amount": 500}).status == 400
    assert api.get("/api/v2/deals/99/discounts").status == api.post("/api/v2/deals/99/discounts", TENTH).status == 404
    other = api.post("/api/v2/deals", {"title": "Other"}).data["id"]
    assert api.patch(f"/api/v2/deals/{other}/discounts/{known}", {"amount": 5}).status == 404
    assert api.delete(f"{deal}/7").status == 400
