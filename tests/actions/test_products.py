"""Products: with prices and variations, found and changed in both versions, pictured, copied, deleted."""

from __future__ import annotations

from tests.actions.local_crm import LocalCrm
from tests.actions.pictures import paint

EUR = {"currency": "EUR", "price": 480, "cost": 200}


def test_a_product_of_v2_is_priced_changed_and_deleted(crm: LocalCrm) -> None:
    oven = crm.create("v2.post_products", name="Oven", code="OV-1", unit="piece", tax=20, prices=[EUR])
    found = crm.data("v2.get_products_by_id", id=oven)
    assert (found["name"], found["code"], found["unit"], found["tax"]) == ("Oven", "OV-1", "piece", 20)
    [price] = found["prices"]
    assert {name: price[name] for name in ("currency", "price", "cost")} == {
        "currency": "EUR",
        "price": 480,
        "cost": 200,
    }
    changes = {"name": "Large oven", "prices": [{"currency": "USD", "price": 500}]}
    crm.data("v2.patch_products_by_id", id=oven, data=changes)
    [listed] = crm.data("v2.get_products", ids=[oven])
    assert (listed["name"], listed["code"]) == ("Large oven", "OV-1")
    assert [(one["currency"], one["price"]) for one in listed["prices"]] == [("USD", 500)]
    assert crm.data("v1.get_products_by_id", id=oven)["name"] == "Large oven"
    assert crm.data("v2.delete_products_by_id", id=oven)["id"] == oven
    assert crm.refusal("v2.get_products_by_id", id=oven) == 404
    assert crm.data("v2.get_products", ids=[oven]) == []


def test_a_product_of_v1_is_priced_changed_and_deleted(crm: LocalCrm) -> None:
    mixer = crm.create("v1.post_products", name="Mixer", code="MX", prices=[EUR], visible_to=1)
    found = crm.data("v1.get_products_by_id", id=mixer)
    assert (found["name"], found["code"], found["active_flag"], found["selectable"]) == ("Mixer", "MX", True, True)
    assert [(one["currency"], one["price"]) for one in found["prices"]] == [("EUR", 480)]
    rita = crm.create("v1.post_users", email="rita@example.com", access=[{"app": "sales"}])
    assert rita not in crm.data("v1.get_products_by_id_permitted_users", id=mixer)
    crm.data("v1.put_products_by_id", id=mixer, data={"name": "Small mixer", "selectable": False, "visible_to": 3})
    assert rita in crm.data("v1.get_products_by_id_permitted_users", id=mixer)
    [listed] = crm.data("v1.get_products", ids=str(mixer))
    assert (listed["name"], listed["selectable"]) == ("Small mixer", False)
    assert crm.data("v2.get_products_by_id", id=mixer)["is_linkable"] is False
    assert crm.data("v1.delete_products_by_id", id=mixer)["id"] == mixer
    assert crm.data("v1.get_products_by_id", id=mixer)["active_flag"] is False
    assert crm.refusal("v2.get_products_by_id", id=mixer) == 404


def test_a_product_is_copied_with_its_variations(crm: LocalCrm) -> None:
    shirt = crm.create("v2.post_products", name="Apron", prices=[EUR])
    small = {"name": "Small", "prices": [{"currency": "EUR", "price": 12}]}
    variation = crm.data("v2.post_products_by_id_variations", id=shirt, data=small)["id"]
    crm.data(
        "v2.patch_products_by_id_variations_by_product_variation_id",
        id=shirt,
        product_variation_id=variation,
        data={"name": "Very small"},
    )
    [found] = crm.data("v2.get_products_by_id_variations", id=shirt)
    assert (found["id"], found["name"]) == (variation, "Very small")
    assert [(one["currency"], one["price"]) for one in found["prices"]] == [("EUR", 12)]

    copy = crm.data("v2.post_products_by_id_duplicate", id=shirt)["id"]
    assert copy != shirt
    copied = crm.data("v2.get_products_by_id", id=copy)
    assert [(one["currency"], one["price"]) for one in copied["prices"]] == [("EUR", 480)]
    crm.data("v2.delete_products_by_id_variations_by_product_variation_id", id=shirt, product_variation_id=variation)
    assert crm.data("v2.get_products_by_id_variations", id=shirt) == []
    assert [one["name"] for one in crm.data("v2.get_products_by_id_variations", id=copy)] == ["Very small"]


def test_a_product_is_pictured(crm: LocalCrm) -> None:
    oven = crm.create("v2.post_products", name="Oven")
    red = crm.data("v2.post_products_by_id_images", id=oven, data={"data": paint("red")})
    shown = crm.data("v2.get_products_by_id_images", id=oven)
    assert (shown["id"], shown["product_id"], shown["name"]) == (red["id"], oven, "red.png")
    blue = crm.data("v2.put_products_by_id_images", id=oven, data={"data": paint("blue")})
    shown = crm.data("v2.get_products_by_id_images", id=oven)
    assert (shown["id"], shown["name"]) == (blue["id"], "blue.png")
    assert crm.data("v2.delete_products_by_id_images", id=oven)["id"] == blue["id"]
    assert crm.refusal("v2.get_products_by_id_images", id=oven) == 404


def test_a_product_keeps_its_files_and_names_the_deals_that_it_is_in(crm: LocalCrm) -> None:
    oven = crm.create("v2.post_products", name="Oven")
    manual = crm.create("v1.post_files", file=("manual.txt", b"Turn it on."), product_id=oven)
    crm.create("v1.post_files", file=("other.txt", b"Something else."))
    assert crm.ids("v1.get_products_by_id_files", id=oven) == [manual]
    deal = crm.create("v2.post_deals", title="Bakery")
    crm.data("v2.post_deals_by_id_products", id=deal, data={"product_id": oven, "item_price": 480, "quantity": 2})
    crm.create("v2.post_deals", title="Without")
    assert crm.ids("v1.get_products_by_id_deals", id=oven) == [deal]
    assert crm.data("v1.get_products_by_id_deals", id=oven, status="won") is None
