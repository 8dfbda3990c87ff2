"""Users as an admin sees them: who has joined, with which means of signing in."""

from __future__ import annotations

from tests.api import Api
from tests.app_browser import AppBrowser, set_password, signed_in
from tests.company import add_user
from tests.server.app.test_second_factor import set_up

USERS = "/app/api/users"


def test_users_are_listed_with_how_they_sign_in(api: Api) -> None:
    browser = signed_in(api)
    set_up(browser)
    rep = add_user(api, "Rep")
    set_password(api, 2, "rep@example.com")
    for _ in range(2):
        AppBrowser(api).sign_in("rep@example.com")
    invited = browser.post("/v1/users", {"email": "new@example.com"}).data["id"]
    ada, second, new = browser.get(USERS).body["items"]
    assert ada == {
        "id": 1,
        "name": "Ada Admin",
        "email": "ada@example.com",
        "is_active": True,
        "is_admin": True,
        "is_you": True,
        "has_joined": True,
        "has_password": True,
        "has_second_factor": True,
        "sessions": 1,
    }
    assert (second["is_admin"], second["is_you"], second["sessions"]) == (False, False, 2)
    assert (new["id"], new["has_joined"], new["has_password"]) == (invited, False, False)
    browser.delete(f"{USERS}/2/sessions")
    browser.put("/v1/users/2", {"active_flag": False})
    second = browser.get(USERS).body["items"][1]
    assert (second["is_active"], second["sessions"]) == (False, 0)
    refused = rep.get(USERS)
    assert refused.status in (401, 403)


def test_only_admins_see_them(api: Api) -> None:
    refused = add_user(api, "Rep").get(USERS)
    assert (refused.status, refused.body["error"]["code"]) == (403, "forbidden")
