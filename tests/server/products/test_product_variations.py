"""Variations of products, in products, in the lines of deals and in copies."""

from __future__ import annotations

import pytest

from dealwright.jobs.run_due import run_due
from tests.api import Api
from tests.company import add_user, set_permissions

PRODUCTS = "/api/v2/products"
VARIATIONS = f"{PRODUCTS}/1/variations"
PRICE = {"price": 5, "currency": "EUR", "cost": 2, "direct_cost": 3, "notes": "Upgraded"}
UNPRICED = {"price": 0, "currency": "EUR", "cost": 0, "direct_cost": 0, "notes": ""}


@pytest.fixture
def product(api: Api) -> str:
    """Returns the path of the variations of a product, of which there are none yet."""
    for name in ("Pencil", "Eraser"):
        api.post(PRODUCTS, {"name": name, "code": name[0]})
    return VARIATIONS


def test_a_variation_from_beginning_to_end(api: Api, product: str) -> None:
    added = api.post(product, {"name": "Upgraded", "prices": [PRICE]})
    shown = {"id": 1, "name": "Upgraded", "product_id": 1, "prices": [{"product_variation_id": 1, **PRICE}]}
    assert (added.status, added.data) == (201, shown)
    other = api.post(product, {"name": "Plain"}).data
    assert other["prices"] == [{"product_variation_id": 2, **UNPRICED}]
    assert api.get(product).data == [shown, other]
    [variation, _] = api.get("/v1/products/1").data["product_variations"]
    assert (variation["name"], variation["prices"][0]["overhead_cost"]) == ("Upgraded", 3)
    assert [len(one["product_variations"]) for one in api.get("/v1/products").data] == [2, 0]
    changed = api.patch(f"{product}/1", {"prices": [{"price": 7, "currency": "USD"}]}).data
    assert changed["name"] == "Upgraded"
    assert [(one["price"], one["currency"]) for one in changed["prices"]] == [(7, "USD")]
    assert api.patch(f"{product}/1", {"name": "Best"}).data == {**changed, "name": "Best"}
    assert api.delete(f"{product}/1").data == {"id": 1}
    assert api.get(product).data == [other]
    assert api.patch(f"{product}/1", {"name": "Gone"}).status == 404


def test_pages(api: Api, product: str) -> None:
    ids = [api.post(product, {"name": str(number)}).data["id"] for number in range(5)]
    first = api.get(product, limit=3)
    rest = api.get(product, cursor=first.next_cursor)
    assert [one["id"] for one in first.data + rest.data] == ids
    assert rest.next_cursor is None


def test_what_is_refused(api: Api, product: str) -> None:
    api.post(product, {"name": "Upgraded"})
    for wrong in (
        {"name": ""},
        {"name": "x" * 256},
        {"name": "Twice", "prices": [PRICE, PRICE]},
        {"name": "Unknown", "prices": [{**PRICE, "currency": "XYZ"}]},
    ):
        assert api.post(product, wrong).status == api.patch(f"{product}/1", wrong).status == 400
    assert api.post(product, {"prices": [PRICE]}).status == 400
    assert (
        api.get(f"{PRODUCTS}/9/variations").status == api.post(f"{PRODUCTS}/9/variations", {"name": "x"}).status == 404
    )
    assert api.patch(f"{PRODUCTS}/2/variations/1", {"name": "Stolen"}).status == 404
    assert [one["name"] for one in api.get(product).data] == ["Upgraded"]


def test_who_may_not_edit_products_may_not_edit_their_variations(api: Api, product: str) -> None:
    api.post(product, {"name": "Upgraded"})
    rep = add_user(api, "Rep")
    set_permissions(api, "can_add_products")
    assert rep.get(product).status == 200
    refused = (rep.post(product, {"name": "x"}), rep.patch(f"{product}/1", {"name": "x"}), rep.delete(f"{product}/1"))
    assert [answer.status for answer in refused] == [403, 403, 403]
    assert rep.post(f"{PRODUCTS}/1/duplicate").status == 201
    set_permissions(api, "can_edit_products")
    assert rep.post(product, {"name": "x"}).status == 201
    assert rep.post(f"{PRODUCTS}/1/duplicate").status == 403


