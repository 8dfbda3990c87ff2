"""The products in the deals of a person."""

from __future__ import annotations

from tests.api import Api
from tests.company import add_user


def test_the_products_in_the_deals_of_a_person(api: Api) -> None:
    person = api.post("/api/v2/persons", {"name": "Ada"}).data["id"]
    path = f"/v1/persons/{person}/products"
    assert api.get(path).data is None
    pencil, eraser = (api.post("/api/v2/products", {"name": name}).data["id"] for name in ("Pencil", "Eraser"))
    first, second, archived = (
        api.post("/api/v2/deals", {"title": title, "person_id": person}).data["id"] for title in ("One", "Two", "Three")
    )
    alone = api.post("/api/v2/deals", {"title": "Nobody's"}).data["id"]
    for deal, product in ((second, pencil), (first, eraser), (first, pencil), (archived, pencil), (alone, pencil)):
        line = {"product_id": product, "item_price": 5, "quantity": 2}
        assert api.post(f"/api/v2/deals/{deal}/products", line).status == 201
    api.patch(f"/api/v2/deals/{archived}", {"is_archived": True})

    def found(**query: object) -> list[tuple[str, int]]:
        listed = api.get(path, **query).data or []
        return [(key, one["product"]["id"]) for entry in listed for key, one in entry.items()]

    assert found() == [(str(first), eraser), (str(first), pencil), (str(second), pencil)]
    assert found(start=1, limit=1) == [(str(first), pencil)]
    assert api.get(path, limit=1).body["additional_data"]["pagination"]["next_start"] == 1
    [entry] = api.get(path, limit=1).data
    shown = entry[str(first)]
    assert (shown["deal"]["value"], shown["deal"]["person_id"], shown["deal"]["products_count"]) == (20, person, 2)
    assert shown["deal"]["first_add_time"] == shown["deal"]["add_time"]
    assert (shown["product"]["name"], shown["product"]["deal_id"], shown["product"]["owner_id"]) == ("Eraser", first, 1)
    rep = add_user(api, "Rep")
    api.patch(f"/api/v2/products/{eraser}", {"visible_to": 1})
    api.patch(f"/api/v2/deals/{second}", {"visible_to": 1})
    assert [list(one) for one in rep.get(path).data] == [[str(first)]]
    api.delete(f"/api/v2/deals/{first}")
    assert found() == [(str(second), pencil)]
    assert api.get("/v1/persons/99/products").status == 404
