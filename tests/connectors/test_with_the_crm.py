"""The connector against the CRM itself, in this process and without any configuration."""

from __future__ import annotations

import pytest

from dealwright import ApiError, Client, run_connection_action


def test_a_first_day() -> None:
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
