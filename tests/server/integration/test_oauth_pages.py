"""Log-in and consent: the pages, and how they are protected."""

from __future__ import annotations

import re

import argon2
import pytest
import sqlalchemy as sa

from dealwright.crm import provisioning
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins
from dealwright.storage import platform_tables
from tests import form_browser
from tests.api import Api
from tests.company import add_user
from tests.form_browser import FormBrowser, Page
from tests.oauth import CALLBACK, Client

EMAIL, PASSWORD = "ada@example.com", "a good pass phrase"


@pytest.fixture(autouse=True)
def _fast_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the hashing of passwords fast, for all tests but the one about it."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(logins, "_hasher", lambda: hasher)


@pytest.fixture
def client(api: Api) -> Client:
    logins.set_password(api.companies.platform, UserRef(api.principal.company.id, 1), EMAIL, PASSWORD)
    return Client(api)


@pytest.fixture
def user_browser(api: Api) -> FormBrowser:
    return form_browser.in_process(api)


def log_in(
    user_browser: FormBrowser, client: Client, email: str = EMAIL, password: str = PASSWORD, **overrides: str
) -> Page:
    page = user_browser.get("/oauth/authorize", **client.authorization_params(**overrides))
    return user_browser.submit(page.form("/oauth/login"), email=email, password=password)


def test_a_user_logs_in_and_allows_the_app(client: Client, user_browser: FormBrowser) -> None:
    page = user_browser.get("/oauth/authorize", **client.authorization_params())
    assert page.status == 200
    assert "Log in" in page.text
    assert "Allow" not in page.text
    page = user_browser.submit(page.form("/oauth/login"), email=" ADA@example.com ", password=PASSWORD)
    page = user_browser.send("GET", page.location)
    for text in ("Test app", "Tests", "Ada Admin", EMAIL, "See, add, change and delete deals", "app.example"):
        assert text in page.text
    # Full access includes reading, which is not listed again; scopes that the app does not have are not listed.
    assert "See deals" not in page.text
    assert "Administer" not in page.text
    callback = user_browser.submit(page.form("/oauth/consent"), decision="allow")
    assert callback.location.startswith(f"{CALLBACK}&code=1.1.")
    assert callback.callback_params["state"] == "s t/ä"
    assert client.exchange(callback.callback_params["code"]).status == 200
    # For the next app the user is logged in already, but must consent again.
    assert "Allow" in user_browser.get("/oauth/authorize", **Client(client.api).authorization_params()).text


def test_a_user_denies(client: Client, user_browser: FormBrowser) -> None:
    page = user_browser.send("GET", log_in(user_browser, client).location)
    callback = user_browser.submit(page.form("/oauth/consent"), decision="deny")
    assert callback.callback_params == {"tenant": "7", "error": "user_denied", "state": "s t/ä"}


def test_a_user_changes_the_account(api: Api, client: Client, user_browser: FormBrowser) -> None:
    add_user(api, "Rep")
    logins.set_password(api.companies.platform, UserRef(api.principal.company.id, 2), "rep@example.com", PASSWORD)
    page = user_browser.send("GET", log_in(user_browser, client).location)
    before = dict(user_browser.cookies)
    page = user_browser.send("GET", user_browser.submit(page.form("/oauth/logout")).location)
    user_browser.submit(page.form("/oauth/login"), email="rep@example.com", password=PASSWORD)
    page = user_browser.get("/oauth/authorize", **client.authorization_params())
    assert "rep@example.com" in page.text
    assert user_browser.submit(page.form("/oauth/consent"), decision="allow").callback_params["code"].startswith("1.2.")
    old = form_browser.in_process(api)
    old.cookies = before
    assert "Log in" in old.get("/oauth/authorize", **client.authorization_params()).text


def test_a_user_of_two_companies_chooses_one(api: Api, client: Client, user_browser: FormBrowser) -> None:
    second, user_id = provisioning.create_company(
        api.companies, "second", name="Second & Co", owner_name="Ada", owner_email="ada@example.com"
    )
    logins.set_password(api.companies.platform, UserRef(second.id, user_id), EMAIL, PASSWORD)
    page = user_browser.send("GET", log_in(user_browser, client).location)
    assert "Second &amp; Co" in page.text
    callback = user_browser.submit(page.form("/oauth/consent"), decision="allow", account=f"{second.id}.{user_id}")
    assert callback.callback_params["code"].startswith(f"{second.id}.{user_id}.")


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/",
        "https://app.example/callback",
        f"{CALLBACK}&more=1",
        f"{CALLBACK}#fragment",
        "https://app.example.evil.example/callback?tenant=7",
        "https://app.example@evil.example/callback?tenant=7",
        "https://APP.example/callback?tenant=7",
        "https://app.example/x/../callback?tenant=7",
        "//app.example/callback?tenant=7",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_redirect_uri_is_exactly_the_registered_one(api: Api, client: Client, redirect_uri: str) -> None:
    answer = api.send(
        "GET", "/oauth/authorize", headers={}, query=client.authorization_params(redirect_uri=redirect_uri)
    )
    assert (answer.status, answer.body) == (400, {"error": "Invalid redirect URL"})
    assert "location" not in answer.headers


