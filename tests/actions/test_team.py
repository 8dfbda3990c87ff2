"""Users with their roles, permissions, teams, settings and connections, and what the company has booked."""

from __future__ import annotations

import uuid

from dealwright.crm.kernel import followers
from dealwright.crm.team.model import USER
from tests.actions.local_crm import LocalCrm
from tests.cli.command_result import Run
from tests.company import open_write


def invite(crm: LocalCrm, name: str) -> int:
    """Adds a user of sales; returns the id."""
    return int(crm.create("v1.post_users", email=f"{name}@example.com", access=[{"app": "sales"}]))


def test_a_user_is_invited_found_and_deactivated(crm: LocalCrm) -> None:
    me = crm.data("v1.get_users_me")
    rita = invite(crm, "rita.reyes")
    found = crm.data("v1.get_users_by_id", id=rita)
    assert (found["email"], found["active_flag"], found["is_you"]) == ("rita.reyes@example.com", True, False)
    assert crm.ids("v1.get_users") == [me["id"], rita]
    assert crm.ids("v1.get_users_find", term="rita.reyes") == [rita]
    assert crm.ids("v1.get_users_find", term="rita.reyes@example.com", search_by_email=1) == [rita]
    crm.data("v1.put_users_by_id", id=rita, data={"active_flag": False})
    assert crm.data("v1.get_users_by_id", id=rita)["active_flag"] is False
    assert crm.as_user(rita).get("/v1/users/me").status == 401


def test_users_follow_users(crm: LocalCrm) -> None:
    rita, sam = invite(crm, "rita.followed"), invite(crm, "sam.follows")
    assert crm.data("v1.get_users_by_id_followers", id=rita) == []
    # No action has a user follow another one.
    with open_write(crm.as_user()) as unit_of_work:
        followers.follow(unit_of_work, USER, rita, sam)
    assert crm.data("v1.get_users_by_id_followers", id=rita) == [sam]
    assert [one["user_id"] for one in crm.data("v2.get_users_by_id_followers", id=rita)] == [sam]


def test_roles_make_a_tree_with_users(crm: LocalCrm) -> None:
    rita = invite(crm, "rita.role")
    sales = crm.create("v1.post_roles", name="Sales")
    reps = crm.create("v1.post_roles", name="Reps", parent_role_id=sales)
    crm.data("v1.put_roles_by_id", id=reps, data={"name": "Sales reps"})
    found = crm.data("v1.get_roles_by_id", id=reps)
    assert (found["name"], found["parent_role_id"]) == ("Sales reps", sales)
    assert {sales, reps} <= set(crm.ids("v1.get_roles"))

    crm.data("v1.post_roles_by_id_assignments", id=reps, data={"user_id": rita})
    assert [one["user_id"] for one in crm.data("v1.get_roles_by_id_assignments", id=reps)] == [rita]
    assert [one["role_id"] for one in crm.data("v1.get_users_by_id_role_assignments", id=rita)] == [reps]
    crm.data("v1.delete_roles_by_id_assignments", id=reps, data={"user_id": rita})
    assert crm.data("v1.get_roles_by_id_assignments", id=reps) is None

    crm.data("v1.delete_roles_by_id", id=reps)
    assert crm.refusal("v1.get_roles_by_id", id=reps) == 404
    assert reps not in crm.ids("v1.get_roles")


def test_a_role_says_what_its_users_see_and_how_visible_their_records_are(crm: LocalCrm) -> None:
    rita = invite(crm, "rita.sees")
    role = crm.create("v1.post_roles", name="Apprentices")
    crm.data("v1.post_roles_by_id_assignments", id=role, data={"user_id": rita})
    crm.data("v1.post_roles_by_id_settings", id=role, data={"setting_key": "deal_default_visibility", "value": 1})
    assert crm.data("v1.get_roles_by_id_settings", id=role)["deal_default_visibility"] == 1
    assert crm.data("v1.get_users_by_id_role_settings", id=rita)["deal_default_visibility"] == 1
    assert crm.as_user(rita).post("/api/v2/deals", {"title": "Hers"}).data["visible_to"] == 1

    first = crm.ids("v2.get_pipelines")[0]
    secret = crm.create("v2.post_pipelines", name="Secret")
    assert crm.data("v1.get_roles_by_id_pipelines", id=role)["pipeline_ids"] == [first, secret]
    crm.data("v1.put_roles_by_id_pipelines", id=role, data={"visible_pipeline_ids": {"remove": [secret]}})
    assert crm.data("v1.get_roles_by_id_pipelines", id=role)["pipeline_ids"] == [first]
    assert crm.data("v1.get_roles_by_id_pipelines", id=role, visible=False)["pipeline_ids"] == [secret]
    assert [one["id"] for one in crm.as_user(rita).get("/api/v2/pipelines").data] == [first]


