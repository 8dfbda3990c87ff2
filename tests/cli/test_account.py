"""``dealwright account``: what the API shows and does not change."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from dealwright.cli import main
from dealwright.crm.companies import Companies
from dealwright.crm.team import user_provider_links
from dealwright.storage.platform import Platform
from tests import company

Run = Callable[..., str]


@pytest.fixture
def run(location: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Returns a function that runs a command on a platform and returns its output, or its errors on failure."""
    company.create_company(location)

    def run(*arguments: str, code: int = 0) -> str:
        assert main(["account", *arguments, "--database", location]) == code
        captured = capsys.readouterr()
        return captured.err if code else captured.out

    return run


def settings(run: Run) -> dict[str, object]:
    listed = json.loads(run("settings", "1", "-o", "json"))
    return {one["setting"]: one["value"] for one in listed}


def test_settings_connections_and_addons(run: Run, location: str) -> None:
    assert settings(run)["list_limit"] == 100
    run("set", "1", "list_limit", "25")
    run("set", "1", "beta_app", "true")
    run("set", "1", "callto_link_syntax", "tel:[number]")
    changed = settings(run)
    assert (changed["list_limit"], changed["beta_app"], changed["callto_link_syntax"]) == (25, True, "tel:[number]")
    run("connect", "1", "awesome-id-1")
    for code in ("prospector", "leadbooster_v2"):
        run("book", code)
    run("cancel", "prospector")
    assert json.loads(run("addons", "-o", "json")) == [{"code": "leadbooster_v2"}]
    api = company.open_api(location)
    assert api.get("/v1/userSettings").data == changed
    assert api.get("/v1/userConnections").data == {"google": "awesome-id-1"}
    assert api.get("/v1/billing/subscriptions/addons").data == [{"code": "leadbooster_v2"}]
    run("disconnect", "1")
    assert api.get("/v1/userConnections").data == {"google": None}
    company.close(api)
    assert json.loads(run("links", "1", "-o", "json")) == []
    platform = Platform(location)
    with Companies(platform).unit_of_work(platform.list_companies()[0], 1, write=True) as crm:
        id, company_id = "1E3943C9-6395-462b-b432-1f252c017f3d", crm.company.id
        user_provider_links.link(crm, id, user_id=1, company_id=company_id, client_id="calls")
    platform.close()
    [link] = json.loads(run("links", "1", "-o", "json"))
    assert link == {"user_provider_id": "1e3943c9-6395-462b-b432-1f252c017f3d", "client_id": "calls"}


def test_what_there_is_not(run: Run) -> None:
    assert "There is no setting color" in run("set", "1", "color", "red", code=2)
    assert "no active user 9" in run("set", "9", "list_limit", "25", code=2)
    assert "is not the int" in run("set", "1", "list_limit", "many", code=2)


def test_permission_sets_are_made_changed_and_given(run: Run, location: str) -> None:
    api = company.open_api(location)
    rep = company.add_user(api, "Rep")
    user = str(rep.principal.user_id)

    def may(permission: str) -> bool:
        found: bool = rep.get(f"/v1/users/{user}/permissions").data[permission]
        return found

    deal = rep.post("/api/v2/deals", {"title": "Roof"}).data["id"]
    assert rep.delete(f"/api/v2/deals/{deal}").status == 403
    made = run(
        "add-permission-set", "Closers", "--permission", "can_use_api", "--permission", "can_add_products"
    ).strip()
    run("give", user, made)
    assert [may("can_use_api"), may("can_add_products"), may("can_delete_deals")] == [True, True, False]
    run("permit", made, "can_delete_deals", "can_merge_deals")
    run("forbid", made, "can_add_products")
    assert [may("can_delete_deals"), may("can_add_products")] == [True, False]
    assert rep.delete(f"/api/v2/deals/{deal}").status == 200
    listed = {one["name"]: one for one in json.loads(run("permission-sets", "-o", "json"))}
    assert listed["Closers"] == {
        "id": made,
        "app": "sales",
        "type": "custom",
        "name": "Closers",
        "users": 1,
        "permissions": "can_delete_deals can_merge_deals can_use_api",
    }
    assert listed["Deals regular user"]["users"] == 0
    admins = listed["Deals admin"]["id"]
    run("give", user, admins)
    assert rep.get("/v1/users/me").data["is_admin"] == 1
    assert "Admins may do everything" in run("forbid", admins, "can_use_api", code=2)
    assert "There is no permission can_fly" in run("permit", made, "can_fly", code=2)
    assert "There is no app kitchen" in run("add-permission-set", "Cooks", "--app", "kitchen", code=2)
    assert "Permission set not found" in run("give", user, "nothing", code=2)
    assert "User not found" in run("give", "99", made, code=2)
    company.close(api)