def test_an_app_that_is_unknown(api: Api, client: Client) -> None:
    answer = api.send("GET", "/oauth/authorize", headers={}, query=client.authorization_params(client_id="unknown"))
    assert (answer.status, answer.body) == (400, {"error": "App cannot be installed for requested company"})
    answer = api.send("GET", "/oauth/authorize", headers={}, query={"redirect_uri": CALLBACK})
    assert (answer.status, answer.body) == (400, {"error": "Missing parameter: client_id"})


@pytest.mark.parametrize(
    ("overrides", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unauthorized_client"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_an_app_gets_the_error_of_an_invalid_request(
    client: Client, user_browser: FormBrowser, overrides: dict[str, str], error: str
) -> None:
    page = user_browser.get("/oauth/authorize", **client.authorization_params(**overrides))
    assert page.location.startswith(CALLBACK)
    assert (page.callback_params["error"], page.callback_params["state"]) == (error, "s t/ä")
    assert "code" not in page.callback_params


def test_forms_do_not_redirect_to_other_sites(client: Client, user_browser: FormBrowser) -> None:
    page = user_browser.send("GET", log_in(user_browser, client).location)
    for action in ("/oauth/consent", "/oauth/logout"):
        form = page.form(action)
        form.fields["request"] = form.fields["request"].replace("app.example", "evil.example")
        assert "evil" in form.fields["request"]
        answer = user_browser.submit(form, decision="allow")
        if action == "/oauth/logout":
            assert answer.location.startswith("/oauth/authorize?")
            answer = user_browser.send("GET", answer.location)
        assert answer.status == 400
        assert "Invalid redirect URL" in answer.text


def test_pages_have_headers_against_framing_and_caching(client: Client, user_browser: FormBrowser) -> None:
    first = user_browser.get("/oauth/authorize", **client.authorization_params())
    for page in (first, user_browser.send("GET", log_in(user_browser, client).location)):
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script" not in page.text
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"(src|href)=\"(?!data:,)", page.text)
    assert "form-action 'self'" in first.headers["content-security-policy"]
    callback = user_browser.submit(page.form("/oauth/consent"), decision="allow")
    assert (callback.headers["referrer-policy"], callback.headers["cache-control"]) == ("no-referrer", "no-store")


def test_the_cookie_of_a_session(api: Api, client: Client, user_browser: FormBrowser) -> None:
    first = user_browser.get("/oauth/authorize", **client.authorization_params()).headers["set-cookie"]
    second = log_in(user_browser, client).headers["set-cookie"]
    for cookie in (first, second):
        assert re.fullmatch(r"dealwright=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax", cookie)
    # The log-in replaces the cookie, which an attacker may have set.
    assert first != second
    secure = api.send("GET", "/oauth/authorize", headers={}, query=client.authorization_params(), scheme="https")
    assert re.fullmatch(
        r"__Host-dealwright=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Secure", secure.headers["set-cookie"]
    )


def test_a_session_ends(api: Api, client: Client, user_browser: FormBrowser) -> None:
    log_in(user_browser, client)
    assert "Allow" in user_browser.get("/oauth/authorize", **client.authorization_params()).text
    api.clock.advance(hours=12)
    assert "Log in" in user_browser.get("/oauth/authorize", **client.authorization_params()).text
    log_in(user_browser, client)
    assert "Allow" in user_browser.get("/oauth/authorize", **client.authorization_params()).text
    logins.set_password(api.companies.platform, UserRef(api.principal.company.id, 1), EMAIL, "another pass phrase")
    assert "Log in" in user_browser.get("/oauth/authorize", **client.authorization_params()).text


