"""What regular users may do only with a permission of one of their permission sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dealwright
from dealwright.crm.team.permission_sets import PERMISSIONS, WITHOUT_EFFECT
from tests.api import Api, Response
from tests.company import add_user, set_permissions
from tests.oauth import Client, call_with_token

Call = Callable[[Api, dict[str, Any]], Response]

CONDITIONS: dict[str, Any] = {
    "glue": "and",
    "conditions": [{"glue": "and", "conditions": []}, {"glue": "or", "conditions": []}],
}

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
    *(
        (
            "can_bulk_edit_items",
            lambda user, ids, noun=noun: user.delete(f"/v1/{noun}", ids=f"{ids[noun]},{ids[noun] + 1}"),
        )
        for noun in ("deals", "persons", "organizations", "activities", "filters")
    ),
    ("can_convert_deals_to_leads", lambda user, ids: user.post(f"/api/v2/deals/{ids['deals']}/convert/lead")),
    ("can_merge_deals", lambda user, ids: merge(user, "deals", ids)),
    ("can_merge_people", lambda user, ids: merge(user, "persons", ids)),
    ("can_merge_organizations", lambda user, ids: merge(user, "organizations", ids)),
    (
        "can_share_filters",
        lambda user, ids: user.put(f"/v1/filters/{ids['filters']}", {"visible_to": "7", "conditions": CONDITIONS}),
    ),
    ("can_edit_shared_filters", lambda user, ids: user.delete(f"/v1/filters/{ids['shared']}")),
    *(
        ("can_add_custom_fields", lambda user, ids, path=path, body=body: user.post(path, body))
        for path, body in (
            ("/v1/dealFields", {"name": "New", "field_type": "varchar"}),
            ("/api/v2/personFields", {"field_name": "New", "field_type": "varchar"}),
        )
    ),
    ("can_edit_custom_fields", lambda user, ids: user.put(f"/v1/dealFields/{ids['field']}", {"name": "Other"})),
    (
        "can_edit_custom_fields",
        lambda user, ids: user.patch(f"/api/v2/dealFields/{ids['code']}", {"field_name": "Other"}),
    ),
    ("can_delete_custom_fields", lambda user, ids: user.delete(f"/v1/dealFields/{ids['field']}")),
    ("can_delete_custom_fields", lambda user, ids: user.delete(f"/api/v2/dealFields/{ids['code']}")),
    ("can_modify_labels", lambda user, ids: user.post("/v1/leadLabels", {"name": "New", "color": "red"})),
    ("can_modify_labels", lambda user, ids: user.patch(f"/v1/leadLabels/{ids['label']}", {"name": "Other"})),
    ("can_modify_labels", lambda user, ids: user.delete(f"/v1/leadLabels/{ids['label']}")),
    ("can_modify_labels", lambda user, ids: user.post("/api/v2/dealFields/label_ids/options", [{"label": "New"}])),
    ("can_see_other_users", lambda user, ids: user.get("/api/v2/users/1/followers")),
)

# The first refuses nothing (see tests/server/test_visibility.py), the second everything (see below).
SEEN = {"can_see_hidden_items_names", "can_use_api"}


def merge(user: Api, noun: str, ids: dict[str, Any]) -> Response:
    return user.put(f"/v1/{noun}/{ids[noun]}/merge", {"merge_with_id": ids[noun] + 1})


def test_every_permission_is_enforced_or_marked_as_without_effect() -> None:
    enforced = {permission for permission, _ in CALLS} | SEEN
    assert enforced.isdisjoint(WITHOUT_EFFECT)
    assert enforced | set(WITHOUT_EFFECT) == set(PERMISSIONS)
    source = Path(dealwright.__file__).parent
    code = "".join(file.read_text() for file in source.rglob("*.py") if file.name != "permission_sets.py")
    assert {name for name in PERMISSIONS if f'"{name}"' in code} == enforced


@pytest.mark.parametrize(("permission", "call"), CALLS)
def test_without_a_permission_nothing_happens(api: Api, permission: str, call: Call) -> None:
    user = add_user(api, "Rep")
    set_permissions(api, *PERMISSIONS)
    person = user.post("/api/v2/persons", {"name": "Mary"}).data["id"]
    field = api.post("/v1/dealFields", {"name": "Colour", "field_type": "varchar"}).data
    conditions = {"type": "deals", "conditions": CONDITIONS}
    ids: dict[str, Any] = {
        "persons": person,
        "organizations": user.post("/api/v2/organizations", {"name": "Acme"}).data["id"],
        "deals": user.post("/api/v2/deals", {"title": "Roof", "person_id": person}).data["id"],
        "products": user.post("/api/v2/products", {"name": "Tile"}).data["id"],
        "activities": user.post("/api/v2/activities", {"subject": "Call", "type": "call"}).data["id"],
        "leads": user.post("/v1/leads", {"title": "Shed", "person_id": person}).data["id"],
        "filters": user.post("/v1/filters", {"name": "Mine", **conditions}).data["id"],
        "field": field["id"],
        "code": field["key"],
        "label": api.post("/v1/leadLabels", {"name": "Hot", "color": "red"}).data["id"],
    }
    user.post("/api/v2/persons", {"name": "Ann"})
    user.post("/api/v2/organizations", {"name": "Bolt"})
    user.post("/api/v2/deals", {"title": "Wall"})
    user.post("/api/v2/activities", {"subject": "Mail", "type": "email"})
    user.post("/v1/filters", {"name": "Mine too", **conditions})
    ids["shared"] = api.post("/v1/filters", {"name": "All", "visible_to": "7", **conditions}).data["id"]
    set_permissions(api, *(set(PERMISSIONS) - {permission, "can_use_api"}))
    before = snapshot(api)
    refused = call(user, ids)
    assert (refused.status, refused.error) == (403, "You do not have permissions to do this.")
    assert snapshot(api) == before
    set_permissions(api, *PERMISSIONS)
    assert call(user, ids).status < 300


def snapshot(api: Api) -> list[Any]:
    """Returns all records."""
    nouns = ("deals", "persons", "organizations", "products", "activities")
    v1 = ("leads", "filters", "dealFields", "personFields", "leadLabels", "users")
    return [api.get(f"/api/v2/{noun}").data for noun in nouns] + [api.get(f"/v1/{noun}").data for noun in v1]


def test_who_may_not_see_other_users_sees_nobody_else(api: Api) -> None:
    rep = add_user(api, "Rep")
    own = rep.principal.user_id
    set_permissions(api)
    assert [user["id"] for user in rep.get("/v1/users").data] == [own]
    assert [user["id"] for user in rep.get("/v1/users/find", term="e").data] == [own]
    assert (rep.get("/v1/users/1").status, rep.get(f"/v1/users/{own}").status) == (404, 200)
    set_permissions(api, "can_see_other_users")
    assert [user["id"] for user in rep.get("/v1/users").data] == [1, own]
    assert rep.get("/v1/users/1").status == 200


def test_who_may_not_use_the_api_is_refused(api: Api) -> None:
    rep = add_user(api, "Rep")
    client = Client(rep)
    tokens = client.get_tokens()
    api_token = api.companies.platform.issue_token(rep.principal.company.id, rep.principal.user_id)

    def results() -> list[int]:
        exchange = {"grant_type": "exchange_api_token", "api_token": api_token}
        return [
            api.send("GET", "/v1/users/me", headers={"x-api-token": api_token}).status,
            client.post_form("/oauth/token", **exchange).status,
            # Apps go by what was granted to them.
            call_with_token(api, tokens["access_token"]).status,
        ]

    assert results() == [200, 200, 200]
    set_permissions(api, use_api=False)
    assert results() == [403, 400, 200]


def test_unchanged_values_need_no_permission(api: Api) -> None:
    user = add_user(api, "Rep")
    set_permissions(api)
    deal = user.post("/api/v2/deals", {"title": "Roof", "status": "won"}).data
    unchanged = {"title": "Tower", "visible_to": deal["visible_to"], "won_time": deal["won_time"]}
    assert user.patch(f"/api/v2/deals/{deal['id']}", unchanged).data["title"] == "Tower"
    assert user.put(f"/v1/deals/{deal['id']}", {"status": "lost"}).data["status"] == "lost"
