"""Log-in and consent: what the pages say, and what they do not let others do."""

from __future__ import annotations

import re

import argon2
import pytest
import sqlalchemy as sa

from dealwright.crm import founding, logins
from dealwright.crm.oauth.grants import Owner
from dealwright.storage import platform_tables
from tests import visitor
from tests.api import Api
from tests.company import add_user
from tests.oauth import CALLBACK, Client
from tests.visitor import Page, Visitor

EMAIL, PASSWORD = "ada@example.com", "a good pass phrase"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords whose hashes take no time, for all tests but the one about them."""
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(logins, "_hasher", lambda: hasher)


@pytest.fixture
def client(api: Api) -> Client:
    logins.set_password(api.companies.platform, Owner(api.bearer.company.id, 1), EMAIL, PASSWORD)
    return Client(api)


@pytest.fixture
def visit(api: Api) -> Visitor:
    return visitor.in_process(api)


def log_in(visit: Visitor, client: Client, email: str = EMAIL, password: str = PASSWORD, **asked: str) -> Page:
    page = visit.get("/oauth/authorize", **client.asked(**asked))
    return visit.submit(page.form("/oauth/login"), email=email, password=password)


def test_a_user_logs_in_and_lets_the_app_in(client: Client, visit: Visitor) -> None:
    page = visit.get("/oauth/authorize", **client.asked())
    assert page.status == 200
    assert "Log in" in page.text
    assert "Allow" not in page.text
    page = visit.submit(page.form("/oauth/login"), email=" ADA@example.com ", password=PASSWORD)
    page = visit.send("GET", page.location)
    for said in ("Test app", "Tests", "Ada Admin", EMAIL, "See, add, change and delete deals", "app.example"):
        assert said in page.text
    # Everything includes reading, which is not said a second time; what the app may not is not said at all.
    assert "See deals" not in page.text
    assert "Administer" not in page.text
    back = visit.submit(page.form("/oauth/consent"), decision="allow")
    assert back.location.startswith(f"{CALLBACK}&code=1.1.")
    assert back.back["state"] == "s t/ä"
    assert client.exchange(back.back["code"]).status == 200
    # The next app finds the user logged in, and asks all the same.
    assert "Allow" in visit.get("/oauth/authorize", **Client(client.api).asked()).text


def test_a_user_denies(client: Client, visit: Visitor) -> None:
    page = visit.send("GET", log_in(visit, client).location)
    back = visit.submit(page.form("/oauth/consent"), decision="deny")
    assert back.back == {"tenant": "7", "error": "user_denied", "state": "s t/ä"}


def test_a_user_changes_the_account(api: Api, client: Client, visit: Visitor) -> None:
    add_user(api, "Rep")
    logins.set_password(api.companies.platform, Owner(api.bearer.company.id, 2), "rep@example.com", PASSWORD)
    page = visit.send("GET", log_in(visit, client).location)
    before = dict(visit.cookies)
    page = visit.send("GET", visit.submit(page.form("/oauth/logout")).location)
    visit.submit(page.form("/oauth/login"), email="rep@example.com", password=PASSWORD)
    page = visit.get("/oauth/authorize", **client.asked())
    assert "rep@example.com" in page.text
    assert visit.submit(page.form("/oauth/consent"), decision="allow").back["code"].startswith("1.2.")
    old = visitor.in_process(api)
    old.cookies = before
    assert "Log in" in old.get("/oauth/authorize", **client.asked()).text


def test_whoever_works_for_two_companies_chooses(api: Api, client: Client, visit: Visitor) -> None:
    second, user_id = founding.found(
        api.companies, "second", name="Second & Co", owner_name="Ada", owner_email="ada@example.com"
    )
    logins.set_password(api.companies.platform, Owner(second.id, user_id), EMAIL, PASSWORD)
    page = visit.send("GET", log_in(visit, client).location)
    assert "Second &amp; Co" in page.text
    back = visit.submit(page.form("/oauth/consent"), decision="allow", account=f"{second.id}.{user_id}")
    assert back.back["code"].startswith(f"{second.id}.{user_id}.")


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
    answer = api.send("GET", "/oauth/authorize", headers={}, query=client.asked(redirect_uri=redirect_uri))
    assert (answer.status, answer.body) == (400, {"error": "Invalid redirect URL"})
    assert "location" not in answer.headers


def test_an_app_that_is_unknown(api: Api, client: Client) -> None:
    answer = api.send("GET", "/oauth/authorize", headers={}, query=client.asked(client_id="unknown"))
    assert (answer.status, answer.body) == (400, {"error": "App cannot be installed for requested company"})
    answer = api.send("GET", "/oauth/authorize", headers={}, query={"redirect_uri": CALLBACK})
    assert (answer.status, answer.body) == (400, {"error": "Missing parameter: client_id"})


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unauthorized_client"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_an_app_is_told_what_is_wrong_with_its_question(
    client: Client, visit: Visitor, asked: dict[str, str], error: str
) -> None:
    page = visit.get("/oauth/authorize", **client.asked(**asked))
    assert page.location.startswith(CALLBACK)
    assert (page.back["error"], page.back["state"]) == (error, "s t/ä")
    assert "code" not in page.back


def test_forms_do_not_lead_elsewhere(client: Client, visit: Visitor) -> None:
    page = visit.send("GET", log_in(visit, client).location)
    for action in ("/oauth/consent", "/oauth/logout"):
        form = page.form(action)
        form.fields["request"] = form.fields["request"].replace("app.example", "evil.example")
        assert "evil" in form.fields["request"]
        answer = visit.submit(form, decision="allow")
        if action == "/oauth/logout":
            assert answer.location.startswith("/oauth/authorize?")
            answer = visit.send("GET", answer.location)
        assert answer.status == 400
        assert "Invalid redirect URL" in answer.text


def test_pages_are_for_nobody_else(client: Client, visit: Visitor) -> None:
    first = visit.get("/oauth/authorize", **client.asked())
    for page in (first, visit.send("GET", log_in(visit, client).location)):
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
    back = visit.submit(page.form("/oauth/consent"), decision="allow")
    assert (back.headers["referrer-policy"], back.headers["cache-control"]) == ("no-referrer", "no-store")


def test_the_cookie_of_a_session(api: Api, client: Client, visit: Visitor) -> None:
    first = visit.get("/oauth/authorize", **client.asked()).headers["set-cookie"]
    second = log_in(visit, client).headers["set-cookie"]
    for cookie in (first, second):
        assert re.fullmatch(r"dealwright=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax", cookie)
    # A cookie that somebody else put there is not the one of the session.
    assert first != second
    secure = api.send("GET", "/oauth/authorize", headers={}, query=client.asked(), scheme="https")
    assert re.fullmatch(
        r"__Host-dealwright=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Secure", secure.headers["set-cookie"]
    )


def test_a_session_ends(api: Api, client: Client, visit: Visitor) -> None:
    log_in(visit, client)
    assert "Allow" in visit.get("/oauth/authorize", **client.asked()).text
    api.clock.advance(hours=12)
    assert "Log in" in visit.get("/oauth/authorize", **client.asked()).text
    log_in(visit, client)
    assert "Allow" in visit.get("/oauth/authorize", **client.asked()).text
    logins.set_password(api.companies.platform, Owner(api.bearer.company.id, 1), EMAIL, "another pass phrase")
    assert "Log in" in visit.get("/oauth/authorize", **client.asked()).text


def test_a_form_that_another_site_made_does_nothing(api: Api, client: Client, visit: Visitor) -> None:
    page = visit.send("GET", log_in(visit, client).location)
    form = page.form("/oauth/consent")
    strangers = visitor.in_process(api)
    their_page = strangers.get("/oauth/authorize", **client.asked())
    for token in ("", "0" * 64, "ä", their_page.form("/oauth/login").fields["form_token"]):
        answer = visit.submit(form, decision="allow", form_token=token)
        assert answer.status == 403
        assert "location" not in answer.headers
    # The visit sends no cookie along with a form of another site.
    visit.cookies.clear()
    answer = visit.submit(form, decision="allow")
    assert answer.status == 403
    # Nobody is logged in as somebody else by a form of another site either.
    victim = visitor.in_process(api)
    answer = victim.submit(their_page.form("/oauth/login"), email=EMAIL, password=PASSWORD)
    assert answer.status == 403
    assert "Log in" in victim.get("/oauth/authorize", **client.asked()).text


def test_an_account_that_is_not_ones_own_cannot_be_chosen(api: Api, client: Client, visit: Visitor) -> None:
    add_user(api, "Rep")
    page = visit.send("GET", log_in(visit, client).location)
    for account in ("1.2", "2.1", "", "x"):
        assert visit.submit(page.form("/oauth/consent"), decision="allow", account=account).status == 403


def test_names_are_text_and_not_markup(api: Api, visit: Visitor) -> None:
    client = Client(api, name='<script>"&')
    page = visit.get("/oauth/authorize", **client.asked(state='"><b>'))
    assert "&lt;script&gt;" in page.text
    assert "<script" not in page.text
    assert "<b>" not in page.text.replace("<b>&lt;script", "")


def test_a_wrong_password_says_nothing_about_the_account(client: Client, visit: Visitor) -> None:
    known = log_in(visit, client, password="wrong password")
    unknown = log_in(visit, client, email="nobody@example.com", password="wrong password")
    assert (known.status, unknown.status) == (401, 401)
    assert known.text.replace(EMAIL, "") == unknown.text.replace("nobody@example.com", "")
    assert "wrong password" not in known.text
    for email, password in ((EMAIL, "x" * 100_000), ("\0", "\0"), ("x" * 100_000, "x"), ("", "")):
        assert log_in(visit, client, email=email, password=password).status == 401


def test_whoever_fails_too_often_waits(api: Api, client: Client, visit: Visitor) -> None:
    for _ in range(logins.FAILURES_OF_ACCOUNT):
        assert log_in(visit, client, password="wrong password").status == 401
    blocked = log_in(visit, client)
    assert (blocked.status, blocked.headers["retry-after"]) == (429, "900")
    assert "try again in 15 minutes" in blocked.text
    assert log_in(visit, client, email="rep@example.com").status == 401
    api.clock.advance(minutes=14, seconds=59)
    assert log_in(visit, client).status == 429
    api.clock.advance(seconds=1)
    assert log_in(visit, client).status == 303


def test_who_succeeds_does_not_fail(client: Client, visit: Visitor) -> None:
    for _ in range(logins.FAILURES_OF_ACCOUNT - 1):
        assert log_in(visit, client, password="wrong password").status == 401
    for _ in range(3):
        again = visitor.in_process(client.api)
        assert log_in(again, client).status == 303


def test_an_address_that_tries_many_accounts_waits(
    client: Client, visit: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "FAILURES_OF_ADDRESS", 5)
    for number in range(5):
        assert log_in(visit, client, email=f"user{number}@example.com").status == 401
    assert log_in(visit, client).status == 429


def test_passwords_are_kept_as_argon2(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    logins.set_password(api.companies.platform, Owner(1, 1), EMAIL, PASSWORD)
    with api.companies.platform.database.read() as db:
        assert str(db.value(sa.select(platform_tables.logins.c.password_hash))).startswith("$argon2id$v=19$m=65536,")
    assert logins.log_in(api.companies.platform, EMAIL, PASSWORD, "", api.clock()) == [Owner(1, 1)]
    with pytest.raises(ValueError, match="8 to 1000 characters"):
        logins.set_password(api.companies.platform, Owner(1, 1), EMAIL, "short")


def test_a_visitor_needs_no_password_only_where_the_server_says_so(api: Api, client: Client, visit: Visitor) -> None:
    assert "Log in" in visit.get("/oauth/authorize", **client.asked()).text
    api.app.visitor = api.bearer
    page = visitor.in_process(api).get("/oauth/authorize", **client.asked())
    assert "Ada Admin" in page.text
    assert "Switch account" not in page.text
