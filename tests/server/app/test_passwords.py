"""Invitations and passwords: set with a link, changed, and what ends with that; the sessions of users."""

from __future__ import annotations

import email
from email.message import Message
from urllib.parse import parse_qs, urlsplit

from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import sign_in_links
from dealwright.jobs import run_due
from tests.api import Api
from tests.app_browser import EMAIL, PASSWORD, AppBrowser, set_password, signed_in
from tests.company import add_user
from tests.fake_mail_server import FakeMailServer

NEW = "another pass phrase"


def invite(admin: AppBrowser, user_id: int) -> str:
    """Invites a user; returns the token of the link."""
    answer = admin.post(f"/app/api/users/{user_id}/invitation")
    assert answer.status == 200, answer.body
    address = urlsplit(answer.body["link"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == "http://localhost/password"
    token: str = parse_qs(address.query)["token"][0]
    return token


def set_by_link(api: Api, token: str, password: str = NEW) -> AppBrowser:
    browser = AppBrowser(api)
    browser.session()
    answer = browser.post("/app/api/password", {"token": token, "password": password})
    assert answer.status == 200, answer.body
    return browser


def test_an_invited_user_sets_a_password_and_is_signed_in(api: Api) -> None:
    admin = signed_in(api)
    user = api.post("/v1/users", {"email": "New@example.com"}).data
    assert user["activated"] is False
    browser = set_by_link(api, invite(admin, user["id"]))
    assert browser.session()["user"]["id"] == user["id"]
    assert api.get(f"/v1/users/{user['id']}").data["activated"] is True
    assert AppBrowser(api).sign_in("new@example.com", NEW).status == 200


def test_a_link_resets_a_password_once_and_ends_sessions(api: Api) -> None:
    add_user(api, "Rep")
    admin, rep = signed_in(api), signed_in(api, 2, "rep@example.com")
    token = invite(admin, 2)
    set_by_link(api, token)
    assert rep.session()["user"] is None
    assert AppBrowser(api).sign_in("rep@example.com").status == 401
    assert AppBrowser(api).sign_in("rep@example.com", NEW).status == 200
    browser = AppBrowser(api)
    browser.session()
    for used in (token, "unknown"):
        answer = browser.post("/app/api/password", {"token": used, "password": PASSWORD})
        assert (answer.status, answer.body["error"]["code"]) == (410, "gone")
    assert AppBrowser(api).sign_in("rep@example.com", NEW).status == 200


def test_a_newer_link_replaces_an_older_one_and_all_expire(api: Api) -> None:
    add_user(api, "Rep")
    admin = signed_in(api)
    old, new = invite(admin, 2), invite(admin, 2)
    browser = AppBrowser(api)
    browser.session()
    assert browser.post("/app/api/password", {"token": old, "password": NEW}).status == 410
    api.clock.advance(days=7)
    browser.session()
    assert browser.post("/app/api/password", {"token": new, "password": NEW}).status == 410


def test_a_password_that_is_refused_does_not_use_the_link(api: Api) -> None:
    add_user(api, "Rep")
    token = invite(signed_in(api), 2)
    browser = AppBrowser(api)
    browser.session()
    for password in ("short", "x" * 1001):
        answer = browser.post("/app/api/password", {"token": token, "password": password})
        assert (answer.status, set(answer.body["error"]["fields"])) == (400, {"password"})
    set_by_link(api, token)


def test_only_admins_of_the_account_invite(api: Api) -> None:
    add_user(api, "Rep")
    rep, admin = signed_in(api, 2, "rep@example.com"), signed_in(api)
    for id in (1, 2):
        assert rep.post(f"/app/api/users/{id}/invitation").status == 403
    assert admin.post("/app/api/users/99/invitation").status == 404
    api.put("/v1/users/2", {"active_flag": False})
    assert admin.post("/app/api/users/2/invitation").status == 409


def test_a_link_of_somebody_who_was_deactivated_is_void(api: Api) -> None:
    add_user(api, "Rep")
    token = invite(signed_in(api), 2)
    api.put("/v1/users/2", {"active_flag": False})
    browser = AppBrowser(api)
    browser.session()
    assert browser.post("/app/api/password", {"token": token, "password": NEW}).status == 410


def test_a_password_is_changed_by_who_knows_it(api: Api) -> None:
    browser, other = signed_in(api), AppBrowser(api)
    other.sign_in()
    wrong = browser.put("/app/api/password", {"current_password": "wrong password", "password": NEW})
    assert (wrong.status, wrong.body["error"]["fields"]) == (400, {"current_password": "is wrong"})
    assert browser.put("/app/api/password", {"password": NEW}).status == 400
    before = dict(browser.cookies)
    answer = browser.put("/app/api/password", {"current_password": PASSWORD, "password": NEW})
    assert (answer.status, answer.body["user"]["id"]) == (200, 1)
    assert browser.cookies != before
    assert browser.session()["user"]["id"] == 1
    assert other.session()["user"] is None
    assert AppBrowser(api).sign_in().status == 401
    assert AppBrowser(api).sign_in(EMAIL, NEW).status == 200


def test_guessing_the_current_password_is_limited(api: Api) -> None:
    browser = signed_in(api)
    body = {"current_password": "wrong password", "password": NEW}
    assert [browser.put("/app/api/password", body).status for _ in range(11)] == [400] * 10 + [429]


def test_sessions_are_listed_and_ended(api: Api) -> None:
    add_user(api, "Rep")
    set_password(api)
    first, second = AppBrowser(api, user_agent="Browser one"), AppBrowser(api, user_agent="Browser two")
    first.sign_in()
    api.clock.advance(minutes=1)
    second.sign_in()
    listed = first.get("/app/api/sessions").body
    assert listed["next_cursor"] is None
    assert [(one["user_agent"], one["is_current"]) for one in listed["items"]] == [
        ("Browser two", False),
        ("Browser one", True),
    ]
    assert listed["items"][1]["add_time"] == "2026-03-02 10:00:00"
    assert listed["items"][1]["expires_at"] == "2026-03-02 22:00:00"
    rep = signed_in(api, 2, "rep@example.com")
    other = listed["items"][0]["id"]
    # Nobody ends the sessions of others by their numbers.
    assert rep.delete(f"/app/api/sessions/{other}").status == 404
    assert first.delete(f"/app/api/sessions/{other}").body == {"id": other}
    assert first.delete(f"/app/api/sessions/{other}").status == 404
    assert second.session()["user"] is None
    assert len(first.get("/app/api/sessions").body["items"]) == 1


def test_admins_see_and_end_the_sessions_of_users(api: Api) -> None:
    add_user(api, "Rep")
    rep, admin = signed_in(api, 2, "rep@example.com"), signed_in(api)
    assert rep.get("/app/api/users/1/sessions").status == 403
    assert rep.delete("/app/api/users/1/sessions").status == 403
    assert len(admin.get("/app/api/users/2/sessions").body["items"]) == 1
    assert admin.delete("/app/api/users/2/sessions").body == {"user_id": 2}
    assert rep.session()["user"] is None
    assert admin.get("/app/api/users/99/sessions").status == 404


def test_a_session_that_awaits_a_code_is_not_listed(api: Api) -> None:
    from tests.server.app.test_second_factor import set_up

    browser = signed_in(api)
    set_up(browser)
    AppBrowser(api).sign_in()
    assert len(browser.get("/app/api/sessions").body["items"]) == 1


def token_in(message: Message) -> str:
    content = message.get_payload(decode=True)
    assert isinstance(content, bytes)
    text = content.decode()
    return parse_qs(urlsplit(next(line for line in text.splitlines() if line.startswith("http"))).query)["token"][0]


def test_an_invitation_is_mailed_where_mail_can_be_sent(api: Api, mail_server: FakeMailServer) -> None:
    add_user(api, "Rep")
    answer = signed_in(api).post("/app/api/users/2/invitation")
    assert answer.body["mailed"] is True
    run_due.run_due(api.companies)
    [message] = mail_server.sent
    assert (message["To"], message["From"]) == ("rep@example.com", "CRM <crm@example.com>")
    parsed = email.message_from_bytes(message.as_bytes())
    token = token_in(parsed)
    # A link of its own: the one that the admin has is not in the queue of jobs either.
    assert token not in answer.body["link"]
    set_by_link(api, token)


def test_mail_that_is_refused_is_given_up_and_nobody_else_waits(api: Api, mail_server: FakeMailServer) -> None:
    add_user(api, "Rep")
    mail_server.refuses = True
    token = invite(signed_in(api), 2)
    run_due.run_due(api.companies)
    assert mail_server.sent == []
    set_by_link(api, token)


def test_names_in_mail_add_no_headers(api: Api, mail_server: FakeMailServer) -> None:
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        from dealwright.crm.kernel import records
        from dealwright.crm.team.model import USER

        records.update(crm, USER, crm.actor, {"name": "Ada\r\nBcc: evil@example.com"})
        crm.invalidate_company_data()
    add_user(api, "Rep")
    signed_in(api).post("/app/api/users/2/invitation")
    run_due.run_due(api.companies)
    [message] = mail_server.sent
    assert message["Bcc"] is None
    assert "Ada Bcc: evil@example.com gives you access" in str(message.get_payload())


def test_links_are_for_their_own_company(api: Api) -> None:
    from tests.server.app.test_session import add_second_company

    set_password(api)
    second = add_second_company(api)
    token = sign_in_links.create(api.companies.platform, UserRef(api.principal.company.id, 1), "password", api.clock())
    browser = set_by_link(api, token)
    assert [company["name"] for company in browser.session()["companies"]] == ["Tests"]
    # The password there is what it was.
    there = AppBrowser(api)
    assert [company["id"] for company in there.sign_in().body["companies"]] == [second.company_id]
