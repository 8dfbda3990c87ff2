"""Roles: their tree, their users, their settings, the pipelines that they see, and that all of it holds at once."""

from __future__ import annotations

import pytest

from dealwright.crm.companies import Companies
from dealwright.crm.team.roles import MAX_LEVELS
from dealwright.server.application import Application
from tests.api import Api
from tests.change_log import broken_chains, unlogged_records
from tests.company import add_user

SETTINGS = ("deal", "lead", "org", "person", "product")


def add_role(api: Api, name: str, parent: int | None = None) -> int:
    id: int = api.post("/v1/roles", {"name": name, "parent_role_id": parent}).data["id"]
    return id


def tree(api: Api) -> dict[str, tuple[int, int, str, str]]:
    """Returns each role's parent, level, number of users and number of roles below, by its name."""
    roles = api.get("/v1/roles").data
    return {
        role["name"]: (role["parent_role_id"], role["level"], role["assignment_count"], role["sub_role_count"])
        for role in roles
    }


def test_a_tree_of_roles(api: Api) -> None:
    assert tree(api) == {"(Unassigned users)": (1, 1, "1", "0")}
    sales = add_role(api, "Sales")
    reps = add_role(api, "Reps", sales)
    juniors = add_role(api, "Juniors", reps)
    assert tree(api) == {
        "(Unassigned users)": (1, 1, "1", "0"),
        "Sales": (1, 1, "0", "1"),
        "Reps": (sales, 2, "0", "1"),
        "Juniors": (reps, 3, "0", "0"),
    }
    one = api.get(f"/v1/roles/{reps}")
    assert one.data == {
        "id": reps,
        "parent_role_id": sales,
        "name": "Reps",
        "active_flag": True,
        "assignment_count": "0",
        "sub_role_count": "1",
    }
    assert one.body["additional_data"]["settings"] == {f"{noun}_default_visibility": 3 for noun in SETTINGS}
    assert api.put(f"/v1/roles/{juniors}", {"parent_role_id": None, "name": "Trainees"}).data == {"id": juniors}
    assert tree(api)["Trainees"] == (1, 1, "0", "0")
    page = api.get("/v1/roles", start=1, limit=2).body
    assert [role["name"] for role in page["data"]] == ["Sales", "Reps"]
    assert page["additional_data"]["pagination"]["next_start"] == 3


def test_no_circles_and_no_unknown_parents(api: Api) -> None:
    sales = add_role(api, "Sales")
    reps = add_role(api, "Reps", sales)
    before = tree(api)
    for id, parent in ((sales, sales), (sales, reps), (reps, 99), (1, sales)):
        assert api.put(f"/v1/roles/{id}", {"parent_role_id": parent}).status == 400
    assert api.post("/v1/roles", {"name": "New", "parent_role_id": 99}).status == 400
    assert api.post("/v1/roles", {"name": ""}).status == 400
    assert api.post("/v1/roles", {}).status == 400
    assert api.put("/v1/roles/99", {"name": "New"}).status == 404
    assert tree(api) == before
    assert api.put("/v1/roles/1", {"name": "Everybody", "parent_role_id": 1}).status == 200


def test_a_tree_has_a_greatest_depth(api: Api) -> None:
    ids = [add_role(api, "1")]
    for level in range(2, MAX_LEVELS + 1):
        ids.append(add_role(api, str(level), ids[-1]))
    assert api.post("/v1/roles", {"name": "Deeper", "parent_role_id": ids[-1]}).status == 400
    top = add_role(api, "Top")
    assert api.put(f"/v1/roles/{ids[0]}", {"parent_role_id": top}).status == 400
    assert api.put(f"/v1/roles/{ids[1]}", {"parent_role_id": top}).status == 200


def test_users_are_in_one_role_each(api: Api) -> None:
    sales, support = add_role(api, "Sales"), add_role(api, "Support")
    rita = add_user(api, "Rita").principal.user_id
    assert api.post(f"/v1/roles/{sales}/assignments", {"user_id": rita}).data == {"user_id": rita, "role_id": sales}
    assignment = {
        "user_id": rita,
        "role_id": sales,
        "parent_role_id": 1,
        "name": "Sales",
        "active_flag": True,
        "type": "1",
    }
    assert api.get(f"/v1/roles/{sales}/assignments").data == [assignment]
    assert api.get(f"/v1/users/{rita}/roleAssignments").data == [assignment]
    assert api.get(f"/v1/users/{rita}").data["role_id"] == sales
    api.post(f"/v1/roles/{support}/assignments", {"user_id": rita})
    assert api.get(f"/v1/roles/{sales}/assignments").data is None
    assert tree(api)["Support"][2] == "1"
    wrong = api.call("DELETE", f"/v1/roles/{sales}/assignments", {"user_id": rita})
    assert (wrong.status, wrong.error) == (400, "user_id: The user is not in this role")
    assert api.call("DELETE", f"/v1/roles/{support}/assignments", {"user_id": rita}).data == {"id": support}
    assert [one["role_id"] for one in api.get(f"/v1/users/{rita}/roleAssignments").data] == [1]
    assert api.post(f"/v1/roles/{sales}/assignments", {"user_id": 99}).status == 400
    assert api.post("/v1/roles/99/assignments", {"user_id": rita}).status == 404
    with api.principal.company.database.read() as db:
        assert broken_chains(db) == []
    assert unlogged_records(api) == {}


