"""Apps that a company registers, and the access that users give to apps."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from dealwright.crm.integration.oauth import apps
from dealwright.server.oauth import uninstall
from tests.api import Api
from tests.app_browser import EMAIL, AppBrowser, set_password
from tests.company import add_user
from tests.oauth import CALLBACK, Client, issue_access_token
from tests.server.app.test_session import add_second_company

APPS = "/app/api/apps"
NEW = {"name": "Invoices", "redirect_uris": ["https://app.example/callback"], "scopes": ["deals:read"]}


def register(api: Api, **more: object) -> Any:
    answer = api.post(APPS, NEW | more)
    assert answer.status == 200, answer.body
    return answer.body


def app_client(api: Api, made: Any) -> Client:
    """Returns an app that was registered in the web app, as the tests of OAuth use one."""
    client = Client(api)
    found = apps.find(api.companies.platform, made["client_id"])
    assert found is not None
    client.app, client.secret = found, made["client_secret"]
    return client


def test_an_app_is_registered_used_changed_and_deleted(api: Api) -> None:
    made = register(api, redirect_uris=[CALLBACK])
    assert made["scopes"] == ["base", "deals:read"]
    assert made["uninstall_url"] == CALLBACK
    client = app_client(api, made)
    token = {"authorization": f"Bearer {client.get_tokens()['access_token']}"}
    assert api.send("GET", "/api/v2/deals", headers=token).status == 200
    [listed] = api.get(APPS).body["items"]
    assert listed == {name: value for name, value in made.items() if name != "client_secret"} | {"users": 1}

    changed = api.patch(f"{APPS}/{made['id']}", {"name": " Bills ", "scopes": ["leads:full"]}).body
    assert (changed["name"], changed["scopes"]) == ("Bills", ["base", "leads:full"])
    assert (changed["redirect_uris"], changed["users"]) == ([CALLBACK], 1)
    # What was granted before stays.
    assert api.send("GET", "/api/v2/deals", headers=token).status == 200

    renewed = api.post(f"{APPS}/{made['id']}/secret").body
    assert client.refresh("x").body["error"] == "invalid_client"
    client.secret = renewed["client_secret"]
    assert client.exchange(client.get_code()).status == 200

    assert api.delete(f"{APPS}/{made['id']}").body["client_id"] == made["client_id"]
    assert api.get(APPS).body["items"] == []
    assert api.send("GET", "/api/v2/deals", headers=token).status == 401
    assert api.delete(f"{APPS}/{made['id']}").status == 404


@pytest.mark.parametrize(
    ("more", "member"),
    [
        ({"name": "  "}, "name"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": ["http://app.example/"]}, "redirect_uris"),
        ({"redirect_uris": ["https://app.example/#part"]}, "redirect_uris"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"uninstall_url": "ftp://x"}, "uninstall_url"),
    ],
)
def test_what_is_wrong_with_an_app_is_told(api: Api, more: dict[str, object], member: str) -> None:
    made = register(api)
    for answer in (api.post(APPS, NEW | more), api.patch(f"{APPS}/{made['id']}", more)):
        assert (answer.status, list(answer.body["error"]["fields"])) == (400, [member])
    assert api.get(APPS).body["items"][0]["name"] == "Invoices"
    assert len(api.get(APPS).body["items"]) == 1


def test_apps_are_the_admins_and_of_one_company(api: Api) -> None:
    made, operators = register(api), Client(api)
    rep = add_user(api, "Rep")
    for method, path, body in (
        ("GET", APPS, None),
        ("POST", APPS, NEW),
        ("PATCH", f"{APPS}/{made['id']}", {"name": "x"}),
        ("POST", f"{APPS}/{made['id']}/secret", None),
        ("DELETE", f"{APPS}/{made['id']}", None),
    ):
        assert rep.call(method, path, body).status == 403, path
    # The operator looks after its apps by the command line.
    assert [one["id"] for one in api.get(APPS).body["items"]] == [made["id"]]
    assert api.patch(f"{APPS}/{operators.app.id}", {"name": "x"}).status == 404

    set_password(api)
    second = add_second_company(api)
    other = AppBrowser(api)
    other.sign_in(EMAIL)
    other.patch("/app/api/session", {"company_id": second.company_id})
    assert other.get(APPS).body["items"] == []
    assert other.patch(f"{APPS}/{made['id']}", {"name": "x"}).status == 404
    assert other.post(f"{APPS}/{made['id']}/secret").status == 404
    assert other.delete(f"{APPS}/{made['id']}").status == 404


def test_a_company_has_so_many_apps_at_most(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "MAX_PER_COMPANY", 1)
    register(api)
    answer = api.post(APPS, NEW)
    assert (answer.status, answer.body["error"]["code"]) == (422, "limit_reached")


def test_scopes_are_told_with_what_users_read(api: Api) -> None:
    found = {one["name"]: one["description"] for one in api.get(f"{APPS}/scopes").body["items"]}
    assert found["base"].startswith("See who you are")
    assert "deals:full" in found


def test_access_is_listed_and_taken_back(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uninstall, "_notify_app", lambda *_: True)
    client, rep = Client(api), add_user(api, "Rep")
    token = {"authorization": f"Bearer {client.get_tokens()['access_token']}"}
    client.get_tokens()
    issue_access_token(rep, client.app)
    listed = api.get("/app/api/connected-apps").body["items"]
    assert [(one["user"]["name"], one["is_you"]) for one in listed] == [("Ada Admin", True), ("Rep", False)]
    assert listed[0]["scopes"] == ["base", "deals:full", "contacts:read", "search:read"]
    assert [one["user"]["name"] for one in rep.get("/app/api/connected-apps").body["items"]] == ["Rep"]
    path = f"/app/api/users/1/connected-apps/{client.app.id}"
    assert rep.delete(path).status == 403
    assert api.delete(path).body == {"app_id": client.app.id, "user_id": 1, "was_told": True}
    assert api.send("GET", "/api/v2/deals", headers=token).status == 401
    assert api.delete(path).status == 404
    # An admin does it for others, too.
    assert api.delete(f"/app/api/users/2/connected-apps/{client.app.id}").status == 200
    assert api.get("/app/api/connected-apps").body["items"] == []


def test_the_server_tells_no_app_at_an_address_that_only_it_reaches(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    class Refusing:
        def __init__(self, **_: object) -> None:
            calls.append("called")
            raise AssertionError

    api.companies.webhook_reach = "public"
    made = register(api, redirect_uris=[CALLBACK], uninstall_url="https://169.254.169.254/latest")
    client = app_client(api, made)
    client.get_tokens()
    monkeypatch.setattr(httpx2, "Client", Refusing)
    answer = api.delete(f"/app/api/users/1/connected-apps/{made['id']}")
    assert answer.body["was_told"] is False
    assert calls == []
