"""Signing in and out of the web app, and what the session of a browser is good for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from dealwright._version import __version__
from dealwright.crm import provisioning
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins, sessions, sign_in_links
from dealwright.crm.team.permission_sets import PERMISSIONS, REGULAR_PERMISSIONS
from dealwright.server import urls
from dealwright.storage.platform_tables import browser_session_users, browser_sessions
from dealwright.storage.platform_tables import sign_in_links as sign_in_links_table
from tests import form_browser
from tests.api import Api
from tests.app_browser import EMAIL, PASSWORD, AppBrowser, set_password, signed_in
from tests.company import add_user, set_permissions
from tests.oauth import Client


def add_second_company(api: Api, email: str = EMAIL) -> UserRef:
    """Adds a company in which the admin has the same password; returns the user there."""
    second, user_id = provisioning.create_company(
        api.companies, "second", name="Second", owner_name="Ada", owner_email=email
    )
    owner = UserRef(second.id, user_id)
    logins.set_password(api.companies.platform, owner, email, PASSWORD)
    return owner


def create_link(api: Api, owner: UserRef | None = None) -> str:
    owner = owner or UserRef(api.principal.company.id, 1)
    return sign_in_links.create(api.companies.platform, owner, "sign_in", api.clock())


def test_a_session_before_and_after_signing_in(api: Api) -> None:
    set_password(api)
    browser = AppBrowser(api)
    first = browser.session()
    assert first == {
        "user": None,
        "company": None,
        "companies": [],
        "csrf_token": browser.csrf_token,
        "version": __version__,
        "sandbox": False,
        "sign_in": {"second_factor": False, "second_factor_missing": False},
    }
    cookies = dict(browser.cookies)
    assert browser.session()["csrf_token"] == first["csrf_token"]
    assert browser.cookies == cookies
    answer = browser.sign_in(" ADA@example.com ")
    assert answer.status == 200
    assert browser.cookies != cookies
    assert answer.body["csrf_token"] != first["csrf_token"]
    assert answer.body["user"] == {
        "id": 1,
        "name": "Ada Admin",
        "email": EMAIL,
        "is_admin": True,
        "is_account_admin": True,
        "permissions": list(PERMISSIONS),
        "locale": "en_US",
        "timezone": "Europe/Tallinn",
        "default_currency": "EUR",
        "picture": None,
    }
    assert answer.body["company"] == {"id": api.principal.company.id, "name": "Tests", "domain": "tests"}
    assert answer.body["companies"] == [{"id": api.principal.company.id, "name": "Tests"}]
    assert browser.session() == answer.body


def test_a_session_shows_what_a_regular_user_may_do(api: Api) -> None:
    add_user(api, "Rep")
    user = signed_in(api, 2, "rep@example.com").session()["user"]
    assert (user["is_admin"], user["permissions"]) == (False, list(REGULAR_PERMISSIONS))


def test_a_sandbox_says_so_and_signs_nobody_in(api: Api) -> None:
    api.app.auto_login = api.principal
    session = AppBrowser(api).session()
    assert (session["sandbox"], session["user"]) == (True, None)


def test_wrong_credentials_do_not_say_what_is_wrong(api: Api) -> None:
    set_password(api)
    browser = AppBrowser(api)
    answers = [
        browser.sign_in(password="wrong password"),
        browser.sign_in("nobody@example.com"),
        browser.sign_in("", ""),
        browser.sign_in("\U0001f600", "\u202e"),
    ]
    for answer in answers:
        assert (answer.status, answer.body) == (401, answers[0].body)
        assert answer.body["error"] == {"code": "unauthorized", "message": "E-mail address or password is wrong"}
    assert browser.session()["user"] is None


def test_signing_out_ends_the_session(api: Api) -> None:
    browser = signed_in(api)
    stolen = AppBrowser(api)
    stolen.cookies, stolen.csrf_token = dict(browser.cookies), browser.csrf_token
    answer = browser.delete("/app/api/session")
    assert (answer.status, answer.body["user"], answer.body["companies"]) == (200, None, [])
    assert stolen.session()["user"] is None
    assert stolen.get("/v1/deals").status == 401
    assert browser.sign_in().status == 200


def test_signing_out_everywhere_ends_all_sessions_of_the_user(api: Api) -> None:
    add_user(api, "Rep")
    first, second, other = signed_in(api), AppBrowser(api), signed_in(api, 2, "rep@example.com")
    assert second.sign_in().status == 200
    assert first.delete("/app/api/session").status == 200
    assert second.session()["user"]["id"] == 1
    assert first.sign_in().status == 200
    assert first.delete("/app/api/session", everywhere="true").status == 200
    assert second.session()["user"] is None
    assert other.session()["user"]["id"] == 2


def test_a_session_ends_after_a_while(api: Api) -> None:
    browser = signed_in(api)
    api.clock.advance(hours=11, minutes=59)
    assert browser.session()["user"] is not None
    api.clock.advance(minutes=1)
    assert browser.session()["user"] is None
    assert browser.get("/v1/deals").status == 401


def test_a_company_is_chosen_and_the_choice_is_kept(api: Api) -> None:
    set_password(api)
    owner = add_second_company(api)
    browser = AppBrowser(api)
    session = browser.sign_in().body
    assert [company["name"] for company in session["companies"]] == ["Tests", "Second"]
    assert session["company"]["name"] == "Tests"
    assert browser.patch("/app/api/session", {"company_id": owner.company_id}).body["company"]["name"] == "Second"
    assert browser.session()["company"]["name"] == "Second"
    assert browser.post("/api/v2/deals", {"title": "There"}).status == 200
    assert api.get("/v1/deals").data is None
    assert browser.get("/v1/users/me").data["company_name"] == "Second"
    refused = browser.patch("/app/api/session", {"company_id": 99})
    assert (refused.status, set(refused.body["error"]["fields"])) == (400, {"company_id"})


def test_a_company_whose_user_was_deactivated_is_not_chosen(api: Api) -> None:
    set_password(api)
    owner = add_second_company(api)
    add_user(api, "Other", admin=True)
    browser = AppBrowser(api)
    browser.sign_in()
    assert api.as_user(2).put("/v1/users/1", {"active_flag": False}).status == 200
    assert browser.get("/v1/deals").status == 401
    assert browser.session()["company"]["id"] == owner.company_id
    assert browser.get("/v1/users/me").data["company_name"] == "Second"


def test_what_strangers_send_is_not_taken_in_at_any_length(api: Api) -> None:
    browser = AppBrowser(api)
    browser.session()
    body = {"email": EMAIL, "password": PASSWORD, "more": "x" * 300_000}
    answer = browser.post("/app/api/session", body)
    assert (answer.status, answer.body["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("public_url", "origin"),
    [
        ("https://crm.example.com:443", "https://crm.example.com"),
        ("http://crm.example.com:80", "http://crm.example.com"),
        ("https://crm.example.com:8443", "https://crm.example.com:8443"),
    ],
)
def test_the_origin_of_a_server_with_a_public_address(api: Api, public_url: str, origin: str) -> None:
    urls.set_public_url(public_url)
    try:
        browser = AppBrowser(api, origin=origin, host="127.0.0.1:8000")
        set_password(api)
        assert browser.sign_in().status == 200
        assert browser.send("GET", "/app/api/sessions", headers={"origin": "http://127.0.0.1:8000"}).status == 403
    finally:
        urls.set_public_url(None)


def test_the_servers_of_one_machine_have_cookies_of_their_own(api: Api) -> None:
    set_password(api)
    browser = AppBrowser(api, host="127.0.0.1:8000")
    browser.sign_in()
    assert list(browser.cookies) == ["dealwright-8000"]
    assert browser.send("GET", "/app/api/session", headers={"host": "127.0.0.1:9000"}).body["user"] is None
    assert (
        AppBrowser(api, host="[::1]:8000").get("/app/api/session").headers["set-cookie"].startswith("dealwright-8000=")
    )


def test_a_link_signs_in_once(api: Api) -> None:
    token = create_link(api)
    browser = AppBrowser(api)
    browser.session()
    answer = browser.post("/app/api/session/link", {"token": token})
    assert (answer.status, answer.body["user"]["id"]) == (200, 1)
    other = AppBrowser(api)
    other.session()
    for used in (token, "unknown", ""):
        answer = other.post("/app/api/session/link", {"token": used})
        assert (answer.status, answer.body["error"]["code"]) == (410, "gone")
    assert other.session()["user"] is None


def test_a_link_expires(api: Api) -> None:
    token = create_link(api)
    api.clock.advance(hours=1)
    browser = AppBrowser(api)
    browser.session()
    assert browser.post("/app/api/session/link", {"token": token}).status == 410


def test_a_link_for_setting_a_password_does_not_sign_in(api: Api) -> None:
    owner = UserRef(api.principal.company.id, 1)
    token = sign_in_links.create(api.companies.platform, owner, "password", api.clock())
    browser = AppBrowser(api)
    browser.session()
    assert browser.post("/app/api/session/link", {"token": token}).status == 410


def test_of_many_that_use_a_link_at_once_one_is_signed_in(api: Api) -> None:
    token = create_link(api)

    def use(browser: AppBrowser) -> int:
        return browser.post("/app/api/session/link", {"token": token}).status

    browsers = [AppBrowser(api) for _ in range(8)]
    for browser in browsers:
        browser.session()
    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(use, browsers)) == [200, *[410] * 7]


def test_oauth_pages_and_the_app_have_one_sign_in(api: Api) -> None:
    client, browser = Client(api), signed_in(api)
    page = form_browser.in_process(api)
    page.cookies = browser.cookies
    consent = page.get("/oauth/authorize", **client.authorization_params())
    assert "Allow" in consent.text
    page.submit(consent.form("/oauth/logout"))
    assert browser.session()["user"] is None
    log_in = page.get("/oauth/authorize", **client.authorization_params())
    page.submit(log_in.form("/oauth/login"), email=EMAIL, password=PASSWORD)
    browser.cookies = page.cookies
    assert browser.session()["user"]["id"] == 1


def test_the_public_api_takes_the_session_with_the_csrf_token(api: Api) -> None:
    add_user(api, "Rep")
    browser = signed_in(api, 2, "rep@example.com")
    for path in ("/v1/users/me", "/api/v1/users/me"):
        assert browser.get(path).data["id"] == 2
    made = browser.post("/api/v2/deals", {"title": "By the app"})
    assert (made.status, made.data["owner_id"]) == (200, 2)
    assert made.headers["cache-control"] == "no-store"
    # The change log tells the app and the API apart.
    sources = [one["change_source"] for one in api.get(f"/v1/deals/{made.data['id']}/changelog").data]
    assert sources
    assert set(sources) == {"app"}


def test_a_session_may_do_no_more_than_a_token_of_the_user(api: Api) -> None:
    rep = add_user(api, "Rep")
    browser = signed_in(api, 2, "rep@example.com")
    for method, path, body in (
        ("POST", "/api/v2/pipelines", {"name": "x"}),
        ("GET", "/v1/users", None),
        ("PUT", "/v1/users/1", {"active_flag": False}),
    ):
        assert browser.send(method, path, body).body == rep.call(method, path, body).body
    set_permissions(api, use_api=False)
    refused = browser.get("/v1/deals")
    assert (refused.status, refused.body) == (403, rep.get("/v1/deals").body)
    # The app itself can still say so.
    assert "can_use_api" not in browser.session()["user"]["permissions"]


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_expired_sessions_and_links_are_deleted(api: Api) -> None:
    browser = signed_in(api)
    create_link(api)
    platform = api.companies.platform
    before = api.clock()
    api.clock.advance(hours=12)
    sessions.delete_expired(platform, before)
    sign_in_links.delete_expired(platform, before)
    assert sessions.find(platform, browser.cookies["dealwright"], before) is not None
    sessions.delete_expired(platform, api.clock())
    sign_in_links.delete_expired(platform, api.clock())
    assert sessions.find(platform, browser.cookies["dealwright"], before) is None
    with platform.database.read() as db:
        for table in (browser_sessions, browser_session_users, sign_in_links_table):
            assert db.rows(sa.select(table)) == []
