"""Products over HTTP, in both versions."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.crm.values.formats import loads
from dealwright.storage.tables import changes
from tests.api import Api
from tests.company import add_role, add_user

EURO = {"price": 10, "currency": "EUR", "cost": 4, "direct_cost": 1, "notes": ""}
DOLLAR = {"price": 11.5, "currency": "USD", "cost": 0, "direct_cost": None, "notes": "export"}


def names(records: object) -> list[str]:
    assert isinstance(records, list)
    return [product["name"] for product in records]


def without_ids(prices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in price.items() if name not in ("id", "product_id")} for price in prices]


def add_category(api: Api, label: str) -> int:
    """Adds an option to the field ``category``; returns its id."""
    option: int = api.post("/api/v2/productFields/category/options", [{"label": label}]).data[0]["id"]
    return option


def test_a_new_product_in_v2(api: Api) -> None:
    answer = api.post("/api/v2/products", {"name": " Pencil "})
    id = answer.data["id"]
    assert (answer.status, answer.data) == (
        201,
        {
            "id": id,
            "name": "Pencil",
            "code": None,
            "description": None,
            "unit": "",
            "tax": 0,
            "category": None,
            "is_linkable": True,
            "is_deleted": False,
            "visible_to": 3,
            "owner_id": 1,
            "add_time": "2026-03-02T10:00:00Z",
            "update_time": "2026-03-02T10:00:00Z",
            "billing_frequency": "one-time",
            "billing_frequency_cycles": None,
            "prices": [
                {"product_id": id, "price": 0, "currency": "EUR", "cost": 0, "direct_cost": None, "notes": ""},
            ],
            "custom_fields": {},
        },
    )
    assert api.get(f"/api/v2/products/{id}").data == answer.data


def test_the_same_product_in_both_versions(api: Api) -> None:
    price = {"price": 10, "currency": "USD", "cost": 4, "overhead_cost": 1.5, "notes": "n"}
    body = {"name": "Pencil", "code": "P1", "unit": "box", "selectable": False, "visible_to": "7"}
    answer = api.post("/v1/products", {**body, "tax": "20", "prices": [price]})
    id = answer.data["id"]
    shown = api.get(f"/v1/products/{id}")
    old = shown.data
    assert (answer.status, answer.data) == (201, old)
    assert {name: old[name] for name in body} == body
    assert (old["tax"], old["first_char"], old["active_flag"], old["files_count"]) == (20, "p", True, None)
    assert (old["owner_id"]["value"], old["owner_id"]["has_pic"]) == (1, False)
    assert old["prices"] == [{"id": 1, "product_id": id, **price}]
    assert shown.body["related_objects"]["user"]["1"]["name"] == "Ada Admin"
    new = api.get(f"/api/v2/products/{id}").data
    assert (new["is_linkable"], new["visible_to"], new["tax"], new["prices"][0]["direct_cost"]) == (False, 7, 20, 1.5)


def test_without_prices_it_costs_nothing_in_the_currency_of_the_company_or_user(api: Api) -> None:
    rep = add_user(api, "Rep", currency="SEK")
    for path, currency in (("/v1/products", "EUR"), ("/api/v2/products", "SEK")):
        prices = rep.post(path, {"name": "Pencil"}).data["prices"]
        assert [(price["price"], price["currency"]) for price in prices] == [(0, currency)]
        assert rep.post(path, {"name": "Pencil", "prices": []}).data["prices"] == []


def test_prices_are_replaced_as_a_whole(api: Api) -> None:
    product = api.post("/api/v2/products", {"name": "Pencil", "prices": [EURO, DOLLAR]}).data
    path = f"/api/v2/products/{product['id']}"
    assert without_ids(product["prices"]) == [EURO, DOLLAR]
    api.clock.advance(hours=1)
    assert api.patch(path, {"prices": [EURO, DOLLAR]}).data == product
    changed = api.patch(path, {"prices": [{**DOLLAR, "price": 3}]}).data
    assert (without_ids(changed["prices"]), changed["update_time"]) == (
        [{**DOLLAR, "price": 3}],
        "2026-03-02T11:00:00Z",
    )
    assert api.put(f"/v1/products/{product['id']}", {"code": "x"}).data["prices"][0]["price"] == 3
    for prices in ([EURO, EURO], [{**EURO, "currency": "XXX"}], [{"currency": "EUR"}], [{**EURO, "cost": -1}]):
        assert api.patch(path, {"prices": prices}).status == 400
    assert without_ids(api.get(path).data["prices"]) == [{**DOLLAR, "price": 3}]


def test_prices_are_in_the_change_log(api: Api) -> None:
    id = api.post("/api/v2/products", {"name": "Pencil", "prices": [EURO]}).data["id"]
    api.patch(f"/api/v2/products/{id}", {"prices": []})
    with api.companies.unit_of_work(api.principal.company, 1, write=False) as crm:
        logged = crm.db.values(sa.select(changes.c.fields).where(changes.c.object == "product").order_by(changes.c.id))
    assert ["prices", None, [EURO]] in loads(logged[0])
    assert loads(logged[-1]) == [["prices", [EURO], []]]


def test_billing(api: Api) -> None:
    def billing(product: dict[str, Any]) -> tuple[object, object]:
        return product["billing_frequency"], product["billing_frequency_cycles"]

    weekly = {"billing_frequency": "weekly", "billing_frequency_cycles": 4}
    product = api.post("/api/v2/products", {"name": "Pencil", **weekly}).data
    path = f"/api/v2/products/{product['id']}"
    assert billing(product) == ("weekly", 4)
    assert api.patch(path, {"billing_frequency_cycles": None}).status == 400
    assert billing(api.patch(path, {"billing_frequency": "monthly"}).data) == ("monthly", 4)
    assert billing(api.patch(path, {"billing_frequency_cycles": None}).data) == ("monthly", None)
    assert api.patch(path, {"billing_frequency": "weekly"}).status == 400
    api.patch(path, weekly)
    assert billing(api.patch(path, {"billing_frequency": "one-time"}).data) == ("one-time", None)
    assert api.patch(path, {"billing_frequency_cycles": 3}).status == 400
    assert (
        api.post("/v1/products", {"name": "x", "billing_frequency": "annually", "billing_frequency_cycles": 209}).status
        == 400
    )


def test_a_category_is_an_option_of_the_field(api: Api) -> None:
    retail = add_category(api, "Retail")
    product = api.post("/api/v2/products", {"name": "Pencil", "category": retail}).data
    assert product["category"] == retail
    assert api.get(f"/v1/products/{product['id']}").data["category"] == str(retail)
    assert api.put(f"/v1/products/{product['id']}", {"category": str(retail)}).data["category"] == str(retail)
    assert api.patch(f"/api/v2/products/{product['id']}", {"category": 999}).status == 400
    api.call("DELETE", "/api/v2/productFields/category/options", [{"id": retail}])
    assert api.get(f"/api/v2/products/{product['id']}").data["category"] is None


def test_custom_fields(api: Api) -> None:
    made = {"name": "Grade", "field_type": "enum", "options": [{"label": "A"}, {"label": "B"}]}
    field = api.post("/v1/productFields", made).data
    key, option = field["key"], field["options"][0]["id"]
    cost = api.post("/v1/productFields", {"name": "Cost", "field_type": "monetary"}).data["key"]
    old = api.post("/v1/products", {"name": "Pencil", key: str(option)}).data
    assert (old[key], old[cost], old[f"{cost}_currency"]) == (str(option), None, None)
    # Unlike those of other records, options are chosen by their id only.
    assert api.put(f"/v1/products/{old['id']}", {key: "A"}).status == 400
    api.put(f"/v1/products/{old['id']}", {cost: 5, f"{cost}_currency": "USD"})
    assert api.put(f"/v1/products/{old['id']}", {cost: 7}).data[f"{cost}_currency"] == "USD"
    path = f"/api/v2/products/{old['id']}"
    assert api.get(path).data["custom_fields"] == {key: option, cost: {"value": 7, "currency": "USD"}}
    assert api.patch(path, {"custom_fields": {cost: None}}).data["custom_fields"] == {key: option, cost: None}
    assert api.get("/api/v2/products", custom_fields=key).data[0]["custom_fields"] == {key: option}
    assert "not allowed" in api.patch(path, {key: option}).error


@pytest.mark.parametrize("body", [{"name": " "}, {"owner_id": 99}, {"category": 99}, {"tax": -1}, {"visible_to": 2}])
def test_invalid_values_are_refused(api: Api, body: dict[str, object]) -> None:
    for path in ("/v1/products", "/api/v2/products"):
        assert api.post(path, {"name": "Pencil", **body}).status == 400
    id = api.post("/api/v2/products", {"name": "Pencil"}).data["id"]
    assert api.put(f"/v1/products/{id}", {"code": "x", **body}).status == 400
    assert api.patch(f"/api/v2/products/{id}", {"code": "x", **body}).status == 400
    assert [product["code"] for product in api.get("/v1/products").data] == [None]


def test_a_deleted_product(api: Api) -> None:
    id = api.post("/v1/products", {"name": "Pencil"}).data["id"]
    assert api.delete(f"/api/v2/products/{id}").data == {"id": id}
    assert api.get(f"/v1/products/{id}").data["active_flag"] is False
    assert api.get(f"/api/v2/products/{id}").error == "Product not found"
    assert api.patch(f"/api/v2/products/{id}", {"name": "x"}).status == 404
    assert api.put(f"/v1/products/{id}", {"name": "x"}).status == 404
    assert api.delete(f"/v1/products/{id}").status == 404
    assert (api.get("/v1/products").data, api.get("/api/v2/products").data) == (None, [])


def test_v1_deletes_and_restores_by_the_active_flag(api: Api) -> None:
    id = api.post("/v1/products", {"name": "Pencil", "active_flag": False}).data["id"]
    assert api.get(f"/api/v2/products/{id}").status == 404
    restored = api.put(f"/v1/products/{id}", {"active_flag": True, "code": "x"}).data
    assert (restored["active_flag"], restored["code"]) == (True, "x")
    assert api.get(f"/api/v2/products/{id}").data["is_deleted"] is False
    assert api.put(f"/v1/products/{id}", {"active_flag": "0"}).data["active_flag"] is False
    assert api.get("/v1/products").data is None


def test_lists_are_narrowed(api: Api) -> None:
    rep = add_user(api, "Rep")
    ids = [api.post("/api/v2/products", {"name": name}).data["id"] for name in ("Pen", "paper", "Ink")]
    api.patch(f"/api/v2/products/{ids[2]}", {"owner_id": rep.principal.user_id})
    assert names(api.get("/v1/products", first_char="P").data) == ["Pen", "paper"]
    assert names(api.get("/v1/products", user_id=rep.principal.user_id).data) == ["Ink"]
    assert names(api.get("/api/v2/products", owner_id=1).data) == ["Pen", "paper"]
    for path in ("/v1/products", "/api/v2/products"):
        assert names(api.get(path, ids=f"{ids[2]},{ids[0]},99").data) == ["Pen", "Ink"]
        assert api.get(path, filter_id=99).error == "Filter not found"
    api.clock.advance(hours=1)
    api.patch(f"/api/v2/products/{ids[0]}", {"unit": "box"})
    assert names(api.get("/api/v2/products", updated_since="2026-03-02T11:00:00Z").data) == ["Pen"]


def test_lists_are_paged_sorted_and_counted(api: Api) -> None:
    for name in ("b", "A", "c"):
        api.post("/v1/products", {"name": name})
        api.clock.advance(minutes=1)
    page = api.get("/v1/products", limit=2, first_char="a", get_summary=1)
    assert (names(page.data), page.body["additional_data"]["summary"]) == (["A"], {"total_count": "1"})
    page = api.get("/v1/products", limit=2, get_summary="true")
    assert page.body["additional_data"] == {
        "pagination": {"start": 0, "limit": 2, "more_items_in_collection": True, "next_start": 2},
        "summary": {"total_count": "3"},
    }
    assert "summary" not in api.get("/v1/products").body["additional_data"]
    query = {"sort_by": "update_time", "sort_direction": "desc", "limit": 2}
    first = api.get("/api/v2/products", **query)
    second = api.get("/api/v2/products", **query, cursor=first.next_cursor)
    assert (names(first.data), names(second.data), second.next_cursor) == (["c", "A"], ["b"], None)
    query = {"sort_by": "name", "limit": 1}
    cursor, found = None, []
    while (page := api.get("/api/v2/products", **query, cursor=cursor)).data:
        found += names(page.data)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(found) == ["A", "b", "c"]


def test_who_sees_a_product(api: Api) -> None:
    role = add_role(api, "Sales", product_default_visibility=1)
    boss, peer = (add_user(api, name, role_id=role) for name in ("Boss", "Peer"))
    product = boss.post("/api/v2/products", {"name": "Pencil"}).data
    path = f"/api/v2/products/{product['id']}"
    assert product["visible_to"] == 1
    assert (peer.get(path).status, peer.patch(path, {"name": "x"}).status) == (404, 404)
    assert peer.get("/v1/products", get_summary=1).body["additional_data"]["summary"] == {"total_count": "0"}
    api.patch(path, {"visible_to": 3})
    assert (peer.get(path).status, names(peer.get("/v1/products").data)) == (200, ["Pencil"])