def test_a_form_of_another_site_is_refused(api: Api, client: Client, user_browser: FormBrowser) -> None:
    page = user_browser.send("GET", log_in(user_browser, client).location)
    form = page.form("/oauth/consent")
    attacker = form_browser.in_process(api)
    attackers_page = attacker.get("/oauth/authorize", **client.authorization_params())
    for token in ("", "0" * 64, "ä", attackers_page.form("/oauth/login").fields["form_token"]):
        answer = user_browser.submit(form, decision="allow", form_token=token)
        assert answer.status == 403
        assert "location" not in answer.headers
    # The browser sends no cookie with a form of another site.
    user_browser.cookies.clear()
    answer = user_browser.submit(form, decision="allow")
    assert answer.status == 403
    # A form of another site cannot log the user in with another account either.
    victim = form_browser.in_process(api)
    answer = victim.submit(attackers_page.form("/oauth/login"), email=EMAIL, password=PASSWORD)
    assert answer.status == 403
    assert "Log in" in victim.get("/oauth/authorize", **client.authorization_params()).text


def test_an_account_of_another_user_cannot_be_chosen(api: Api, client: Client, user_browser: FormBrowser) -> None:
    add_user(api, "Rep")
    page = user_browser.send("GET", log_in(user_browser, client).location)
    for account in ("1.2", "2.1", "", "x"):
        assert user_browser.submit(page.form("/oauth/consent"), decision="allow", account=account).status == 403


def test_names_are_text_and_not_markup(api: Api, user_browser: FormBrowser) -> None:
    client = Client(api, name='<script>"&')
    page = user_browser.get("/oauth/authorize", **client.authorization_params(state='"><b>'))
    assert "&lt;script&gt;" in page.text
    assert "<script" not in page.text
    assert "<b>" not in page.text.replace("<b>&lt;script", "")


def test_a_wrong_password_does_not_reveal_whether_the_account_exists(client: Client, user_browser: FormBrowser) -> None:
    known = log_in(user_browser, client, password="wrong password")
    unknown = log_in(user_browser, client, email="nobody@example.com", password="wrong password")
    assert (known.status, unknown.status) == (401, 401)
    assert known.text.replace(EMAIL, "") == unknown.text.replace("nobody@example.com", "")
    assert "wrong password" not in known.text
    for email, password in ((EMAIL, "x" * 100_000), ("\0", "\0"), ("x" * 100_000, "x"), ("", "")):
        assert log_in(user_browser, client, email=email, password=password).status == 401


def test_an_account_with_too_many_failures_is_blocked(api: Api, client: Client, user_browser: FormBrowser) -> None:
    for _ in range(logins.MAX_FAILURES_PER_ACCOUNT):
        assert log_in(user_browser, client, password="wrong password").status == 401
    blocked = log_in(user_browser, client)
    assert (blocked.status, blocked.headers["retry-after"]) == (429, "900")
    assert "try again in 15 minutes" in blocked.text
    assert log_in(user_browser, client, email="rep@example.com").status == 401
    api.clock.advance(minutes=14, seconds=59)
    assert log_in(user_browser, client).status == 429
    api.clock.advance(seconds=1)
    assert log_in(user_browser, client).status == 303


def test_successful_log_ins_are_not_counted(client: Client, user_browser: FormBrowser) -> None:
    for _ in range(logins.MAX_FAILURES_PER_ACCOUNT - 1):
        assert log_in(user_browser, client, password="wrong password").status == 401
    for _ in range(3):
        again = form_browser.in_process(client.api)
        assert log_in(again, client).status == 303


def test_an_address_that_tries_many_accounts_is_blocked(
    client: Client, user_browser: FormBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "MAX_FAILURES_PER_ADDRESS", 5)
    for number in range(5):
        assert log_in(user_browser, client, email=f"user{number}@example.com").status == 401
    assert log_in(user_browser, client).status == 429


def test_passwords_are_kept_as_argon2(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    logins.set_password(api.companies.platform, UserRef(1, 1), EMAIL, PASSWORD)
    with api.companies.platform.database.read() as db:
        assert str(db.value(sa.select(platform_tables.logins.c.password_hash))).startswith("$argon2id$v=19$m=65536,")
    assert logins.log_in(api.companies.platform, EMAIL, PASSWORD, "", api.clock()) == [UserRef(1, 1)]
    with pytest.raises(ValueError, match="8 to 1000 characters"):
        logins.set_password(api.companies.platform, UserRef(1, 1), EMAIL, "short")


def test_auto_login_needs_no_password_only_where_it_is_enabled(
    api: Api, client: Client, user_browser: FormBrowser
) -> None:
    assert "Log in" in user_browser.get("/oauth/authorize", **client.authorization_params()).text
    api.app.auto_login = api.principal
    page = form_browser.in_process(api).get("/oauth/authorize", **client.authorization_params())
    assert "Ada Admin" in page.text
    assert "Switch account" not in page.text
