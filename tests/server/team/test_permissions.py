"""What regular users may do only with a permission of one of their permission sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dealwright.crm.team.permission_sets import REGULAR_PERMISSIONS
from tests.api import Api, Response
from tests.company import add_user, set_permissions

Call = Callable[[Api, dict[str, Any]], Response]

CALLS: tuple[tuple[str, Call], ...] = (
    ("can_delete_deals", lambda user, ids: user.delete(f"/v1/deals/{ids['deals']}")),
    ("can_delete_deals", lambda user, ids: user.delete("/v1/deals", ids=ids["deals"])),
    ("can_delete_deals", lambda user, ids: user.delete(f"/api/v2/deals/{ids['deals']}")),
    ("can_delete_deals", lambda user, ids: user.put(f"/v1/deals/{ids['deals']}", {"status": "deleted"})),
    ("can_delete_activities", lambda user, ids: user.delete(f"/api/v2/activities/{ids['activities']}")),
    (
        "can_edit_deals_closed_date",
        lambda user, ids: user.put(f"/v1/deals/{ids['deals']}", {"status": "won", "won_time": "2026-01-01 00:00:00"}),
    ),
    ("can_add_products", lambda user, ids: user.post("/v1/products", {"name": "New"})),
    ("can_add_products", lambda user, ids: user.post("/api/v2/products", {"name": "New"})),
    ("can_edit_products", lambda user, ids: user.patch(f"/api/v2/products/{ids['products']}", {"name": "New"})),
    ("can_edit_products", lambda user, ids: user.delete(f"/v1/products/{ids['products']}")),
    ("can_see_deals_list_summary", lambda user, ids: user.get("/v1/deals/summary")),
    ("can_see_deals_list_summary", lambda user, ids: user.get("/v1/deals/summary/archived")),
    (
        "can_see_other_users_statistics",
        lambda user, ids: user.get(
            "/v1/pipelines/1/movement_statistics", start_date="2026-01-01", end_date="2026-02-01", user_id=1
        ),
    ),
    *(
        (
            "can_change_visibility_of_items",
            lambda user, ids, noun=noun: user.patch(f"/api/v2/{noun}/{ids[noun]}", {"visible_to": 7}),
        )
        for noun in ("deals", "persons", "organizations", "products")
    ),
    (
        "can_change_visibility_of_items",
        lambda user, ids: user.patch(f"/v1/leads/{ids['leads']}", {"visible_to": "7"}),
    ),
)


@pytest.mark.parametrize(("permission", "call"), CALLS)
def test_without_a_permission_nothing_happens(api: Api, permission: str, call: Call) -> None:
    user = add_user(api, "Rep")
    set_permissions(api, *REGULAR_PERMISSIONS, "can_edit_products", "can_add_products")
    person = user.post("/api/v2/persons", {"name": "Mary"}).data["id"]
    ids: dict[str, Any] = {
        "persons": person,
        "organizations": user.post("/api/v2/organizations", {"name": "Acme"}).data["id"],
        "deals": user.post("/api/v2/deals", {"title": "Roof"}).data["id"],
        "products": user.post("/api/v2/products", {"name": "Tile"}).data["id"],
        "activities": user.post("/api/v2/activities", {"subject": "Call", "type": "call"}).data["id"],
        "leads": user.post("/v1/leads", {"title": "Shed", "person_id": person}).data["id"],
    }
    everything = {
        *REGULAR_PERMISSIONS,
        "can_delete_deals",
        "can_edit_deals_closed_date",
        "can_see_other_users_statistics",
    }
    set_permissions(api, *(everything - {permission}))
    before = snapshot(api)
    refused = call(user, ids)
    assert (refused.status, refused.error) == (403, "You do not have permissions to do this.")
    assert snapshot(api) == before
    set_permissions(api, *everything)
    assert call(user, ids).status < 300


def snapshot(api: Api) -> list[Any]:
    """Returns all records."""
    nouns = ("deals", "persons", "organizations", "products", "activities")
    return [api.get(f"/api/v2/{noun}").data for noun in nouns] + [api.get("/v1/leads").data]


def test_unchanged_values_need_no_permission(api: Api) -> None:
    user = add_user(api, "Rep")
    set_permissions(api)
    deal = user.post("/api/v2/deals", {"title": "Roof", "status": "won"}).data
    unchanged = {"title": "Tower", "visible_to": deal["visible_to"], "won_time": deal["won_time"]}
    assert user.patch(f"/api/v2/deals/{deal['id']}", unchanged).data["title"] == "Tower"
    assert user.put(f"/v1/deals/{deal['id']}", {"status": "lost"}).data["status"] == "lost"
