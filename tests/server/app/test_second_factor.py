"""Second factors: set up, asked for, used once, required by a company, and lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
import sqlalchemy as sa

from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import second_factors, sign_in_links
from dealwright.storage.platform_tables import recovery_codes
from dealwright.storage.platform_tables import second_factors as factors_table
from tests import form_browser
from tests.api import Api, Response
from tests.app_browser import EMAIL, PASSWORD, AppBrowser, set_password, signed_in
from tests.company import add_user
from tests.oauth import Client
from tests.server.app.test_session import add_second_company

SECOND_FACTOR = "/app/api/second-factor"


class Phone:
    """An app for codes."""

    def __init__(self, api: Api, secret: str) -> None:
        self.api = api
        self.totp = pyotp.TOTP(secret)

    def code(self, steps: int = 0) -> str:
        return self.totp.generate_otp(int(self.api.clock().timestamp()) // second_factors.STEP_SECONDS + steps)

    def next_code(self) -> str:
        """Waits for a code that has not been used yet."""
        self.api.clock.advance(seconds=30)
        return self.code()


def set_up(browser: AppBrowser) -> tuple[Phone, list[str]]:
    """Switches a second factor on; returns what makes its codes, and the recovery codes."""
    new = browser.post(SECOND_FACTOR, {"password": PASSWORD})
    assert new.status == 200, new.body
    phone = Phone(browser.api, new.body["secret"])
    confirmed = browser.post(f"{SECOND_FACTOR}/confirmation", {"code": phone.code()})
    assert confirmed.status == 200, confirmed.body
    return phone, confirmed.body["recovery_codes"]


def wrong_code(answer: Response) -> bool:
    return (answer.status, set(answer.body["error"].get("fields", {}))) == (400, {"code"})


def test_a_second_factor_is_set_up_and_asked_for(api: Api) -> None:
    browser = signed_in(api)
    assert browser.get(SECOND_FACTOR).body == {"is_on": False, "is_required": False, "recovery_codes_left": 0}
    new = browser.post(SECOND_FACTOR, {"password": PASSWORD}).body
    assert new["uri"].startswith("otpauth://totp/Dealwright%20Tests:ada%40example.com?secret=")
    assert AppBrowser(api).sign_in().status == 200
    phone = Phone(api, new["secret"])
    assert wrong_code(browser.post(f"{SECOND_FACTOR}/confirmation", {"code": "000000"}))
    codes = browser.post(f"{SECOND_FACTOR}/confirmation", {"code": f"{phone.code()[:3]} {phone.code()[3:]}"})
    assert len(set(codes.body["recovery_codes"])) == 10
    assert browser.get(SECOND_FACTOR).body == {"is_on": True, "is_required": False, "recovery_codes_left": 10}
    assert browser.post(SECOND_FACTOR, {"password": PASSWORD}).status == 409

    other = AppBrowser(api)
    needed = other.sign_in()
    assert (needed.status, needed.body["error"]["code"]) == (401, "second_factor")
    session = other.session()
    assert (session["user"], session["sign_in"]["second_factor"]) == (None, True)
    assert other.get("/v1/deals").status == 401
    assert other.get("/app/api/sessions").status == 401
    assert wrong_code(other.sign_in(code="123456"))
    signed = other.sign_in(code=phone.next_code())
    assert (signed.status, signed.body["user"]["id"], signed.body["sign_in"]["second_factor"]) == (200, 1, False)


def test_a_code_may_come_alone_after_the_password(api: Api) -> None:
    phone, _ = set_up(signed_in(api))
    for body in ({"code": "next"}, {"email": "", "password": "", "code": "next"}):
        browser = AppBrowser(api)
        browser.sign_in()
        before = dict(browser.cookies)
        assert wrong_code(browser.post("/app/api/session", body | {"code": "000000"}))
        answer = browser.post("/app/api/session", body | {"code": phone.next_code()})
        assert (answer.status, answer.body["user"]["id"]) == (200, 1)
        assert browser.cookies != before
    stranger = AppBrowser(api)
    stranger.session()
    assert stranger.post("/app/api/session", {"code": phone.next_code()}).status == 401


def test_a_session_awaits_a_code_for_minutes_only(api: Api) -> None:
    phone, _ = set_up(signed_in(api))
    browser = AppBrowser(api)
    browser.sign_in()
    api.clock.advance(minutes=10)
    assert browser.session()["sign_in"]["second_factor"] is False
    assert browser.post("/app/api/session", {"code": phone.code()}).status == 401


def test_a_code_works_once(api: Api) -> None:
    phone, _ = set_up(signed_in(api))
    # The one with which it was switched on has been used, too.
    assert wrong_code(AppBrowser(api).sign_in(code=phone.code()))
    code = phone.next_code()
    assert AppBrowser(api).sign_in(code=code).status == 200
    assert wrong_code(AppBrowser(api).sign_in(code=code))
    # Neither is one from before it good any more.
    assert wrong_code(AppBrowser(api).sign_in(code=phone.code(-1)))
    assert AppBrowser(api).sign_in(code=phone.code(1)).status == 200
    api.clock.advance(minutes=2)
    assert wrong_code(AppBrowser(api).sign_in(code=phone.code(-2)))
    assert wrong_code(AppBrowser(api).sign_in(code=phone.code(2)))


def test_of_many_that_use_a_code_at_once_one_is_signed_in(api: Api) -> None:
    phone, _ = set_up(signed_in(api))
    code = phone.next_code()
    browsers = [AppBrowser(api) for _ in range(4)]
    for browser in browsers:
        browser.session()
    with ThreadPoolExecutor(4) as threads:
        statuses = threads.map(lambda browser: browser.sign_in(code=code).status, browsers)
        assert sorted(statuses) == [200, 400, 400, 400]


def test_a_recovery_code_works_once(api: Api) -> None:
    browser = signed_in(api)
    _, codes = set_up(browser)
    assert AppBrowser(api).sign_in(code=codes[0].lower().replace("-", " ")).status == 200
    assert wrong_code(AppBrowser(api).sign_in(code=codes[0]))
    assert browser.get(SECOND_FACTOR).body["recovery_codes_left"] == 9
    renewed = browser.post(f"{SECOND_FACTOR}/recovery-codes", {"password": PASSWORD}).body["recovery_codes"]
    assert not set(renewed) & set(codes)
    assert wrong_code(AppBrowser(api).sign_in(code=codes[1]))
    assert AppBrowser(api).sign_in(code=renewed[1]).status == 200


def test_what_is_stored_is_no_use_to_who_reads_it(api: Api) -> None:
    phone, codes = set_up(signed_in(api))
    with api.companies.platform.database.read() as db:
        [sealed] = db.values(sa.select(factors_table.c.sealed_secret))
        hashes = db.values(sa.select(recovery_codes.c.code_hash))
    assert phone.totp.secret not in sealed
    assert api.companies.platform.cipher.decrypt(sealed) == phone.totp.secret
    assert not [code for code in codes for stored in hashes if code.replace("-", "") in stored.upper()]


def test_wrong_codes_lock_the_account_whatever_password_comes_between(api: Api) -> None:
    phone, codes = set_up(signed_in(api))
    for _ in range(second_factors.MAX_FAILURES):
        assert wrong_code(AppBrowser(api).sign_in(code="000000"))
        AppBrowser(api).sign_in()
    for code in (phone.next_code(), codes[0]):
        locked = AppBrowser(api).sign_in(code=code)
        assert (locked.status, locked.body["error"]["code"]) == (429, "too_many")
        assert int(locked.headers["retry-after"]) > 0
    api.clock.advance(minutes=15)
    assert AppBrowser(api).sign_in(code=phone.next_code()).status == 200


def test_a_link_asks_for_the_code_too(api: Api) -> None:
    phone, _ = set_up(signed_in(api))
    owner = UserRef(api.principal.company.id, 1)
    token = sign_in_links.create(api.companies.platform, owner, "sign_in", api.clock())
    browser = AppBrowser(api)
    browser.session()
    needed = browser.post("/app/api/session/link", {"token": token})
    assert (needed.status, needed.body["error"]["code"]) == (401, "second_factor")
    assert browser.session()["user"] is None
    assert browser.post("/app/api/session", {"code": phone.next_code()}).body["user"]["id"] == 1


def test_the_second_factor_of_one_company_opens_no_other(api: Api) -> None:
    set_password(api)
    browser = AppBrowser(api)
    browser.sign_in()
    phone, _ = set_up(browser)
    second = add_second_company(api)
    there = AppBrowser(api)
    there.session()
    api.clock.advance(seconds=30)
    both = AppBrowser(api)
    assert len(both.sign_in(code=phone.code()).body["companies"]) == 2
    both.patch("/app/api/session", {"company_id": second.company_id})
    other_phone, _ = set_up(both)
    names = [company["name"] for company in AppBrowser(api).sign_in(code=phone.next_code()).body["companies"]]
    assert names == ["Tests"]
    names = [company["name"] for company in AppBrowser(api).sign_in(code=other_phone.code()).body["companies"]]
    assert names == ["Second"]


def test_oauth_pages_ask_for_the_code(api: Api) -> None:
    phone, _ = set_up(signed_in(api))
    client, browser = Client(api), form_browser.in_process(api)

    def open_page() -> form_browser.Page:
        return browser.get("/oauth/authorize", **client.authorization_params())

    page = browser.submit(open_page().form("/oauth/login"), email=EMAIL, password=PASSWORD)
    page = browser.send("GET", page.location)
    assert "Enter the code" in page.text
    assert "Allow" not in page.text
    refused = browser.submit(page.form("/oauth/code"), code="000000")
    assert (refused.status, "wrong" in refused.text) == (401, True)
    assert browser.submit(page.form("/oauth/code"), code=phone.next_code(), form_token="x").status == 403
    before = dict(browser.cookies)
    page = browser.submit(page.form("/oauth/code"), code=phone.next_code())
    assert browser.cookies != before
    assert "Allow" in browser.send("GET", page.location).text
    for _ in range(second_factors.MAX_FAILURES - 1):
        again = form_browser.in_process(api)
        page = again.get("/oauth/authorize", **client.authorization_params())
        page = again.send("GET", again.submit(page.form("/oauth/login"), email=EMAIL, password=PASSWORD).location)
        last = again.submit(page.form("/oauth/code"), code="000000")
    assert last.status == 401
    assert again.submit(page.form("/oauth/code"), code=phone.next_code()).status == 429
    page = again.send("GET", again.submit(page.form("/oauth/logout")).location)
    assert "Log in" in page.text


def test_a_company_may_ask_for_it(api: Api) -> None:
    add_user(api, "Rep")
    admin, rep = signed_in(api), signed_in(api, 2, "rep@example.com")
    rules = "/app/api/sign-in-rules"
    assert rep.patch(rules, {"second_factor_required": True}).status == 403
    # An admin without one would lock everybody out, beginning with the admin.
    assert admin.patch(rules, {"second_factor_required": True}).status == 409
    set_up(admin)
    assert admin.patch(rules, {"second_factor_required": True}).body == {"second_factor_required": True}
    session = rep.session()
    assert (session["user"]["id"], session["sign_in"]["second_factor_missing"]) == (2, True)
    for method, path in (("GET", "/v1/deals"), ("POST", "/api/v2/deals"), ("GET", "/app/api/sessions"), ("GET", rules)):
        refused = rep.send(method, path, {"title": "x"} if method == "POST" else None)
        assert refused.status == 403, path
        assert "second factor" in refused.error
    client, page_browser = Client(api), form_browser.in_process(api)
    page_browser.cookies = rep.cookies
    assert "asks for a second factor" in page_browser.get("/oauth/authorize", **client.authorization_params()).text
    assert rep.get(SECOND_FACTOR).body["is_required"]
    set_up(rep)
    assert rep.session()["sign_in"]["second_factor_missing"] is False
    assert rep.get("/v1/deals").status == 200
    assert rep.post(f"{SECOND_FACTOR}/removal", {"password": PASSWORD}).status == 409
    assert admin.patch(rules, {"second_factor_required": False}).status == 200
    assert rep.post(f"{SECOND_FACTOR}/removal", {"password": PASSWORD}).body["is_on"] is False
    assert AppBrowser(api).sign_in("rep@example.com").status == 200


def test_who_has_come_by_a_link_can_set_up_what_the_company_asks_for(api: Api) -> None:
    add_user(api, "Rep")
    admin = signed_in(api)
    set_up(admin)
    admin.patch("/app/api/sign-in-rules", {"second_factor_required": True})
    owner = UserRef(api.principal.company.id, 2)
    token = sign_in_links.create(api.companies.platform, owner, "sign_in", api.clock())
    browser = AppBrowser(api)
    browser.session()
    session = browser.post("/app/api/session/link", {"token": token}).body
    assert session["sign_in"]["second_factor_missing"] is True
    # Another company may ask for nothing.
    assert browser.patch("/app/api/session", {"company_id": owner.company_id}).status == 200
    assert browser.get("/v1/deals").status == 403
    assert browser.put("/app/api/password", {"password": PASSWORD}).status == 200
    set_up(browser)
    assert browser.get("/v1/deals").status == 200


def test_an_admin_helps_who_has_lost_it(api: Api) -> None:
    add_user(api, "Rep")
    admin, rep = signed_in(api), signed_in(api, 2, "rep@example.com")
    set_up(rep)
    assert rep.delete("/app/api/users/1/second-factor").status == 403
    assert rep.delete("/app/api/users/2/second-factor").status == 403
    assert admin.delete("/app/api/users/2/second-factor").body["is_on"] is False
    assert rep.session()["user"] is None
    assert AppBrowser(api).sign_in("rep@example.com").status == 200
    assert admin.delete("/app/api/users/99/second-factor").status == 404


def test_changes_ask_for_the_password(api: Api) -> None:
    browser = signed_in(api)
    for path in (SECOND_FACTOR, f"{SECOND_FACTOR}/recovery-codes", f"{SECOND_FACTOR}/removal"):
        answer = browser.post(path, {"password": "wrong password"})
        assert (answer.status, answer.body["error"]["fields"]) == (400, {"password": "is wrong"})
    for _ in range(10):
        last = browser.post(SECOND_FACTOR, {"password": "wrong password"})
    assert last.status == 429
    assert browser.post(SECOND_FACTOR, {"password": PASSWORD}).status == 429
    api.clock.advance(minutes=15)
    assert browser.post(f"{SECOND_FACTOR}/recovery-codes", {"password": PASSWORD}).status == 409
    assert browser.post(f"{SECOND_FACTOR}/confirmation", {"code": "000000"}).status == 409


def test_who_has_no_password_sets_one_first(api: Api) -> None:
    owner = UserRef(api.principal.company.id, 1)
    token = sign_in_links.create(api.companies.platform, owner, "sign_in", api.clock())
    browser = AppBrowser(api)
    browser.session()
    browser.post("/app/api/session/link", {"token": token})
    assert browser.post(SECOND_FACTOR, {"password": ""}).status == 409
    assert browser.put("/app/api/password", {"password": PASSWORD}).status == 200
    set_up(browser)


def test_switching_it_on_ends_other_sessions(api: Api) -> None:
    browser, other = signed_in(api), AppBrowser(api)
    other.sign_in()
    set_up(browser)
    assert other.session()["user"] is None
    assert browser.session()["user"]["id"] == 1


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_awkward_codes_are_wrong_codes(api: Api) -> None:
    set_up(signed_in(api))
    for code in (" ", "-", "\u0661\u0662\u0663\u0664\u0665\u0666", "1" * 64, "A" * 16, "\U0001f600", "12345"):
        answer = AppBrowser(api).sign_in(code=code)
        assert answer.status in (400, 401, 429)
        api.clock.advance(minutes=15)
