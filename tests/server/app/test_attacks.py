"""Attacks on sessions and pages. Each is tried twice: on the server as it is, where it must fail, and without the protection that is
meant to stop it, where it must succeed; so none of them passes for another reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins, second_factors, sessions, sign_in_links
from dealwright.server import admission, browser_session, headers, responses, urls, web_app
from dealwright.server.admission import Admissions
from dealwright.server.application import Application
from dealwright.server.browser_session import BrowserSession
from dealwright.server.requests import Request
from dealwright.server.web_app import WebApp
from dealwright.storage import platform_tables
from dealwright.storage.platform import hash_secret
from tests.api import Api, Response
from tests.app_browser import PASSWORD, AppBrowser, set_password, signed_in
from tests.company import add_user
from tests.server.app.test_passwords import NEW
from tests.server.app.test_second_factor import set_up
from tests.server.app.test_session import add_second_company

HTML = {"accept": "text/html"}
FOREIGN = "https://evil.example"
Weaken = Callable[[pytest.MonkeyPatch], None]


class Attack(NamedTuple):
    """What an attacker does, which returns whether it worked, and what takes the protection away."""

    run: Callable[[Api], bool]
    weaken: Weaken


ATTACKS: dict[str, Attack] = {}


def attack(weaken: Weaken) -> Callable[[Callable[[Api], bool]], Callable[[Api], bool]]:
    def register(run: Callable[[Api], bool]) -> Callable[[Api], bool]:
        ATTACKS[run.__name__] = Attack(run, weaken)
        return run

    return register


def replaced(target: Any, name: str, value: Any) -> Weaken:
    return lambda patch: patch.setattr(target, name, value)


@pytest.fixture
def attacked(api: Api, tmp_path: Path) -> Iterator[Api]:
    """Yields the server with a built web app."""
    (tmp_path / "static" / "assets").mkdir(parents=True)
    (tmp_path / "static" / "index.html").write_text("<!doctype html><title>Dealwright</title>")
    (tmp_path / "static" / "assets" / "a-1.js").write_text("1")
    (tmp_path / "secret.key").write_text("secret")
    app = Application(api.companies, web_app=WebApp(tmp_path / "static"))
    yield Api(app, api.clock, api.principal)
    app.close()


def titles(api: Api) -> list[str]:
    return [deal["title"] for deal in api.get("/v1/deals").data or []]


def page(api: Api, path: str, **query: object) -> Response:
    return api.send("GET", path, headers=HTML, query=query)


# Sessions.


def keep_secret(patch: pytest.MonkeyPatch) -> None:
    """Has signing in keep the cookie that the browser had before."""

    def start(platform: Any, users: Any, now: Any, browser: Any, _company_id: Any) -> str:
        sessions._insert(platform, FIXED["secret"], users, now, browser, sessions.LIFETIME)
        return FIXED["secret"]

    patch.setattr(sessions, "start", start)


FIXED = {"secret": ""}


@attack(keep_secret)
def session_fixation(api: Api) -> bool:
    """The attacker gives the victim's browser a cookie, and waits until the victim signs in."""
    set_password(api)
    attacker, victim = AppBrowser(api), AppBrowser(api)
    attacker.session()
    FIXED["secret"] = attacker.cookies["dealwright"]
    victim.cookies = dict(attacker.cookies)
    victim.sign_in()
    return attacker.session()["user"] is not None


@attack(replaced(BrowserSession, "log_out", lambda _self, **_: None))
def a_stolen_cookie_after_signing_out(api: Api) -> bool:
    victim, attacker = signed_in(api), AppBrowser(api)
    attacker.cookies = dict(victim.cookies)
    victim.delete("/app/api/session")
    return attacker.session()["user"] is not None