def test_permission_sets_say_what_users_may_do(crm: LocalCrm, run: Run) -> None:
    rita = invite(crm, "rita.may")
    regular = next(one for one in crm.data("v1.get_permission_sets", app="sales") if one["type"] == "regular")
    contents = crm.data("v1.get_permission_sets_by_id", id=regular["id"])["contents"]
    holders = [one["user_id"] for one in crm.data("v1.get_permission_sets_by_id_assignments", id=regular["id"])]
    assert rita in holders

    def allowed() -> set[str]:
        permissions = crm.data("v1.get_users_by_id_permissions", id=rita)
        return {name for name, value in permissions.items() if value}

    assert allowed() == set(contents)
    assert crm.as_user(rita).get("/v1/deals").status == 200
    # Permission sets are changed on the command line.
    assert run("account", "forbid", regular["id"], "can_use_api").code == 0
    assert crm.data("v1.get_permission_sets_by_id", id=regular["id"])["contents"] == sorted(
        allowed(), key=contents.index
    )
    assert "can_use_api" not in allowed()
    assert crm.as_user(rita).get("/v1/deals").status == 403
    assert run("account", "permit", regular["id"], "can_use_api").code == 0
    assert allowed() == set(contents)


def test_teams_have_members(crm: LocalCrm) -> None:
    me = crm.data("v1.get_users_me")["id"]
    rita, sam = invite(crm, "rita.team"), invite(crm, "sam.team")
    team = crm.create("v1.post_legacy_teams", name="Closers", manager_id=me, users=[rita])
    found = crm.data("v1.get_legacy_teams_by_id", id=team)
    assert (found["name"], found["manager_id"], found["users"]) == ("Closers", me, [rita])
    crm.data("v1.put_legacy_teams_by_id", id=team, data={"name": "Openers", "description": "They call first"})
    assert [(one["id"], one["name"]) for one in crm.data("v1.get_legacy_teams")] == [(team, "Openers")]
    assert crm.data("v1.post_legacy_teams_by_id_users", id=team, data={"users": [sam]}) == [rita, sam]
    assert crm.ids("v1.get_legacy_teams_user_by_id", id=sam) == [team]
    assert crm.data("v1.delete_legacy_teams_by_id_users", id=team, data={"users": [rita]}) == [sam]
    assert crm.data("v1.get_legacy_teams_by_id_users", id=team) == [sam]
    assert crm.data("v1.get_legacy_teams_user_by_id", id=rita) is None


def test_settings_connections_and_addons_are_those_that_were_chosen(crm: LocalCrm, run: Run) -> None:
    me = str(crm.data("v1.get_users_me")["id"])
    for command in (("set", me, "list_limit", "25"), ("connect", me, "google-1"), ("book", "leadbooster_v2")):
        assert run("account", *command).code == 0
    assert crm.data("v1.get_user_settings")["list_limit"] == 25
    assert crm.data("v1.get_user_connections") == {"google": "google-1"}
    assert crm.data("v1.get_billing_subscriptions_addons") == [{"code": "leadbooster_v2"}]


def test_users_are_linked_to_an_app_for_video_calls(crm: LocalCrm, run: Run) -> None:
    me = crm.data("v1.get_users_me")
    link = str(uuid.uuid4())
    of = {"user_id": me["id"], "company_id": me["company_id"], "marketplace_client_id": "calls"}
    crm.run("v1.post_meetings_user_provider_links", data={"user_provider_id": link, **of})
    # The API does not show links; the command line does.
    assert link in run("account", "links", str(me["id"])).out
    crm.run("v1.delete_meetings_user_provider_links_by_id", id=link)
    assert link not in run("account", "links", str(me["id"])).out
