"""Filters by the products of deals, and by the deals of products."""

from __future__ import annotations

import pytest

from tests.api import Api
from tests.company import add_user
from tests.server.integration.filtering import Fields, create_filter, filtered_names


@pytest.fixture
def fields(api: Api) -> Fields:
    """Creates deals with no, one and two products, and returns the ids of fields."""
    for name in ("Pencil", "Eraser", "Unsold"):
        api.post("/api/v2/products", {"name": name})
    for title in ("None", "One", "Two"):
        api.post("/api/v2/deals", {"title": title})
    for deal, product, quantity, enabled in ((2, 1, 3, True), (3, 1, 1, True), (3, 2, 2.5, True), (3, 2, 9, False)):
        line = {"product_id": product, "item_price": 10, "quantity": quantity, "is_enabled": enabled}
        api.post(f"/api/v2/deals/{deal}/products", line)
    return Fields(api)


@pytest.mark.parametrize(
    ("key", "operator", "value", "expected"),
    [
        ("product_quantity", "=", 3, ["One"]),
        ("product_quantity", ">", 3, ["Two"]),
        ("product_quantity", "IS NULL", None, ["None"]),
        ("product_amount", ">=", 30, ["One", "Two"]),
        ("product_amount", "=", 35, ["Two"]),
        ("product_name", "=", "Pencil", ["One", "Two"]),
        ("product_name", "LIKE '$%'", "Era", ["Two"]),
        ("product_name", "IS NULL", None, ["None"]),
        ("product_name", "IS NOT NULL", None, ["One", "Two"]),
    ],
)
def test_deals_by_what_they_sell(
    api: Api, fields: Fields, key: str, operator: str, value: object, expected: list[str]
) -> None:
    assert filtered_names(api, "deals", fields.condition("deal", key, operator, value)) == expected


def test_deals_by_their_products_and_products_by_their_deals(api: Api, fields: Fields) -> None:
    named = fields.condition("product", "name", "=", "Eraser")
    assert filtered_names(api, "deals", named) == ["Two"]
    other = fields.condition("deal", "title", "LIKE '%$%'", "o")
    assert filtered_names(api, "products", other) == ["Pencil", "Eraser"]
    assert filtered_names(api, "products", fields.condition("deal", "title", "LIKE '$%'", "One")) == ["Pencil"]


def test_products_that_the_actor_does_not_see_do_not_count(api: Api, fields: Fields) -> None:
    named = fields.condition("product", "name", "=", "Eraser")
    filter_id = create_filter(api, "deals", named, visible_to=7).data["id"]
    rep = add_user(api, "Rep")
    assert [deal["title"] for deal in rep.get("/api/v2/deals", filter_id=filter_id).data] == ["Two"]
    api.patch("/api/v2/products/2", {"visible_to": 1})
    assert rep.get("/api/v2/deals", filter_id=filter_id).data == []