def test_a_variation_in_a_deal(api: Api, product: str) -> None:
    large = api.post(product, {"name": "Large", "prices": [PRICE]}).data["id"]
    other = api.post(f"{PRODUCTS}/2/variations", {"name": "Small"}).data["id"]
    api.post("/api/v2/deals", {"title": "Deal"})
    lines = "/api/v2/deals/1/products"
    line = {"product_id": 1, "item_price": 5, "quantity": 1}
    assert "not a variation of the product" in api.post(lines, {**line, "product_variation_id": other}).error
    assert api.post(lines, {**line, "product_variation_id": large}).data["product_variation_id"] == large
    for changes, expected in (
        ({"quantity": 2}, large),
        ({"product_id": 2}, None),
        ({"product_id": 1, "product_variation_id": large}, large),
        ({"product_variation_id": None}, None),
        ({"product_variation_id": large}, large),
    ):
        assert api.patch(f"{lines}/1", changes).data["product_variation_id"] == expected
    assert "not a variation of the product" in api.patch(f"{lines}/1", {"product_variation_id": other}).error
    api.delete(f"{product}/{large}")
    assert "not found" in api.post(lines, {**line, "product_variation_id": large}).error
    assert api.patch(f"{lines}/1", {"quantity": 3}).data["product_variation_id"] == large
    run_due(api.companies)
    api.clock.advance(days=31)
    run_due(api.companies)
    assert api.get(lines).data[0]["product_variation_id"] is None


def test_a_purged_product_takes_its_variations_along(api: Api, product: str) -> None:
    variation = api.post(product, {"name": "Large", "prices": [PRICE]}).data["id"]
    api.post("/api/v2/deals", {"title": "Deal"})
    line = {"product_id": 1, "item_price": 5, "quantity": 1, "product_variation_id": variation}
    api.post("/api/v2/deals/1/products", line)
    api.delete(f"{PRODUCTS}/1")
    assert api.get(product).status == 404
    run_due(api.companies)
    api.clock.advance(days=31)
    run_due(api.companies)
    [kept] = api.get("/api/v2/deals/1/products").data
    assert (kept["product_id"], kept["product_variation_id"], kept["sum"]) == (None, None, 5)


def test_a_duplicate_has_prices_variations_and_custom_fields(api: Api, product: str) -> None:
    key = api.post("/v1/productFields", {"name": "Colour", "field_type": "varchar"}).data["key"]
    api.patch(f"{PRODUCTS}/1", {"prices": [PRICE], "custom_fields": {key: "Red"}, "billing_frequency": "monthly"})
    api.post(product, {"name": "Large", "prices": [PRICE]})
    api.delete(f"{product}/{api.post(product, {'name': 'Gone'}).data['id']}")
    api.clock.advance(hours=1)
    copied = api.post(f"{PRODUCTS}/1/duplicate")
    assert copied.status == 201
    original, copy = api.get(f"{PRODUCTS}/1").data, copied.data
    differing = {"id", "add_time", "update_time", "prices"}
    assert {name for name in copy if copy[name] != original[name]} == differing
    assert copy["prices"] == [{**PRICE, "product_id": copy["id"]}]
    assert copy["custom_fields"][key] == "Red"
    [variation] = api.get(f"{PRODUCTS}/{copy['id']}/variations").data
    assert variation["prices"] == [{**PRICE, "product_variation_id": variation["id"]}]
    assert {one["item"]["id"] for one in api.get(f"{PRODUCTS}/search", term="Pencil").data["items"]} == {1, copy["id"]}
    assert api.post(f"{PRODUCTS}/99/duplicate").status == 404