def test_a_deleted_role_leaves_its_users_and_the_roles_below(api: Api) -> None:
    sales = add_role(api, "Sales")
    reps = add_role(api, "Reps", sales)
    add_role(api, "Juniors", reps)
    rita = add_user(api, "Rita", role_id=reps).principal.user_id
    assert api.delete(f"/v1/roles/{reps}").data == {"id": reps}
    assert tree(api) == {
        "(Unassigned users)": (1, 1, "2", "0"),
        "Sales": (1, 1, "0", "1"),
        "Juniors": (sales, 2, "0", "0"),
    }
    assert api.get(f"/v1/users/{rita}").data["role_id"] == 1
    for gone in (
        api.get(f"/v1/roles/{reps}"),
        api.delete(f"/v1/roles/{reps}"),
        api.put(f"/v1/roles/{reps}", {"name": "Again"}),
        api.get(f"/v1/roles/{reps}/settings"),
    ):
        assert (gone.status, gone.error) == (404, "Role not found")
    assert api.post("/v1/roles", {"name": "New", "parent_role_id": reps}).status == 400
    assert api.delete("/v1/roles/1").status == 403


def test_moving_a_user_or_a_role_changes_what_they_see_at_once(api: Api) -> None:
    sales, reps = add_role(api, "Sales"), add_role(api, "Reps")
    boss, rep = add_user(api, "Boss"), add_user(api, "Rep")
    deal = rep.post("/api/v2/deals", {"title": "Roof", "visible_to": 1}).data["id"]

    def boss_sees() -> bool:
        found = boss.get(f"/api/v2/deals/{deal}").status == 200
        assert found == (boss.principal.user_id in [*api.get(f"/v1/deals/{deal}/permittedUsers").data])
        assert found == (deal in [one["id"] for one in boss.get("/api/v2/deals").data])
        return found

    assert not boss_sees()
    api.post(f"/v1/roles/{sales}/assignments", {"user_id": boss.principal.user_id})
    api.post(f"/v1/roles/{reps}/assignments", {"user_id": rep.principal.user_id})
    assert not boss_sees()
    api.put(f"/v1/roles/{reps}", {"parent_role_id": sales})
    assert boss_sees()
    api.call("DELETE", f"/v1/roles/{reps}/assignments", {"user_id": rep.principal.user_id})
    assert not boss_sees()
    api.post(f"/v1/roles/{reps}/assignments", {"user_id": rep.principal.user_id})
    assert boss_sees()
    api.delete(f"/v1/roles/{sales}")
    assert not boss_sees()


def test_the_default_role_is_above_nobody(api: Api) -> None:
    sales = add_role(api, "Sales")
    unassigned, rep = add_user(api, "Una"), add_user(api, "Rep", role_id=sales)
    for visible_to, sees in ((1, False), (3, False), (5, False), (7, True)):
        deal = rep.post("/api/v2/deals", {"title": "Roof", "visible_to": visible_to}).data["id"]
        assert (unassigned.get(f"/api/v2/deals/{deal}").status == 200) == sees
        deal = unassigned.post("/api/v2/deals", {"title": "Wall", "visible_to": visible_to}).data["id"]
        assert (rep.get(f"/api/v2/deals/{deal}").status == 200) == sees


def test_new_records_are_as_visible_as_the_role_says(api: Api) -> None:
    role = add_role(api, "Sales")
    rep = add_user(api, "Rep", role_id=role)
    for visibility, noun in zip((1, 5, 7, 1, 5), SETTINGS, strict=True):
        key = f"{noun}_default_visibility"
        changed = api.post(f"/v1/roles/{role}/settings", {"setting_key": key, "value": visibility})
        assert changed.data == {"id": role, key: visibility}
    expected = dict(zip((f"{noun}_default_visibility" for noun in SETTINGS), (1, 5, 7, 1, 5), strict=True))
    assert api.get(f"/v1/roles/{role}/settings").data == expected
    assert rep.get(f"/v1/users/{rep.principal.user_id}/roleSettings").data == expected
    assert api.get("/v1/roles/1/settings").data == dict.fromkeys(expected, 3)
    person = rep.post("/api/v2/persons", {"name": "Mary"}).data
    lead = rep.post("/v1/leads", {"title": "Shed", "person_id": person["id"]}).data
    made = {
        "deal": rep.post("/api/v2/deals", {"title": "Roof"}).data["visible_to"],
        "lead": int(lead["visible_to"]),
        "org": rep.post("/api/v2/organizations", {"name": "Acme"}).data["visible_to"],
        "person": person["visible_to"],
        "product": api.as_user(rep.principal.user_id).post("/api/v2/products", {"name": "Tile"}).data["visible_to"],
    }
    assert [made[noun] for noun in SETTINGS] == [1, 5, 7, 1, 5]
    for body in (
        {"setting_key": "deal_default_visibility", "value": 2},
        {"setting_key": "color", "value": 1},
        {"value": 1},
    ):
        assert api.post(f"/v1/roles/{role}/settings", body).status == 400
    assert api.post("/v1/roles/99/settings", {"setting_key": "deal_default_visibility", "value": 1}).status == 404


