"""Users: listing, inviting and deactivating them."""

from __future__ import annotations

import pytest

from tests.api import Api
from tests.company import add_user


def is_admin_by_app(user: dict[str, list[dict[str, object]]]) -> dict[object, object]:
    return {entry["app"]: entry["admin"] for entry in user["access"]}


def test_the_caller_and_the_company(api: Api) -> None:
    me = api.get("/v1/users/me").data
    assert (me["name"], me["email"], me["is_you"], me["has_created_company"]) == (
        "Ada Admin",
        "ada@example.com",
        True,
        True,
    )
    assert (me["company_name"], me["company_domain"]) == ("Tests", "tests")
    assert (me["timezone_name"], me["timezone_offset"]) == ("Europe/Tallinn", "+02:00")
    assert me["language"] == {"language_code": "en", "country_code": "US"}
    assert is_admin_by_app(me) == {"sales": True, "global": True, "account_settings": True}
    api.clock.advance(days=60)
    assert api.get("/v1/users/me").data["timezone_offset"] == "+03:00"


def test_a_new_user_is_a_regular_one_named_after_the_address(api: Api) -> None:
    made = api.post("/v1/users", {"email": "rita@example.com"}).data
    assert (made["name"], made["email"], made["active_flag"], made["activated"]) == (
        "rita@example.com",
        "rita@example.com",
        True,
        False,
    )
    assert (made["role_id"], made["default_currency"], made["created"]) == (1, "EUR", "2026-03-02 10:00:00")
    assert is_admin_by_app(made) == {"sales": False, "global": False}
    assert api.as_user(made["id"]).get("/v1/users/me").data["is_you"] is True
    assert [user["is_you"] for user in api.get("/v1/users").data] == [True, False]


def test_access_is_by_flag_or_by_permission_set(api: Api) -> None:
    sets = {entry["app"]: entry["permission_set_id"] for entry in api.get("/v1/users/me").data["access"]}
    by_set = [{"app": "sales", "permission_set_id": sets["sales"]}]
    made = api.post("/v1/users", {"email": "a@example.com", "access": by_set}).data
    assert is_admin_by_app(made) == {"sales": True, "global": False}
    assert api.as_user(made["id"]).post("/v1/activityTypes", {"name": "x", "icon_key": "car"}).status == 200
    by_flag = [{"app": "account_settings", "admin": True}]
    made = api.post("/v1/users", {"email": "b@example.com", "access": by_flag}).data
    assert is_admin_by_app(made) == {"account_settings": True, "sales": False, "global": False}
    assert api.as_user(made["id"]).post("/v1/users", {"email": "c@example.com"}).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {"email": "ADA@example.com"},
        {"email": "nobody"},
        {},
        {"email": "a@example.com", "access": [{"app": "sales"}, {"app": "sales"}]},
        {"email": "a@example.com", "access": [{"app": "kitchen"}]},
        {
            "email": "a@example.com",
            "access": [{"app": "sales", "permission_set_id": "62cc4d7f-4038-4352-abf3-a8c1c822b631"}],
        },
    ],
)
def test_invalid_invitations_are_refused(api: Api, body: dict[str, object]) -> None:
    assert api.post("/v1/users", body).status == 400
    assert len(api.get("/v1/users").data) == 1


def test_a_deactivated_user_is_refused_but_still_owns_things(api: Api) -> None:
    rita = add_user(api, "Rita")
    id = rita.principal.user_id
    activity = rita.post("/v1/activities", {}).data["id"]
    assert api.put(f"/v1/users/{id}", {"active_flag": False}).data["active_flag"] is False
    assert rita.get("/v1/users/me").status == 401
    assert api.get(f"/v1/activities/{activity}").data["owner_name"] == "Rita"
    assert api.post("/api/v2/activities", {"owner_id": id}).status == 400
    assert api.put(f"/v1/activities/{activity}", {"user_id": id, "subject": "x"}).status == 200
    assert api.put(f"/v1/users/{id}", {"active_flag": 1}).data["active_flag"] is True
    assert rita.get("/v1/users/me").status == 200


def test_users_cannot_deactivate_themselves(api: Api) -> None:
    assert api.put("/v1/users/1", {"active_flag": False}).status == 400
    assert api.put("/v1/users/1", {"active_flag": True}).status == 200


def test_users_are_administered_by_admins(api: Api) -> None:
    rita = add_user(api, "Rita")
    refused = rita.post("/v1/users", {"email": "new@example.com"})
    assert (refused.status, refused.error) == (403, "You do not have permissions to do this.")
    assert rita.put("/v1/users/1", {"active_flag": False}).status == 403


def test_one_user(api: Api) -> None:
    rita = add_user(api, "Rita").principal.user_id
    assert api.get(f"/v1/users/{rita}").data["name"] == "Rita"
    unknown = api.get("/v1/users/99")
    assert (unknown.status, unknown.error) == (404, "User not found or not accessible.")


def test_finding_by_name_or_by_address(api: Api) -> None:
    add_user(api, "Rita")

    def find_names(**query: object) -> list[str]:
        return [user["name"] for user in api.get("/v1/users/find", **query).data or []]

    assert find_names(term="rit") == ["Rita"]
    assert find_names(term="example.com") == []
    assert find_names(term="EXAMPLE.com", search_by_email=1) == ["Ada Admin", "Rita"]
    assert api.get("/v1/users/find").status == 400
