"""The connector against the CRM itself, in this process and without any configuration."""

from __future__ import annotations

import pytest

from dealwright import ApiError, Client, run_connection_action
from dealwright.connectors import idempotency
from tests.connectors.clock import Clock


def test_typical_calls() -> None:
    for number in range(5):
        run_connection_action("local", "post_deals", {"data": {"title": f"Roof {number}", "value": 100 + number}})
    with Client() as crm:
        deals = list(crm.iterate("v2.get_deals", {"limit": 2}))
        assert [deal["title"] for deal in deals] == [f"Roof {number}" for number in range(5)]
        assert [deal["id"] for deal in crm.iterate("v1.get_deals", {"limit": 2})] == [deal["id"] for deal in deals]

        first = deals[0]["id"]
        crm.run("patch_deals_by_id", {"id": first, "data": {"value": None, "label_ids": []}})
        assert crm.run("v2.get_deals_by_id", {"id": str(first)})["data"]["value"] in (None, 0)
        assert crm.request("v1.get_users_me").headers["content-type"].startswith("application/json")

        with pytest.raises(ApiError) as caught:
            crm.run("v2.get_deals_by_id", {"id": 999_999})
        assert caught.value.status == 404
        assert caught.value.request_id


def test_a_deal_is_created_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    deal = {"data": {"title": "Order 17"}}
    with Client(clock=clock) as crm:
        with monkeypatch.context() as patch:
            # The deal is created, but this is not stored.
            patch.setattr(idempotency.IdempotencyStore, "_change", lambda *_: None)
            made = crm.run("v2.post_deals", deal, idempotency_key="order-17")
        clock.advance(600)
        found = crm.run("v2.post_deals", deal, idempotency_key="order-17", found_by="title")
        assert found["data"]["id"] == made["data"]["id"]
        assert crm.run("v2.post_deals", deal, idempotency_key="order-17") == found
        assert len(list(crm.iterate("v2.get_deals"))) == 1
        assert crm.budget.remaining is not None
