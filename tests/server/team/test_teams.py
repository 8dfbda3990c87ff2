"""Teams: their managers and members, who changes them, and filters for what their members own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.change_log import broken_chains, unlogged_records
from tests.company import add_user, set_permissions


def user_ids(api: Api, *names: str) -> list[int]:
    return [add_user(api, name).principal.user_id for name in names]


def test_teams_are_made_changed_and_deleted(api: Api) -> None:
    rita, sam, tess = user_ids(api, "Rita", "Sam", "Tess")
    body = {"name": "Closers", "manager_id": tess, "description": "In Berlin", "users": [sam, rita, sam]}
    made = api.post("/v1/legacyTeams", body).data
    assert made == {
        "id": 1,
        "name": "Closers",
        "description": "In Berlin",
        "manager_id": tess,
        "users": [rita, sam],
        "active_flag": 1,
        "deleted_flag": 0,
        "add_time": "2026-03-02 10:00:00",
        "created_by_user_id": 1,
    }
    assert api.get("/v1/legacyTeams/1").data == made
    assert "users" not in api.get("/v1/legacyTeams/1", skip_users=1).data
    change = {"name": "Openers", "manager_id": rita, "users": [tess], "active_flag": 0}
    assert api.put("/v1/legacyTeams/1", change).data == made | change
    assert api.put("/v1/legacyTeams/1", {"description": None, "active_flag": 1}).data["description"] is None
    assert api.put("/v1/legacyTeams/1", {"users": []}).data["users"] == []
    assert api.put("/v1/legacyTeams/1", {"deleted_flag": 1}).data["deleted_flag"] == 1
    assert api.get("/v1/legacyTeams").data is None
    assert api.get("/v1/legacyTeams/1").data["deleted_flag"] == 1
    assert api.put("/v1/legacyTeams/1", {"deleted_flag": 0}).data["name"] == "Openers"
    assert [team["id"] for team in api.get("/v1/legacyTeams").data] == [1]
    assert unlogged_records(api) == {}
    with api.principal.company.database.read() as db:
        assert broken_chains(db) == []


def test_members_come_and_go(api: Api) -> None:
    rita, sam, tess = user_ids(api, "Rita", "Sam", "Tess")
    api.post("/v1/legacyTeams", {"name": "Closers", "manager_id": 1})
    users = "/v1/legacyTeams/1/users"
    assert api.get(users).data == []
    assert api.post(users, {"users": [sam, rita]}).data == [rita, sam]
    assert api.post(users, {"users": [sam, tess]}).data == [rita, sam, tess]
    assert api.call("DELETE", users, {"users": [rita, 99]}).data == [sam, tess]
    assert api.get(users).data == [sam, tess]
    assert api.post(users, {"users": [99]}).status == 400
    api.put(f"/v1/users/{sam}", {"active_flag": False})
    # Who is deactivated stays a member, and becomes none.
    assert api.put("/v1/legacyTeams/1", {"users": [sam, rita]}).data["users"] == [rita, sam]
    assert api.call("DELETE", users, {"users": [sam]}).data == [rita]
    assert api.post(users, {"users": [sam]}).status == 400
    api.put("/v1/legacyTeams/1", {"deleted_flag": 1})
    assert api.post(users, {"users": [tess]}).status == 404


def test_lists_are_sorted_and_narrowed_to_a_user(api: Api) -> None:
    rita, sam = user_ids(api, "Rita", "Sam")
    for name, manager, members in (("Coffee", sam, [rita]), ("Boats", rita, [rita, sam]), ("Apples", sam, [])):
        api.post("/v1/legacyTeams", {"name": name, "manager_id": manager, "users": members})
    api.put("/v1/legacyTeams/1", {"active_flag": 0})

    def names(path: str = "", **query: object) -> list[str]:
        return [team["name"] for team in api.get(f"/v1/legacyTeams{path}", **query).data or []]

    assert names() == ["Coffee", "Boats", "Apples"]
    assert names(order_by="name") == ["Apples", "Boats", "Coffee"]
    assert names(order_by="manager_id") == ["Boats", "Coffee", "Apples"]
    assert names(order_by="active_flag") == ["Coffee", "Boats", "Apples"]
    assert names(f"/user/{rita}") == ["Coffee", "Boats"]
    assert names(f"/user/{rita}", order_by="name") == ["Boats", "Coffee"]
    assert names("/user/1") == []
    assert "users" not in api.get(f"/v1/legacyTeams/user/{sam}", skip_users=1).data[0]
    assert api.get("/v1/legacyTeams/user/99").error == "User not found or not accessible."
    assert api.get("/v1/legacyTeams", order_by="color").status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Closers"},
        {"manager_id": 1},
        {"name": "", "manager_id": 1},
        {"name": "Closers", "manager_id": 99},
        {"name": "Closers", "manager_id": 1, "users": [1, 99]},
        {"name": "Closers", "manager_id": 1, "users": ["x"]},
    ],
)
def test_invalid_teams_are_refused(api: Api, body: dict[str, Any]) -> None:
    assert api.post("/v1/legacyTeams", body).status == 400
    assert api.get("/v1/legacyTeams").data is None


def test_unknown_teams(api: Api) -> None:
    for unknown in (
        api.get("/v1/legacyTeams/7"),
        api.get("/v1/legacyTeams/7/users"),
        api.put("/v1/legacyTeams/7", {"name": "x"}),
        api.post("/v1/legacyTeams/7/users", {"users": [1]}),
        api.call("DELETE", "/v1/legacyTeams/7/users", {"users": [1]}),
    ):
        assert (unknown.status, unknown.error) == (404, "Team 7 does not exist")


def test_admins_change_teams_and_everybody_reads_them(api: Api) -> None:
    rep = add_user(api, "Rep")
    own = rep.principal.user_id
    made = api.post("/v1/legacyTeams", {"name": "Closers", "manager_id": 1, "users": [1, own]}).data
    for refused in (
        rep.post("/v1/legacyTeams", {"name": "Mine", "manager_id": own}),
        rep.put("/v1/legacyTeams/1", {"name": "Mine"}),
        rep.post("/v1/legacyTeams/1/users", {"users": [own]}),
        rep.call("DELETE", "/v1/legacyTeams/1/users", {"users": [1]}),
    ):
        assert (refused.status, refused.error) == (403, "You do not have permissions to do this.")
    assert rep.get("/v1/legacyTeams").data == [made]
    set_permissions(api)
    assert rep.get("/v1/legacyTeams").data == [made | {"users": [own]}]
    assert rep.get("/v1/legacyTeams/user/1").status == 404


def test_filters_find_what_members_own(api: Api) -> None:
    rita, sam = (add_user(api, name) for name in ("Rita", "Sam"))
    deals = [user.post("/api/v2/deals", {"title": "Roof", "visible_to": 7}).data["id"] for user in (api, rita, sam)]
    api.post("/v1/legacyTeams", {"name": "Closers", "manager_id": 1, "users": [rita.principal.user_id]})
    field = next(field["id"] for field in api.get("/v1/dealFields").data if field["key"] == "user_id")
    condition = {"object": "deal", "field_id": field, "operator": "belongs_to_team", "value": "1"}
    groups = [{"glue": "and", "conditions": [condition]}, {"glue": "or", "conditions": []}]
    made = api.post(
        "/v1/filters", {"name": "Team", "type": "deals", "conditions": {"glue": "and", "conditions": groups}}
    )

    def found() -> list[int]:
        return [deal["id"] for deal in api.get("/api/v2/deals", filter_id=made.data["id"]).data]

    assert found() == deals[1:2]
    api.post("/v1/legacyTeams/1/users", {"users": [sam.principal.user_id]})
    assert found() == deals[1:]
    api.put("/v1/legacyTeams/1", {"users": []})
    assert found() == []
    api.put("/v1/legacyTeams/1", {"deleted_flag": 1})
    assert api.get("/api/v2/deals", filter_id=made.data["id"]).status == 400