def test_hiding_a_pipeline_from_a_role(api: Api) -> None:
    role = add_role(api, "Sales")
    rep = add_user(api, "Rep", role_id=role)
    second = api.post("/api/v2/pipelines", {"name": "Renewals"}).data["id"]
    stage = api.post("/api/v2/stages", {"name": "Due", "pipeline_id": second}).data["id"]
    deal = api.post("/api/v2/deals", {"title": "Roof", "stage_id": stage, "visible_to": 7}).data["id"]
    path = f"/v1/roles/{role}/pipelines"
    assert api.get(path).data == {"pipeline_ids": [1, second], "visible": True}
    assert api.get(path, visible="false").data == {"pipeline_ids": [], "visible": False}
    # The document writes the lists as texts.
    hidden = api.put(path, {"visible_pipeline_ids": {"add": "[1]", "remove": f"[{second}]"}})
    assert hidden.data == {"pipeline_ids": [1], "visible": True}
    assert api.get(path, visible="false").data == {"pipeline_ids": [second], "visible": False}
    assert rep.get(f"/api/v2/deals/{deal}").status == 404
    assert [one["id"] for one in rep.get("/api/v2/pipelines").data] == [1]
    assert rep.post("/api/v2/deals", {"title": "Wall", "stage_id": stage}).status == 400
    assert api.get(f"/api/v2/deals/{deal}").status == 200
    before = api.get(path).data
    for change in ({"add": [1], "remove": [1]}, {"remove": [99]}, {"add": ["x"]}, None):
        assert api.put(path, {"visible_pipeline_ids": change}).status == 400
    assert api.get(path).data == before
    assert api.put(path, {"visible_pipeline_ids": {"add": [second]}}).data["pipeline_ids"] == [1, second]
    assert rep.get(f"/api/v2/deals/{deal}").status == 200
    api.put(path, {"visible_pipeline_ids": {"remove": [second]}})
    api.delete(f"/api/v2/pipelines/{second}")
    assert api.get(path, visible="false").data["pipeline_ids"] == []


def test_only_admins_read_and_change_roles(api: Api) -> None:
    role = add_role(api, "Sales")
    rep = add_user(api, "Rep")
    before = tree(api)
    pipelines: dict[str, object] = {"visible_pipeline_ids": {"remove": [1]}}
    setting = {"setting_key": "deal_default_visibility", "value": 1}
    for refused in (
        *(rep.get(f"/v1/roles{part}") for part in ("", "/1", "/1/assignments", "/1/settings", "/1/pipelines")),
        rep.post("/v1/roles", {"name": "Mine"}),
        rep.put(f"/v1/roles/{role}", {"name": "Mine"}),
        rep.delete(f"/v1/roles/{role}"),
        rep.post(f"/v1/roles/{role}/assignments", {"user_id": 1}),
        rep.call("DELETE", "/v1/roles/1/assignments", {"user_id": 1}),
        rep.post(f"/v1/roles/{role}/settings", setting),
        rep.put(f"/v1/roles/{role}/pipelines", pipelines),
    ):
        assert (refused.status, refused.error) == (403, "You do not have permissions to do this.")
    assert tree(api) == before
    administers = {"email": "a@example.com", "access": [{"app": "account_settings", "admin": True}]}
    admin = api.as_user(api.post("/v1/users", administers).data["id"])
    assert admin.put(f"/v1/roles/{role}", {"name": "Theirs"}).status == 200


@pytest.mark.parametrize("part", ["roleAssignments", "roleSettings"])
def test_the_role_of_a_user_whom_one_does_not_see(api: Api, part: str) -> None:
    assert api.get(f"/v1/users/99/{part}").status == 404


def test_a_change_is_felt_in_every_process(api: Api) -> None:
    role = add_role(api, "Sales")
    rep = add_user(api, "Rep", role_id=role)
    other = Application(Companies(api.companies.platform, api.clock))
    elsewhere = Api(other, api.clock, rep.principal)
    assert elsewhere.get("/api/v2/pipelines").data != []
    api.put(f"/v1/roles/{role}/pipelines", {"visible_pipeline_ids": {"remove": [1]}})
    assert elsewhere.get("/api/v2/pipelines").data == []
    api.post(f"/v1/roles/{role}/settings", {"setting_key": "person_default_visibility", "value": 7})
    assert elsewhere.post("/api/v2/persons", {"name": "Mary"}).data["visible_to"] == 7
    api.call("DELETE", f"/v1/roles/{role}/assignments", {"user_id": rep.principal.user_id})
    assert elsewhere.get("/api/v2/pipelines").data != []
