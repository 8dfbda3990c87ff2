"""The lines of deals: what they come to, and what may be written of them, in both versions."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.jobs.run_due import run_due
from dealwright.storage import tables
from tests.api import Api
from tests.company import add_user

DEALS, PRODUCTS = "/api/v2/deals", "/api/v2/products"
PENCIL = {"product_id": 1, "item_price": 30.23, "quantity": 2}
MONTHLY = {"billing_frequency": "monthly"}


@pytest.fixture
def deal(api: Api) -> str:
    """Returns the path of the lines of a deal in euros; there are two products."""
    for name in ("Pencil", "Eraser"):
        api.post(PRODUCTS, {"name": name, "tax": 19})
    return f"{DEALS}/{api.post(DEALS, {'title': 'Deal', 'value': 100}).data['id']}/products"


def line(**values: object) -> dict[str, object]:
    return {"product_id": 1, "item_price": 100, "quantity": 1, **values}


def read_deal(api: Api, id: int = 1) -> dict[str, Any]:
    data: dict[str, Any] = api.get(f"{DEALS}/{id}", include_fields="products_count").data
    return data


def amounts(api: Api, id: int = 1) -> tuple[Any, ...]:
    deal = read_deal(api, id)
    return tuple(deal[name] for name in ("value", "acv", "arr", "mrr"))


def purge(api: Api) -> None:
    run_due(api.companies)
    api.clock.advance(days=31)
    run_due(api.companies)


def test_a_product_in_a_deal(api: Api, deal: str) -> None:
    api.clock.advance(hours=1)
    added = api.post(deal, PENCIL)
    now = "2026-03-02T11:00:00Z"
    assert (added.status, added.data) == (
        201,
        {
            "id": 1,
            "deal_id": 1,
            "product_id": 1,
            "product_variation_id": None,
            "name": "Pencil",
            "item_price": 30.23,
            "quantity": 2,
            "discount": 0,
            "discount_type": "percentage",
            "sum": 60.46,
            "tax": 0,
            "tax_method": "inclusive",
            "currency": "EUR",
            "is_enabled": True,
            "comments": "",
            "order_nr": 1,
            "add_time": now,
            "update_time": now,
            "billing_frequency": "one-time",
            "billing_frequency_cycles": None,
            "billing_start_date": None,
        },
    )
    shown = read_deal(api)
    assert (shown["value"], shown["products_count"], shown["update_time"]) == (60.46, 1, now)
    assert api.get(deal).data == api.get(f"{DEALS}/products", deal_ids="1,2").data == [added.data]


def test_the_same_in_v1(api: Api, deal: str) -> None:
    path = "/v1/deals/1/products"
    added = api.post(path, {**PENCIL, "item_price": "1000.5", "comments": "Blue", "enabled_flag": "1"}).data
    assert (added["company_id"], added["product_attachment_id"], added["sum"]) == (1, 1, 2001)
    assert (added["enabled_flag"], added["active_flag"], added["comments"]) == (True, True, "Blue")
    api.post(path, line(product_id=2, quantity=1.5, enabled_flag=0))
    listed = api.get(path)
    assert [one["sum_formatted"] for one in listed.data] == ["€2,001", "€150"]
    assert [one["quantity_formatted"] for one in listed.data] == ["2", "1.5"]
    assert listed.body["additional_data"] == {
        "products_quantity_total": 2,
        "products_sum_total": 2001,
        "products_quantity_total_formatted": "2",
        "products_sum_total_formatted": "€2,001",
        "pagination": {"start": 0, "limit": 100, "more_items_in_collection": False},
    }
    assert "product" not in listed.data[0]
    with_products = api.get(path, include_product_data=1)
    assert [one["product"]["name"] for one in with_products.data] == ["Pencil", "Eraser"]
    assert with_products.body["related_objects"]["user"]["1"]["name"] == "Ada Admin"
    changed = api.put(f"{path}/2", {"enabled_flag": True, "comments": None}).data
    assert (changed["enabled_flag"], read_deal(api)["value"]) == (True, 2151)
    assert api.delete(f"{path}/1").data == {"id": 1}
    assert (api.get("/v1/deals/1").data["value"], api.get("/v1/deals/1").data["products_count"]) == (150, 1)
    api.delete(f"{path}/2")
    assert api.get(path).data is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"quantity": 3}, 300),
        ({"quantity": 0.333}, 33.3),
        ({"item_price": 0.1, "quantity": 3}, 0.3),
        ({"item_price": 1.005}, 1.01),
        ({"item_price": -2.675}, -2.68),
        ({"discount": 12.5}, 87.5),
        ({"discount": 100}, 0),
        ({"quantity": 5, "item_price": 300, "discount": 5}, 1425),
        ({"discount": 12.5, "discount_type": "amount", "quantity": 2}, 187.5),
        ({"discount": 120, "discount_type": "amount"}, 0),
        ({"discount": 10, "tax": 20, "tax_method": "exclusive"}, 108),
        ({"tax": 7.25, "tax_method": "exclusive", "item_price": 19.99}, 21.44),
        ({"tax": 20, "tax_method": "inclusive"}, 100),
        ({"tax": 20, "tax_method": "none"}, 100),
        ({"tax": 20}, 100),
    ],
    ids=str,
)
def test_the_sum_of_a_line(api: Api, deal: str, values: dict[str, object], expected: float) -> None:
    assert api.post(deal, line(**values)).data["sum"] == expected
    assert read_deal(api)["value"] == expected


@pytest.mark.parametrize(
    ("billing", "expected"),
    [
        ({}, (100, 100, 0, 0)),
        ({"billing_frequency": "annually"}, (100, 100, 100, 8.33)),
        ({"billing_frequency": "annually", "billing_frequency_cycles": 3}, (300, 100, 100, 8.33)),
        ({"billing_frequency": "semi-annually"}, (200, 200, 200, 16.67)),
        ({"billing_frequency": "quarterly", "billing_frequency_cycles": 6}, (600, 400, 400, 33.33)),
        ({"billing_frequency": "monthly"}, (1200, 1200, 1200, 100)),
        ({"billing_frequency": "monthly", "billing_frequency_cycles": 5}, (500, 500, 1200, 100)),
        ({"billing_frequency": "weekly", "billing_frequency_cycles": 208}, (20800, 5200, 5200, 433.33)),
        ({"billing_frequency": "monthly", "is_enabled": False}, (0, 0, 0, 0)),
    ],
    ids=str,
)
def test_the_amounts_of_a_deal(
    api: Api, deal: str, billing: dict[str, object], expected: tuple[float, float, float, float]
) -> None:
    assert amounts(api) == (100, None, None, None)
    api.post(deal, line(**billing))
    assert amounts(api) == expected
    api.post(deal, line(item_price=7.5))
    assert amounts(api) == (expected[0] + 7.5, expected[1] + 7.5, *expected[2:])
    api.delete(deal)
    assert amounts(api) == (0, None, None, None)


def test_amounts_are_rounded_as_the_currency_is(api: Api, deal: str) -> None:
    api.post(deal, line(item_price=10.006, **MONTHLY))
    assert amounts(api) == (120.12, 120.12, 120.12, 10.01)
    for currency, expected in (("JPY", (120, 120, 120, 10)), ("BHD", (120.072, 120.072, 120.072, 10.006))):
        assert api.patch(f"{DEALS}/1", {"currency": currency}).status == 200
        assert amounts(api) == expected
        assert api.get(deal).data[0]["currency"] == currency


def test_one_tax_method_for_all_lines(api: Api, deal: str) -> None:
    taxed = line(tax=10, tax_method="exclusive")
    assert api.post(deal, line(tax=20)).data["sum"] == 100
    assert api.post(deal, taxed).data["sum"] == 110
    assert [(one["tax_method"], one["sum"]) for one in api.get(deal).data] == [("exclusive", 120), ("exclusive", 110)]
    assert read_deal(api)["value"] == 230
    assert api.post(deal, line(tax=5)).data["tax_method"] == "exclusive"
    api.patch(f"{deal}/2", {"tax_method": "none"})
    assert {one["tax_method"] for one in api.get(deal).data} == {"none"}
    assert read_deal(api)["value"] == 300


def test_several_at_once_all_or_none(api: Api, deal: str) -> None:
    added = api.post(f"{deal}/bulk", {"data": [PENCIL, line(product_id=2, item_price=40.5)]})
    assert (added.status, [(one["order_nr"], one["sum"]) for one in added.data]) == (201, [(1, 60.46), (2, 40.5)])
    assert read_deal(api)["value"] == 100.96
    wrong = api.post(f"{deal}/bulk", {"data": [PENCIL, line(product_id=9), line(discount=101)]})
    assert wrong.status == 400
    assert "data[1].product_id: Product not found" in wrong.error
    assert "data[2].discount: must be at most 100" in wrong.error
    assert len(api.get(deal).data) == read_deal(api)["products_count"] == 2
    assert api.post(f"{deal}/bulk", {"data": [PENCIL] * 101}).status == 400
    assert len(api.post(f"{deal}/bulk", {"data": [PENCIL] * 100}).data) == 100


def test_deleting_many(api: Api, deal: str) -> None:
    api.post(f"{deal}/bulk", {"data": [line()] * 100})
    api.post(f"{deal}/bulk", {"data": [line()] * 3})
    assert api.delete(deal, ids="1,999").status == 404
    assert read_deal(api)["products_count"] == 103
    assert api.delete(deal, ids="2,1,2").body["data"] == {"ids": [2, 1]}
    assert read_deal(api)["value"] == 10100
    answer = api.delete(deal)
    assert (len(answer.data["ids"]), answer.body["additional_data"]) == (100, {"more_items_in_collection": True})
    answer = api.delete(deal)
    assert (answer.data["ids"], answer.body["additional_data"]) == ([103], {"more_items_in_collection": False})
    assert api.delete(deal).data == {"ids": []}


def test_order_and_pages(api: Api, deal: str) -> None:
    other = api.post(DEALS, {"title": "Other"}).data["id"]
    for deal_id in (other, 1, other, 1):
        api.clock.advance(minutes=1)
        api.post(f"{DEALS}/{deal_id}/products", line())
    api.clock.advance(minutes=1)
    api.patch(f"{deal}/2", {"quantity": 2})

    def ids(path: str, **query: object) -> list[int]:
        found: list[int] = []
        cursor = None
        while True:
            answer = api.get(path, limit=1, cursor=cursor, **query)
            found += [one["id"] for one in answer.data]
            cursor = answer.next_cursor
            if cursor is None:
                return found

    both = {"deal_ids": f"1,{other},999"}
    assert ids(f"{DEALS}/products", **both) == [1, 2, 3, 4]
    assert ids(f"{DEALS}/products", **both, sort_by="deal_id") == [2, 4, 1, 3]
    assert ids(f"{DEALS}/products", **both, sort_by="update_time", sort_direction="desc") == [2, 4, 3, 1]
    assert ids(deal, sort_by="order_nr", sort_direction="desc") == [4, 2]
    assert ids(deal, sort_by="update_time") == [4, 2]
    api.delete(f"{DEALS}/1")
    assert ids(f"{DEALS}/products", **both) == [1, 3]
    assert api.get(deal).status == 404
    assert [one["id"] for one in api.get("/v1/deals/1/products").data] == [2, 4]
    assert api.get(f"{DEALS}/products").status == 400


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"product_id": 99}, "product_id: Product not found"),
        ({"product_id": 3}, "product_id: cannot be added to deals"),
        ({"product_variation_id": 99}, "product_variation_id: Product variation not found"),
        ({"quantity": -1}, "quantity"),
        ({"tax": -1}, "tax"),
        ({"discount": 100.5}, "discount: must be at most 100"),
        ({"item_price": 1e300}, "item_price"),
        ({"item_price": 2**52, "quantity": 2**20}, "item_price: The products of a deal cannot come to more"),
        ({"item_price": 2**52, "billing_frequency": "monthly"}, "The products of a deal cannot come to more"),
        ({"billing_frequency_cycles": 2}, "billing_frequency_cycles: must be null"),
        ({"billing_frequency": "weekly"}, "billing_frequency_cycles: must be given"),
        ({"billing_frequency": "monthly", "billing_frequency_cycles": 209}, "billing_frequency_cycles"),
        ({"billing_start_date": "2016-03-01"}, "billing_start_date: must be within 10 years"),
        ({"billing_start_date": "2036-03-03"}, "billing_start_date: must be within 10 years"),
    ],
    ids=str,
)
def test_what_is_refused_changes_nothing(api: Api, deal: str, values: dict[str, object], expected: str) -> None:
    api.post(PRODUCTS, {"name": "Not for sale", "is_linkable": False})
    before = api.post(deal, line()).data
    for version in ("/api/v2", "/v1"):
        refused = api.post(f"{version}/deals/1/products", line(**values))
        assert refused.status == 400
        assert expected in refused.error
        method = "PATCH" if version == "/api/v2" else "PUT"
        refused = api.call(method, f"{version}/deals/1/products/1", values)
        assert refused.status == 400
        assert expected in refused.error
    assert api.get(deal).data == [before]
    assert amounts(api) == (100, 100, 0, 0)


def test_the_days_at_the_ends_of_ten_years(api: Api, deal: str) -> None:
    for day in ("2016-03-02", "2036-03-02"):
        assert api.post(deal, line(billing_start_date=day)).data["billing_start_date"] == day


def test_up_to_twenty_recurring_lines(api: Api, deal: str) -> None:
    api.post(f"{deal}/bulk", {"data": [line(**MONTHLY)] * 19 + [line()]})
    assert api.post(f"{deal}/bulk", {"data": [line(**MONTHLY), line(**MONTHLY)]}).status == 400
    assert api.patch(f"{deal}/20", {"billing_frequency": "annually"}).status == 200
    assert "up to 20 recurring" in api.post(deal, line(**MONTHLY)).error
    assert api.post(deal, line()).status == 201
    assert api.patch(f"{deal}/20", {"billing_frequency": "monthly"}).status == 200
    assert "up to 20 recurring" in api.patch(f"{deal}/21", {"billing_frequency": "monthly"}).error


def test_lines_of_other_deals_and_products_that_are_gone(api: Api, deal: str) -> None:
    other = api.post(DEALS, {"title": "Other"}).data["id"]
    api.post(deal, line(comments="Kept"))
    assert api.patch(f"{DEALS}/{other}/products/1", {"quantity": 2}).status == 404
    assert api.delete(f"{DEALS}/{other}/products/1").status == 404
    assert api.get(f"{DEALS}/99/products").status == 404
    api.delete(f"{PRODUCTS}/1")
    assert "Product not found" in api.post(deal, line()).error
    changed = api.patch(f"{deal}/1", {"product_id": 1, "quantity": 2}).data
    assert (changed["sum"], changed["comments"], changed["product_id"]) == (200, "Kept", 1)
    purge(api)
    [kept] = api.get(deal).data
    assert (kept["product_id"], kept["name"], kept["sum"]) == (None, "Pencil", 200)
    assert api.get("/v1/deals/1/products", include_product_data=1).data[0]["product"] is None
    assert api.patch(f"{deal}/1", {"quantity": 3}).data["sum"] == 300
    replaced = api.patch(f"{deal}/1", {"product_id": 2}).data
    assert (replaced["product_id"], replaced["name"]) == (2, "Eraser")


def test_the_value_of_a_deal_with_products_follows_from_them(api: Api, deal: str) -> None:
    assert api.patch(f"{DEALS}/1", {"value": 7}).data["value"] == 7
    api.post(deal, line())
    for refused in (
        api.patch(f"{DEALS}/1", {"value": 7, "title": "New"}),
        api.put("/v1/deals/1", {"value": 7, "title": "New"}),
    ):
        assert refused.status == 400
        assert "follows from the products" in refused.error
    assert read_deal(api)["title"] == "Deal"
    assert api.put("/v1/deals/1", {"value": 100, "title": "New"}).data["title"] == "New"
    assert api.put("/v1/deals/1", {"value": None, "title": "Newer"}).data["value"] == 100
    api.delete(deal)
    assert api.patch(f"{DEALS}/1", {"value": 7}).data["value"] == 7


def test_a_duplicate_has_the_parts_too(api: Api, deal: str) -> None:
    api.post(f"{deal}/bulk", {"data": [line(), line(product_id=2, item_price=50, is_enabled=False)]})
    api.post(f"{DEALS}/1/discounts", {"description": "Spring", "amount": 10, "type": "percentage"})
    api.post(f"{DEALS}/1/installments", {"description": "Half", "amount": 45, "billing_date": "2026-04-01"})
    copy = api.post("/v1/deals/1/duplicate").data
    assert (copy["value"], copy["products_count"]) == (90, 2)

    def parts(id: int) -> list[list[dict[str, Any]]]:
        lists = (
            api.get(f"{DEALS}/{id}/products").data,
            api.get(f"{DEALS}/{id}/discounts").data,
            api.get(f"{DEALS}/installments", deal_ids=id).data,
        )
        return [[{**one, "id": 0, "deal_id": 0} for one in found] for found in lists]

    assert parts(copy["id"]) == parts(1)
    api.delete(f"{DEALS}/{copy['id']}/products", ids=4)
    assert amounts(api, copy["id"]) == amounts(api) == (90, 90, 0, 0)


def test_a_merge_moves_the_parts(api: Api, deal: str) -> None:
    other = f"{DEALS}/{api.post(DEALS, {'title': 'Other', 'currency': 'JPY', 'value': 5}).data['id']}"
    api.post(deal, line(item_price=99.5, tax=10, tax_method="exclusive"))
    api.post(f"{DEALS}/1/discounts", {"description": "Spring", "amount": 50, "type": "amount"})
    api.post(f"{DEALS}/1/installments", {"description": "Half", "amount": 45, "billing_date": "2026-04-01"})
    api.post(f"{other}/products", line(tax_method="none"))
    api.put("/v1/deals/1/merge", {"merge_with_id": 2})
    lines = api.get(f"{other}/products", sort_by="order_nr").data
    assert [(one["sum"], one["tax_method"], one["order_nr"]) for one in lines] == [(100, "none", 1), (100, "none", 2)]
    assert {one["currency"] for one in lines} == {"JPY"}
    assert amounts(api, 2) == (150, 150, 0, 0)
    assert read_deal(api, 2)["products_count"] == 2
    assert len(api.get(f"{other}/discounts").data) == len(api.get(f"{DEALS}/installments", deal_ids=2).data) == 1


def test_a_merge_that_would_break_a_rule(api: Api, deal: str) -> None:
    other = f"{DEALS}/{api.post(DEALS, {'title': 'Other'}).data['id']}/products"
    api.post(f"{deal}/bulk", {"data": [line(**MONTHLY)] * 11})
    api.post(f"{other}/bulk", {"data": [line(**MONTHLY)] * 10})
    assert "more than 20 recurring" in api.put("/v1/deals/1/merge", {"merge_with_id": 2}).error
    api.delete(other)
    api.post(other, line())
    api.post(f"{DEALS}/2/installments", {"description": "Half", "amount": 45, "billing_date": "2026-04-01"})
    for id, into in ((1, 2), (2, 1)):
        assert "installments" in api.put(f"/v1/deals/{id}/merge", {"merge_with_id": into}).error
    assert [read_deal(api, id)["products_count"] for id in (1, 2)] == [11, 1]


def test_a_purged_deal_takes_its_parts_along(api: Api, deal: str) -> None:
    api.post(deal, line())
    api.post(f"{DEALS}/1/discounts", {"description": "Spring", "amount": 10, "type": "percentage"})
    api.post(f"{DEALS}/1/installments", {"description": "Half", "amount": 45, "billing_date": "2026-04-01"})
    api.delete(f"{DEALS}/1")
    purge(api)
    with api.principal.company.database.read() as db:
        for table in (tables.deal_products, tables.deal_discounts, tables.deal_installments):
            assert db.value(sa.select(sa.func.count()).select_from(table)) == 0


def test_the_deals_of_a_product(api: Api, deal: str) -> None:
    for title in ("Second", "Third"):
        api.post(DEALS, {"title": title})
    for id in (3, 1, 1):
        api.post(f"{DEALS}/{id}/products", line())
    api.post(f"{DEALS}/2/products", line(product_id=2))
    assert [one["id"] for one in api.get("/v1/products/1/deals").data] == [1, 3]
    first = api.get("/v1/products/1/deals", limit=1)
    assert ([one["id"] for one in first.data], first.body["additional_data"]["pagination"]["next_start"]) == ([1], 1)
    assert [one["id"] for one in api.get("/v1/products/1/deals", start=1).data] == [3]
    api.patch(f"{DEALS}/3", {"status": "won"})
    assert [one["id"] for one in api.get("/v1/products/1/deals", status="won").data] == [3]
    api.delete(f"{DEALS}/3")
    assert [one["id"] for one in api.get("/v1/products/1/deals").data] == [1]
    assert [one["id"] for one in api.get("/v1/products/1/deals", status="deleted").data] == [3]
    api.patch(f"{DEALS}/1", {"is_archived": True})
    assert api.get("/v1/products/1/deals").data is None
    assert [one["id"] for one in api.get("/v1/deals/archived", product_id=1).data] == [1]
    assert api.get("/v1/deals/archived", product_id=2).data is None
    assert api.get("/v1/products/99/deals").status == 404


def test_a_deal_that_the_actor_does_not_see(api: Api, deal: str) -> None:
    api.post(deal, line())
    api.patch(f"{DEALS}/1", {"visible_to": 1})
    other = add_user(api, "Rep")
    assert other.get(deal).status == other.post(deal, line()).status == 404
    assert other.get(f"{DEALS}/products", deal_ids=1).data == []
    assert other.get("/v1/products/1/deals").data is None


def test_changes_are_logged_and_shown_in_the_flow(api: Api, deal: str) -> None:
    api.post(deal, line())
    api.patch(f"{deal}/1", {"quantity": 2})
    api.delete(f"{deal}/1")
    changes = api.get("/v1/deals/1/changelog").data
    assert [(one["old_value"], one["new_value"]) for one in changes if one["field_key"] == "value"] == [
        ("200", "0"),
        ("100", "200"),
    ]
    columns = tables.changes.c
    logged = sa.select(columns.action, columns.record_id).where(columns.object == "dealProduct").order_by(columns.id)
    with api.principal.company.database.read() as db:
        assert db.rows(logged) == [("create", 1), ("update", 1), ("delete", 1)]