@attack(replaced(sessions, "end_all", lambda *_, **__: None))
def a_stolen_cookie_after_signing_out_everywhere(api: Api) -> bool:
    thief, victim = signed_in(api), AppBrowser(api)
    victim.sign_in()
    victim.delete("/app/api/session", everywhere="true")
    return thief.session()["user"] is not None


def keep_sessions(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sessions, "delete", lambda *_: 0)


@attack(keep_sessions)
def a_stolen_session_after_the_password_was_changed(api: Api) -> bool:
    thief, victim = signed_in(api), AppBrowser(api)
    victim.sign_in()
    victim.put("/app/api/password", {"current_password": PASSWORD, "password": NEW})
    return thief.session()["user"] is not None


@attack(replaced(sessions, "LIFETIME", sessions.LIFETIME * 1000))
def a_cookie_from_last_week(api: Api) -> bool:
    browser = signed_in(api)
    api.clock.advance(days=7)
    return browser.get("/v1/deals").status == 200


def ignore_activity(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("dealwright.crm.team.model.User.is_enabled", True)


@attack(ignore_activity)
def the_session_of_a_user_who_was_deactivated(api: Api) -> bool:
    add_user(api, "Rep")
    browser = signed_in(api, 2, "rep@example.com")
    api.put("/v1/users/2", {"active_flag": False})
    return browser.get("/v1/deals").status == 200 or browser.get("/app/api/sessions").status == 200


@attack(replaced(Admissions, "_require_active", lambda *_: None))
def what_needs_no_unit_of_work_for_a_user_who_was_deactivated(api: Api) -> bool:
    add_user(api, "Rep")
    browser = signed_in(api, 2, "rep@example.com")
    api.put("/v1/users/2", {"active_flag": False})
    return browser.get("/app/api/sessions").status == 200


@attack(replaced(sessions, "is_of_user", lambda _owner: platform_tables.browser_sessions.c.id > 0))
def ending_the_session_of_another_user_by_its_number(api: Api) -> bool:
    add_user(api, "Rep")
    victim, attacker = signed_in(api), AppBrowser(api)
    set_password(api, 2, "rep@example.com")
    victim.sign_in()
    attacker.sign_in("rep@example.com")
    for id in range(1, 10):
        attacker.delete(f"/app/api/sessions/{id}")
    return victim.session()["user"] is None


# Requests that other sites make the victim's browser send.


@attack(replaced(BrowserSession, "may_write", lambda _self: True))
def a_write_without_the_csrf_token(api: Api) -> bool:
    victim = signed_in(api)
    return victim.send("POST", "/api/v2/deals", {"title": "Forged"}, headers={"x-csrf-token": None}).status == 200


@attack(replaced(BrowserSession, "check_csrf_token", lambda *_: True))
def a_write_with_a_wrong_csrf_token(api: Api) -> bool:
    victim, attacker = signed_in(api), AppBrowser(api)
    attacker.session()
    tokens = ("", "0" * 64, attacker.csrf_token, "\u00e9")
    sent = [
        victim.send("PATCH", "/app/api/session", {"company_id": 1}, headers={"x-csrf-token": token}) for token in tokens
    ]
    return any(answer.status == 200 for answer in sent)


def anywhere(patch: pytest.MonkeyPatch) -> None:
    for module in (browser_session, admission):
        patch.setattr(module, "is_same_origin", lambda _request: True)


@attack(anywhere)
def a_write_from_another_origin(api: Api) -> bool:
    victim = signed_in(api)
    hostile: tuple[dict[str, str | None], ...] = (
        {"origin": FOREIGN},
        {"origin": "null"},
        {"origin": "http://localhost.evil.example"},
        {"origin": "http://localhost:81"},
        {"origin": "https://localhost"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    )
    for more in hostile:
        victim.send("POST", "/v1/deals", {"title": "Forged"}, headers=more)
        victim.send("DELETE", "/app/api/session", headers=more)
    return "Forged" in titles(api) or victim.session()["user"] is None


@attack(anywhere)
def reading_from_another_origin(api: Api) -> bool:
    victim = signed_in(api)
    paths = ("/app/api/session", "/app/api/sessions", "/app/api/changes", "/v1/deals")
    return any(victim.send("GET", path, headers={"origin": FOREIGN}).status == 200 for path in paths)


@attack(replaced(BrowserSession, "may_write", lambda _self: True))
def the_cookie_alone_at_the_public_api(api: Api) -> bool:
    victim = signed_in(api)
    calls = (("GET", "/v1/deals"), ("GET", "/api/v2/deals"), ("GET", "/api/v1/users/me"), ("POST", "/v1/deals"))
    return any(
        victim.send(method, path, {"title": "x"} if method == "POST" else None, headers={"x-csrf-token": None}).status
        < 400
        for method, path in calls
    )


@attack(replaced(BrowserSession, "may_write", lambda _self: True))
def signing_the_victim_in_as_the_attacker(api: Api) -> bool:
    """A form of another site: it brings neither the cookie nor the token."""
    set_password(api)
    answer = api.send(
        "POST", "/app/api/session", b'{"email": "ada@example.com", "password": "a good pass phrase"}', headers={}
    )
    return answer.status == 200


def allow_credentials(patch: pytest.MonkeyPatch) -> None:
    more = ((b"access-control-allow-credentials", b"true"), (b"access-control-allow-origin", FOREIGN.encode()))
    patch.setattr("dealwright.server.cors.RESPONSE_HEADERS", more)


@attack(allow_credentials)
def reading_answers_with_the_cookie_by_cors(api: Api) -> bool:
    victim = signed_in(api)
    for path in ("/v1/deals", "/api/v2/deals", "/app/api/session"):
        found = victim.get(path).headers
        if found.get("access-control-allow-credentials") or found.get("access-control-allow-origin", "*") != "*":
            return True
    return False


def honour_override(patch: pytest.MonkeyPatch) -> None:
    admit = Admissions.admit

    def overridden(self: Admissions, request: Any, *rest: Any) -> Any:
        request.method = (request.header(b"x-http-method-override") or request.method).upper()
        return admit(self, request, *rest)

    patch.setattr(Admissions, "admit", overridden)


@attack(honour_override)
def another_method_than_the_one_that_was_sent(api: Api) -> bool:
    """A link is enough for a GET."""
    id = api.post("/api/v2/deals", {"title": "Deal"}).data["id"]
    headers = [(b"x-api-token", api.token.encode()), (b"x-http-method-override", b"DELETE")]
    for query in (b"", b"_method=DELETE"):
        scope = {"method": "GET", "path": f"/v1/deals/{id}", "query_string": query, "headers": headers}
        # Not by way of the client of the tests, which knows what a GET answers.
        api.app.respond(Request(scope))
    return titles(api) == []


# Links.


def reusable_links(patch: pytest.MonkeyPatch) -> None:
    def use(platform: Any, token: str, purpose: Any, now: Any) -> UserRef | None:
        columns = platform_tables.sign_in_links.c
        with platform.database.read() as db:
            statement = sa.select(columns.company_id, columns.user_id)
            row = db.row(statement.where(columns.token_hash == hash_secret(token)))
        return UserRef(*row) if row else None

    patch.setattr(sign_in_links, "use", use)


def follow(api: Api, token: str) -> AppBrowser:
    browser = AppBrowser(api)
    browser.session()
    browser.post("/app/api/session/link", {"token": token})
    return browser


def link_for_admin(api: Api, purpose: sign_in_links.Purpose = "sign_in") -> str:
    owner = UserRef(api.principal.company.id, 1)
    return sign_in_links.create(api.companies.platform, owner, purpose, api.clock())


@attack(reusable_links)
def a_link_that_was_used(api: Api) -> bool:
    token = link_for_admin(api)
    follow(api, token)
    return follow(api, token).session()["user"] is not None


@attack(reusable_links)
def a_link_that_has_expired(api: Api) -> bool:
    token = link_for_admin(api)
    api.clock.advance(hours=1)
    return follow(api, token).session()["user"] is not None


@attack(reusable_links)
def a_link_for_a_password_as_a_way_in(api: Api) -> bool:
    return follow(api, link_for_admin(api, "password")).session()["user"] is not None


def any_company(patch: pytest.MonkeyPatch) -> None:
    start = sessions.start
    everybody = [UserRef(1, 1), UserRef(2, 1)]
    patch.setattr(sessions, "start", lambda platform, _users, *rest: start(platform, everybody, *rest))


@attack(any_company)
def a_link_for_one_company_in_another(api: Api) -> bool:
    set_password(api)
    second = add_second_company(api)
    browser = follow(api, link_for_admin(api))
    browser.patch("/app/api/session", {"company_id": second.company_id})
    return bool(browser.get("/v1/users/me").data["company_name"] == "Second")


# Guessing.


def unlimited(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(logins, "MAX_FAILURES_PER_ACCOUNT", 10**6)
    patch.setattr(logins, "MAX_FAILURES_PER_ADDRESS", 10**6)
    patch.setattr(second_factors, "MAX_FAILURES", 10**6)


@attack(unlimited)
def guessing_a_password_until_it_is_right(api: Api) -> bool:
    set_password(api)
    browser = AppBrowser(api)
    for _ in range(20):
        browser.sign_in(password="wrong password")
    return browser.sign_in().status == 200


@attack(unlimited)
def guessing_at_many_accounts_from_one_address(api: Api) -> bool:
    set_password(api)
    browser = AppBrowser(api)
    browser.session()
    for number in range(110):
        browser.post("/app/api/session", {"email": f"user{number}@example.com", "password": "a common one"})
    return browser.sign_in().status == 200


@attack(unlimited)
def guessing_a_code_with_the_right_password(api: Api) -> bool:
    phone, _ = set_up(signed_in(api))
    browser = AppBrowser(api)
    for _ in range(20):
        browser.sign_in(code="000000")
        browser.sign_in()
    return browser.sign_in(code=phone.next_code()).status == 200


@attack(replaced(second_factors, "owners", lambda *_: []))
def a_password_without_the_second_factor(api: Api) -> bool:
    set_up(signed_in(api))
    browser = AppBrowser(api)
    browser.sign_in()
    return browser.get("/v1/deals").status == 200 or browser.session()["user"] is not None


def forget_steps(patch: pytest.MonkeyPatch) -> None:
    use = second_factors._use_code

    def use_again(platform: Any, db: Any, owner: UserRef, *rest: Any) -> bool:
        factors = platform_tables.second_factors
        db.execute(sa.update(factors).values(last_step=None))
        return use(platform, db, owner, *rest)

    patch.setattr(second_factors, "_use_code", use_again)


@attack(forget_steps)
def a_code_that_somebody_has_watched(api: Api) -> bool:
    phone, _ = set_up(signed_in(api))
    code = phone.next_code()
    AppBrowser(api).sign_in(code=code)
    return AppBrowser(api).sign_in(code=code).status == 200


def keep_recovery_codes(patch: pytest.MonkeyPatch) -> None:
    def find(db: Any, owner: UserRef, code: str) -> bool:
        codes = platform_tables.recovery_codes
        statement = sa.select(codes.c.code_hash)
        return db.row(statement.where(codes.c.code_hash == hash_secret(code))) is not None

    patch.setattr(second_factors, "_use_recovery_code", find)


@attack(keep_recovery_codes)
def a_recovery_code_from_the_waste_paper(api: Api) -> bool:
    _, codes = set_up(signed_in(api))
    AppBrowser(api).sign_in(code=codes[0])
    return AppBrowser(api).sign_in(code=codes[0]).status == 200


@attack(replaced(admission, "_require_second_factor", lambda _browser: None))
def doing_without_a_second_factor_that_the_company_asks_for(api: Api) -> bool:
    add_user(api, "Rep")
    admin, rep = signed_in(api), signed_in(api, 2, "rep@example.com")
    set_up(admin)
    admin.patch("/app/api/sign-in-rules", {"second_factor_required": True})
    return rep.get("/v1/deals").status == 200 or rep.get("/app/api/sessions").status == 200


def no_confirmation(patch: pytest.MonkeyPatch) -> None:
    for module in ("second_factor", "password"):
        patch.setattr(f"dealwright.server.app.team.{module}.confirm", lambda *_: None)


@attack(no_confirmation)
def taking_an_account_over_from_a_session_left_open(api: Api) -> bool:
    victim = signed_in(api)
    set_up(victim)
    removal = victim.post("/app/api/second-factor/removal", {"password": "guessed it"})
    change = victim.put("/app/api/password", {"current_password": "guessed it", "password": NEW})
    return removal.status == 200 or change.status == 200


def anybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("dealwright.crm.kernel.access.require_admin", lambda *_: None)


@attack(anybody)
def inviting_an_admin_to_set_a_password_that_one_knows(api: Api) -> bool:
    add_user(api, "Rep")
    rep = signed_in(api, 2, "rep@example.com")
    return rep.post("/app/api/users/1/invitation").status == 200


# Pages and headers.


def without(name: bytes) -> Weaken:
    kept = tuple(header for header in web_app.SECURITY_HEADERS if header[0] != name)
    return replaced(web_app, "SECURITY_HEADERS", kept)


def without_frames(patch: pytest.MonkeyPatch) -> None:
    kept = tuple(
        header
        for header in web_app.SECURITY_HEADERS
        if header[0] not in (b"content-security-policy", b"x-frame-options")
    )
    patch.setattr(web_app, "SECURITY_HEADERS", kept)


@attack(without_frames)
def clickjacking(api: Api) -> bool:
    for path in ("/", "/deals", "/sign-in", "/nothing", "/assets/a-1.js"):
        found = page(api, path).headers
        if "frame-ancestors 'none'" not in found.get("content-security-policy", "") or "x-frame-options" not in found:
            return True
    return False


@attack(without(b"content-security-policy"))
def a_script_of_the_attackers_in_a_page(api: Api) -> bool:
    policy = page(api, "/").headers.get("content-security-policy", "")
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    scripts = directives.get("script-src", directives.get("default-src", "*"))
    return scripts != "'self'" or "unsafe" in policy or directives.get("base-uri") != "'none'"


@attack(without(b"x-content-type-options"))
def a_file_that_a_browser_takes_for_a_script(api: Api) -> bool:
    return any(page(api, path).headers.get("x-content-type-options") != "nosniff" for path in ("/", "/assets/a-1.js"))


def no_nosniff(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(responses, "JSON_HEADERS", headers.JSON_HEADERS[:1])


@attack(no_nosniff)
def an_answer_that_a_browser_takes_for_a_page(api: Api) -> bool:
    victim = signed_in(api)
    answers = [victim.get(path) for path in ("/app/api/session", "/v1/deals", "/app/api/nothing")]
    return any(answer.headers.get("x-content-type-options") != "nosniff" for answer in answers)


@attack(without(b"cross-origin-opener-policy"))
def a_window_that_keeps_a_hand_on_the_page(api: Api) -> bool:
    return page(api, "/").headers.get("cross-origin-opener-policy") != "same-origin"


def cacheable(patch: pytest.MonkeyPatch) -> None:
    for module in (responses, admission):
        patch.setattr(module, "NO_STORE_HEADERS", ())


@attack(cacheable)
def reading_private_answers_from_a_cache(api: Api) -> bool:
    victim = signed_in(api)
    paths = ("/app/api/session", "/app/api/sessions", "/v1/deals", "/api/v2/deals", "/app/api/nothing")
    return any(victim.get(path).headers.get("cache-control") != "no-store" for path in paths)


@attack(replaced(web_app, "_is_own_path", lambda _address: True))
def an_open_redirect_after_signing_in(api: Api) -> bool:
    return any(
        page(api, "/sign-in", next=address).status == 200
        for address in (FOREIGN, "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)")
    )


def read_any_path(patch: pytest.MonkeyPatch) -> None:
    respond = WebApp.respond

    def from_disk(self: WebApp, request: Any) -> Any:
        [known] = [path for path in DISK if path.exists()]
        asked = (known / request.path.removeprefix("/")).resolve()
        if asked.is_file():
            return web_app._answer(200, asked.read_bytes(), "text/plain", ())
        return respond(self, request)

    patch.setattr(WebApp, "respond", from_disk)


DISK: list[Path] = []


@attack(read_any_path)
def a_path_out_of_the_folder(api: Api) -> bool:
    return any(
        api.send("GET", path, headers=HTML).body == b"secret"
        for path in ("/../secret.key", "/assets/../../secret.key", "/assets/a-1.js/../../../secret.key")
    )


def insecure_cookies(patch: pytest.MonkeyPatch) -> None:
    cookie = property(lambda self: ((b"set-cookie", f"dealwright={self.secret}; Path=/".encode()),))
    patch.setattr(BrowserSession, "cookie_headers", cookie)


@attack(insecure_cookies)
def reading_the_cookie_from_the_wire_or_a_script(api: Api) -> bool:
    behind_tls = AppBrowser(api, scheme="https")
    cookie = behind_tls.get("/app/api/session").headers["set-cookie"]
    return not re.fullmatch(r"__Host-dealwright=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Secure", cookie)


def trust_host(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(urls, "base_url", lambda: urls._base_url.get() or "")


@attack(trust_host)
def a_forged_host_in_the_link_of_an_invitation(api: Api) -> bool:
    add_user(api, "Rep")
    urls.set_public_url("https://crm.example.com")
    try:
        admin = AppBrowser(api, host="evil.example")
        set_password(api)
        admin.sign_in()
        answer = admin.post("/app/api/users/2/invitation")
        return "evil.example" in answer.body["link"]
    finally:
        urls.set_public_url(None)


@attack(anywhere)
def another_name_for_the_server_in_the_browser(api: Api) -> bool:
    """DNS rebinding: the page's own name leads to this server, so that the browser takes the two for one."""
    urls.set_public_url("https://crm.example.com")
    try:
        set_password(api)
        rebound = AppBrowser(api, host="evil.example", origin="http://evil.example")
        return rebound.get("/app/api/session").status == 200
    finally:
        urls.set_public_url(None)


@attack(replaced(logins, "_dummy_hash", lambda: ""))
def telling_by_the_answer_which_accounts_exist(api: Api) -> bool:
    set_password(api)
    verified: list[str] = []
    verify = logins._verify_password

    def record(password_hash: str, password: str) -> bool:
        verified.append(password_hash)
        return password_hash != "" and verify(password_hash, password)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logins, "_verify_password", record)
        known = AppBrowser(api).sign_in(password="wrong password")
        unknown = AppBrowser(api).sign_in("nobody@example.com", "wrong password")
    return known.body != unknown.body or "" in verified or len(verified) != 2


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_fails(attacked: Api, tmp_path: Path, name: str) -> None:
    DISK[:] = [tmp_path / "static"]
    assert not ATTACKS[name].run(attacked)


@pytest.mark.damaging
@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_succeeds_without_its_protection(
    attacked: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    DISK[:] = [tmp_path / "static"]
    ATTACKS[name].weaken(monkeypatch)
    assert ATTACKS[name].run(attacked)


def test_there_are_enough_of_them() -> None:
    assert len(ATTACKS) >= 20
