"""What a deal is worth: its products, discounts on all of it, and the installments in which it is paid."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actions.local_crm import LocalCrm

MONTHLY = {"billing_frequency": "monthly", "billing_frequency_cycles": 12}


@pytest.fixture
def oven(crm: LocalCrm) -> int:
    """Returns the id of a product."""
    return int(crm.create("v2.post_products", name="Oven", prices=[{"currency": "EUR", "price": 500}]))


@pytest.fixture
def deal(crm: LocalCrm) -> int:
    """Returns the id of a deal without products."""
    return int(crm.create("v2.post_deals", title="Bakery", value=1, currency="EUR"))


def worth(crm: LocalCrm, deal: int) -> float:
    """Returns the value of a deal."""
    value: float = crm.data("v2.get_deals_by_id", id=deal)["value"]
    return value


def test_the_lines_of_a_deal_in_v2(crm: LocalCrm, deal: int, oven: int) -> None:
    line = {"product_id": oven, "item_price": 500, "quantity": 2, "discount": 10}
    first = crm.data("v2.post_deals_by_id_products", id=deal, data=line)["id"]
    assert worth(crm, deal) == 900
    more = [{"product_id": oven, "item_price": 5, "quantity": count} for count in (1, 2)]
    added = crm.data("v2.post_deals_by_id_products_bulk", id=deal, data={"data": more})
    assert worth(crm, deal) == 915
    assert crm.ids("v2.get_deals_by_id_products", id=deal) == [first, *(one["id"] for one in added)]
    changes = {"quantity": 1, "discount": 100, "discount_type": "amount"}
    crm.data(
        "v2.patch_deals_by_id_products_by_product_attachment_id", id=deal, product_attachment_id=first, data=changes
    )
    [line] = [one for one in crm.data("v2.get_deals_products", deal_ids=[deal]) if one["id"] == first]
    assert (line["quantity"], line["discount"], line["sum"]) == (1, 100, 400)
    assert worth(crm, deal) == 415
    crm.data("v2.delete_deals_by_id_products_by_product_attachment_id", id=deal, product_attachment_id=first)
    assert worth(crm, deal) == 15
    gone = crm.run("v2.delete_deals_by_id_products", id=deal, ids=[one["id"] for one in added])
    assert gone["data"]["ids"] == [one["id"] for one in added]
    assert crm.data("v2.get_deals_by_id_products", id=deal) == []


def test_the_lines_of_a_deal_in_v1(crm: LocalCrm, deal: int, oven: int) -> None:
    line = {"product_id": oven, "item_price": 500, "quantity": 2, "comments": "Blue"}
    id = crm.data("v1.post_deals_by_id_products", id=deal, data=line)["product_attachment_id"]
    [listed] = crm.data("v1.get_deals_by_id_products", id=deal, include_product_data=1)
    assert (listed["id"], listed["sum"], listed["comments"], listed["product"]["name"]) == (id, 1000, "Blue", "Oven")
    changes = {"quantity": 3, "discount": 50}
    crm.data("v1.put_deals_by_id_products_by_product_attachment_id", id=deal, product_attachment_id=id, data=changes)
    [listed] = crm.data("v1.get_deals_by_id_products", id=deal)
    assert (listed["quantity"], listed["sum"]) == (3, 750)
    assert worth(crm, deal) == 750
    gone = crm.data("v1.delete_deals_by_id_products_by_product_attachment_id", id=deal, product_attachment_id=id)
    assert gone["id"] == id
    assert crm.data("v1.get_deals_by_id_products", id=deal) is None


def test_what_recurs_is_told_apart_from_what_is_paid_once(crm: LocalCrm, deal: int, oven: int) -> None:
    line: dict[str, Any] = {"product_id": oven, "item_price": 10, "quantity": 1}
    crm.data("v2.post_deals_by_id_products", id=deal, data={**line, **MONTHLY})
    found = crm.data("v2.get_deals_by_id", id=deal)
    assert (found["value"], found["acv"], found["arr"], found["mrr"]) == (120, 120, 120, 10)


def test_a_discount_on_all_of_a_deal(crm: LocalCrm, deal: int, oven: int) -> None:
    crm.data("v2.post_deals_by_id_products", id=deal, data={"product_id": oven, "item_price": 500, "quantity": 2})
    spring = {"description": "Spring", "amount": 10, "type": "percentage"}
    discount = crm.data("v2.post_deals_by_id_discounts", id=deal, data=spring)["id"]
    assert worth(crm, deal) == 900
    changes = {"amount": 50, "type": "amount", "description": "Fair"}
    crm.data("v2.patch_deals_by_id_discounts_by_discount_id", id=deal, discount_id=discount, data=changes)
    [listed] = crm.data("v2.get_deals_by_id_discounts", id=deal)
    assert (listed["id"], listed["description"], listed["amount"]) == (discount, "Fair", 50)
    assert worth(crm, deal) == 950
    crm.data("v2.delete_deals_by_id_discounts_by_discount_id", id=deal, discount_id=discount)
    assert crm.data("v2.get_deals_by_id_discounts", id=deal) == []
    assert worth(crm, deal) == 1000


def test_a_deal_is_paid_in_installments(crm: LocalCrm, deal: int, oven: int) -> None:
    crm.data("v2.post_deals_by_id_products", id=deal, data={"product_id": oven, "item_price": 500, "quantity": 2})
    half = {"description": "First half", "amount": 500, "billing_date": "2030-04-01"}
    installment = crm.data("v2.post_deals_by_id_installments", id=deal, data=half)["id"]
    crm.data(
        "v2.patch_deals_by_id_installments_by_installment_id",
        id=deal,
        installment_id=installment,
        data={"amount": 400, "billing_date": "2030-05-01"},
    )
    [listed] = crm.data("v2.get_deals_installments", deal_ids=[deal])
    assert (listed["description"], listed["amount"], listed["billing_date"]) == ("First half", 400, "2030-05-01")
    gone = crm.data("v2.delete_deals_by_id_installments_by_installment_id", id=deal, installment_id=installment)
    assert gone["id"] == installment
    assert crm.data("v2.get_deals_installments", deal_ids=[deal]) == []
