"""Permission sets, who has them, and what a user may do over all of them."""

from __future__ import annotations

import pytest

from dealwright.crm.errors import Forbidden
from dealwright.crm.team import permission_sets
from dealwright.crm.team.permission_sets import PERMISSIONS, REGULAR_PERMISSIONS
from tests.api import Api
from tests.company import add_user, open_write, set_permissions


def test_the_sets_of_a_company(api: Api) -> None:
    add_user(api, "Rita")
    sets = api.get("/v1/permissionSets").data
    assert [(one["name"], one["app"], one["type"], one["assignment_count"]) for one in sets] == [
        ("Deals admin", "sales", "admin", 1),
        ("Deals regular user", "sales", "regular", 1),
        ("Global admin", "global", "admin", 1),
        ("Global regular user", "global", "regular", 1),
        ("Account settings", "account_settings", "admin", 1),
    ]
    assert all(one["description"] for one in sets)
    assert api.get("/v1/permissionSets", app="global").data == sets[2:4]
    for without_sets in ("campaigns", "partnership", "nova"):
        assert api.get("/v1/permissionSets", app=without_sets).data == []
    assert api.get("/v1/permissionSets", app="kitchen").status == 400
    assert api.get(f"/v1/permissionSets/{sets[1]['id']}").data == sets[1] | {"contents": [*REGULAR_PERMISSIONS]}
    assert api.get(f"/v1/permissionSets/{sets[0]['id'].upper()}").data == sets[0] | {"contents": [*PERMISSIONS]}


def test_who_has_a_set(api: Api) -> None:
    regular = api.get("/v1/permissionSets", app="sales").data[1]
    path = f"/v1/permissionSets/{regular['id']}/assignments"
    assert api.get(path).data == []
    users = [add_user(api, name).principal.user_id for name in ("Rita", "Sam")]
    one = {"permission_set_id": regular["id"], "name": "Deals regular user"}
    assert api.get(path).data == [{"user_id": id, **one} for id in users]
    page = api.get(path, start=1, limit=1).body
    assert page["data"] == [{"user_id": users[1], **one}]
    assert page["additional_data"]["pagination"]["more_items_in_collection"] is False


def test_unknown_sets(api: Api) -> None:
    unknown = "62cc4d7f-4038-4352-abf3-a8c1c822b631"
    for part in ("", "/assignments"):
        found = api.get(f"/v1/permissionSets/{unknown}{part}")
        assert (found.status, found.error) == (404, "Permission set not found")
    assert api.get("/v1/permissionSets/1").status == 400


def test_only_admins_read_sets(api: Api) -> None:
    rep = add_user(api, "Rep")
    id = api.get("/v1/permissionSets").data[0]["id"]
    for part in ("", f"/{id}", f"/{id}/assignments"):
        assert rep.get(f"/v1/permissionSets{part}").status == 403


def test_what_a_user_may_do(api: Api) -> None:
    rep = add_user(api, "Rep")
    path = f"/v1/users/{rep.principal.user_id}/permissions"
    assert api.get("/v1/users/1/permissions").data == dict.fromkeys(PERMISSIONS, True)
    assert rep.get(path).data == {name: name in REGULAR_PERMISSIONS for name in PERMISSIONS}
    set_permissions(api, "can_delete_deals")
    allowed = {"can_use_api", "can_delete_deals"}
    assert rep.get(path).data == {name: name in allowed for name in PERMISSIONS}
    assert rep.get("/v1/users/1/permissions").error == "User not found or not accessible."


def test_a_user_of_an_app_without_a_regular_set(api: Api) -> None:
    made = api.post("/v1/users", {"email": "a@example.com", "access": [{"app": "projects"}]})
    assert made.status == 200
    assert api.get("/v1/permissionSets").data[1]["assignment_count"] == 1


def test_changing_sets_is_for_admins_who_stay_so(api: Api) -> None:
    rep = add_user(api, "Rep")
    with open_write(rep) as crm, pytest.raises(Forbidden):
        permission_sets.create(crm, "Mine", "sales", ["can_merge_deals"])
    regular = next(one["id"] for one in api.get("/v1/permissionSets").data if one["type"] == "regular")
    with open_write(rep) as crm, pytest.raises(Forbidden):
        permission_sets.change(crm, regular, permit=["can_merge_deals"])
    with open_write(rep) as crm, pytest.raises(Forbidden):
        permission_sets.give(crm, regular, rep.principal.user_id)
    assert api.get(f"/v1/permissionSets/{regular}").data["contents"] == [*REGULAR_PERMISSIONS]
