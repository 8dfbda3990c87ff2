"""Connections of a company: whose they are, what they may run, and how their tokens are got and renewed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import sqlalchemy as sa

from dealwright.connectors.grants import Grant
from dealwright.console import calls
from dealwright.console.calls import Ran, Wanted
from dealwright.console.company_store import REFRESH_LEASE
from dealwright.console.service import Console, find_console, open_console
from dealwright.crm.companies import Companies
from dealwright.crm.integration import connection_use, connections
from dealwright.server.application import Application
from dealwright.storage.tables import connections as connections_table
from tests.api import Api
from tests.app_browser import AppBrowser, signed_in
from tests.company import add_user, open_write
from tests.connectors.service import TOKEN, StubResponse
from tests.connectors.upstream import CLIENT_ID, CLIENT_SECRET, Upstream, run_upstream

ME = {
    "id": 7,
    "name": "Grace",
    "email": "grace@example.com",
    "company_id": 9,
    "company_name": "Harbour",
    "company_domain": "harbour",
}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with run_upstream() as upstream:
        upstream.access_tokens.add(TOKEN)
        yield upstream


@pytest.fixture(autouse=True)
def loopback(request: pytest.FixtureRequest) -> None:
    """Lets the server call this machine, where the other service is."""
    request.getfixturevalue("api").companies.webhook_reach = "loopback"


def add(api: Api, upstream: Upstream, name: str = "sales", **more: object) -> Any:
    body = {"name": name, "service": "server", "url": upstream.url, "token": TOKEN, **more}
    answer = api.post("/app/api/connections", body)
    assert answer.status == 200, answer.body
    return answer.body


def run(api: Api, id: int, name: str = "get_deals", **params: object) -> Any:
    body = {"connection_id": id, "version": "v2", "name": name, "params": params}
    return api.post("/app/api/runs", body)


def named(api: Api) -> dict[str, Any]:
    return {one["name"]: one for one in api.get("/app/api/connections").body["items"]}


def test_every_company_has_one_to_itself(api: Api) -> None:
    [here] = api.get("/app/api/connections").body["items"]
    assert (here["name"], here["service"], here["owner"], here["state"]) == ("This CRM", "here", None, "connected")
    assert (here["can_use"], here["can_change"], here["can_remove"]) == (True, True, False)
    assert api.delete(f"/app/api/connections/{here['id']}").status == 403
    assert api.patch(f"/app/api/connections/{here['id']}", {"name": "Ours"}).status == 400
    path = f"/app/api/connections/{here['id']}"
    assert api.patch(path, {"permits": {"kind": "read"}}).body["permits"] == {"kind": "read", "actions": []}
    ran = run(api, here["id"], "post_deals", data={"title": "Roof"}).body
    assert (ran["run"]["status"], ran["run"]["error"]["type"]) == ("refused", "NotPermitted")
    assert api.get("/api/v2/deals").data == []
    user = add_user(api, "Rita")
    assert not named(user)["This CRM"]["can_change"]
    assert user.patch(path, {"permits": {"kind": "all"}}).status == 403
    assert api.post(f"{path}/test").body["connection"]["account"]["user_name"] == "Ada Admin"


def test_a_connection_by_token_is_tested_and_used(api: Api, upstream: Upstream) -> None:
    made = add(api, upstream)
    assert (made["state"], made["owner"]["name"], made["url"]) == ("untested", "Ada Admin", upstream.url)
    upstream.planned_failures = [StubResponse(200, {"success": True, "data": ME})]
    tested = api.post(f"/app/api/connections/{made['id']}/test").body
    assert (tested["ok"], tested["message"]) == (True, "Grace at Harbour")
    assert tested["connection"]["state"] == "connected"
    assert tested["connection"]["account"]["company_domain"] == "harbour"
    ran = run(api, made["id"], "post_deals", data={"title": "Roof"}).body
    assert ran["answer"]["body"]["data"]["title"] == "Roof"
    assert ran["run"]["changes"] == 0
    assert "x-dealwright-run" not in upstream.api_requests[-1].headers
    budget = named(api)["sales"]["budget"]
    assert (budget["spent"], budget["requests"]) == (7, 2)
    assert api.post(f"/app/api/runs/{ran['run']['id']}/undo").status == 404
    with api.principal.company.database.read() as db:
        assert TOKEN not in str(db.rows(sa.select(connections_table)))
    api.clock.advance(days=1)
    assert named(api)["sales"]["budget"] is None


def test_a_token_that_is_refused_shows(api: Api, upstream: Upstream) -> None:
    made = add(api, upstream)
    upstream.access_tokens.clear()
    tested = api.post(f"/app/api/connections/{made['id']}/test").body
    assert not tested["ok"]
    assert tested["connection"]["state"] == "failing"
    assert "not accepted" in tested["connection"]["state_reason"]
    upstream.access_tokens.add("another-token-of-mine")
    changed = api.patch(f"/app/api/connections/{made['id']}", {"token": "another-token-of-mine"}).body
    assert changed["state"] == "untested"
    assert run(api, made["id"]).body["run"]["status"] == "ok"
    assert named(api)["sales"]["state"] == "connected"


def test_what_a_connection_may_run_is_held(api: Api, upstream: Upstream) -> None:
    chosen = add(api, upstream, permits={"kind": "chosen", "actions": ["v2.get_deals"]})
    assert run(api, chosen["id"]).body["run"]["status"] == "ok"
    sent = len(upstream.service.requests)
    refused = run(api, chosen["id"], "get_persons").body["run"]
    assert (refused["status"], refused["error"]["type"]) == ("refused", "NotPermitted")
    assert "not among the actions" in refused["error"]["message"]
    assert len(upstream.service.requests) == sent
    answer = api.patch(
        f"/app/api/connections/{chosen['id']}", {"permits": {"kind": "chosen", "actions": ["v2.get_dealz"]}}
    )
    assert answer.status == 400
    assert "did you mean v2.get_deals?" in answer.body["error"]["message"]
    assert api.patch(f"/app/api/connections/{chosen['id']}", {"permits": {"kind": "all"}}).status == 200
    assert run(api, chosen["id"], "get_persons").body["run"]["status"] == "ok"
    # A test says nothing of records, and needs no permission.
    api.patch(f"/app/api/connections/{chosen['id']}", {"permits": {"kind": "chosen", "actions": []}})
    upstream.planned_failures = [StubResponse(200, {"success": True, "data": ME})]
    assert api.post(f"/app/api/connections/{chosen['id']}/test").body["ok"]


def test_connections_are_private_unless_they_are_shared(api: Api, upstream: Upstream) -> None:
    rita, otto = add_user(api, "Rita"), add_user(api, "Otto")
    made = add(rita, upstream, "mine")
    path = f"/app/api/connections/{made['id']}"
    assert list(named(otto)) == ["This CRM"]
    for answer in (otto.get(path), otto.patch(path, {"name": "his"}), otto.delete(path), run(otto, made["id"])):
        assert answer.status == 404
    # An admin sees it, may remove it, and does not use it.
    seen = named(api)["mine"]
    assert (seen["can_use"], seen["can_change"], seen["can_remove"]) == (False, False, True)
    assert run(api, made["id"]).status == 404
    assert api.patch(path, {"is_shared": True}).status == 403
    assert rita.patch(path, {"is_shared": True, "name": "Ours"}).body["name"] == "Ours"
    assert run(otto, made["id"]).body["run"]["status"] == "ok"
    assert otto.patch(path, {"is_shared": False}).status == 403
    assert otto.delete(path).status == 403
    assert api.delete(path).status == 200
    assert list(named(rita)) == ["This CRM"]


def test_names_are_taken_once(api: Api, upstream: Upstream) -> None:
    add(api, upstream, "Sales")
    other = add(api, upstream, "Other")
    body = {"name": "sALES", "service": "server", "url": upstream.url, "token": TOKEN}
    assert api.post("/app/api/connections", body).status == 409
    assert api.patch(f"/app/api/connections/{other['id']}", {"name": "SALES"}).status == 409
    assert api.patch(f"/app/api/connections/{other['id']}", {"name": "OTHER"}).body["name"] == "OTHER"
    for name in ("", " x", "a\nb", "x" * 101):
        assert api.post("/app/api/connections", body | {"name": name}).status == 400


def test_a_server_calls_nothing_in_its_own_networks(api: Api, upstream: Upstream) -> None:
    made = add(api, upstream)
    api.companies.webhook_reach = "public"
    for url in ("http://127.0.0.1:9", "https://169.254.169.254", "https://10.1.2.3", "ftp://example.com", "nonsense"):
        body = {"name": "inside", "service": "server", "url": url, "token": TOKEN}
        answer = api.post("/app/api/connections", body)
        assert (answer.status, list(answer.body["error"]["fields"])) == (400, ["url"]), url
    # One that was allowed once is looked at again with each call.
    sent = len(upstream.service.requests)
    refused = run(api, made["id"]).body["run"]
    assert (refused["status"], refused["error"]["type"]) == ("refused", "UnusableConnection")
    assert len(upstream.service.requests) == sent
    consent = {"name": "oauth", "provider": upstream.url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    assert api.post("/app/api/connections/authorize", consent).status == 400


def test_a_token_goes_to_no_other_address(api: Api, upstream: Upstream) -> None:
    made = add(api, upstream)
    path = f"/app/api/connections/{made['id']}"
    with run_upstream() as other:
        assert api.patch(path, {"url": other.url}).status == 400
        assert api.patch(path, {"url": other.url, "token": "theirs"}).body["url"] == other.url
        other.access_tokens.add("theirs")
        assert run(api, made["id"]).body["run"]["status"] == "ok"
        assert other.api_requests[-1].headers["x-api-token"] == "theirs"


def ask(browser: AppBrowser, upstream: Upstream, **more: object) -> str:
    """Asks for a consent; returns the address of the page of the provider."""
    body = {"name": "sales", "provider": upstream.url, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    answer = browser.post("/app/api/connections/authorize", body | more)
    assert answer.status == 200, answer.body
    return str(answer.body["url"])


def come_back(browser: AppBrowser, address: str) -> dict[str, str]:
    """Follows the provider back to this server; returns what the page of connections is told."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    # A browser says that it comes from another site.
    answer = browser.send("GET", parts.path, query=query, headers={"sec-fetch-site": "cross-site"})
    assert answer.status == 303, answer.body
    target = urlsplit(answer.headers["location"])
    assert target.path == "/connections"
    assert answer.headers["cache-control"] == "no-store"
    return {name: values[0] for name, values in parse_qs(target.query).items()}


def connect(api: Api, upstream: Upstream, **more: object) -> int:
    browser = signed_in(api)
    page = ask(browser, upstream, **more)
    upstream.planned_failures = [StubResponse(200, {"success": True, "data": ME})]
    return int(come_back(browser, upstream.give_consent(page))["connected"])


def test_a_connection_by_oauth(api: Api, upstream: Upstream) -> None:
    id = connect(api, upstream, is_shared=True, permits={"kind": "read"})
    made = api.get(f"/app/api/connections/{id}").body
    assert (made["authentication"], made["state"], made["client_id"]) == ("oauth", "connected", CLIENT_ID)
    assert (made["is_shared"], made["permits"]["kind"], made["scopes"]) == (True, "read", ["base", "deals:full"])
    assert made["account"]["user_name"] == "Grace"
    assert made["expires_at"] is not None
    redirect = api.get("/app/api/connections/redirect-uri").body["redirect_uri"]
    assert redirect.endswith("/app/connections/callback")
    with api.principal.company.database.read() as db:
        stored = str(db.rows(sa.select(connections_table)))
    assert all(secret not in stored for secret in ("access-1", "refresh-1", CLIENT_SECRET))
    # Authorised anew, it keeps its app, and everything else.
    browser = signed_in(api)
    page = browser.post("/app/api/connections/authorize", {"connection_id": id}).body["url"]
    assert "connected" in come_back(browser, upstream.give_consent(page))
    again = browser.get(f"/app/api/connections/{id}").body
    assert (again["is_shared"], again["permits"]["kind"], again["name"]) == (True, "read", "sales")
    assert browser.delete(f"/app/api/connections/{id}", revoke=True).status == 200
    assert upstream.revoked == ["refresh-2"]


def test_an_answer_belongs_to_the_session_that_asked(api: Api, upstream: Upstream) -> None:
    browser, other = signed_in(api), AppBrowser(api)
    assert other.sign_in().status == 200
    stranger = AppBrowser(api)
    stranger.session()
    page = ask(browser, upstream)
    back = upstream.give_consent(page)
    for wrong in (other, stranger, signed_in(add_user(api, "Rita"), 2, "rita@example.com")):
        assert "another attempt" in come_back(wrong, back)["error"]
    assert "another attempt" in come_back(browser, back.replace("state=", "state=x"))["error"]
    assert "another attempt" in come_back(browser, back.partition("?")[0])["error"]
    assert "connected" in come_back(browser, back)
    # Once only.
    assert "another attempt" in come_back(browser, back)["error"]
    assert [one["name"] for one in browser.get("/app/api/connections").body["items"]] == ["This CRM", "sales"]


def test_a_consent_that_is_not_given_adds_nothing(api: Api, upstream: Upstream) -> None:
    browser = signed_in(api)
    state = parse_qs(urlsplit(ask(browser, upstream)).query)["state"][0]
    told = come_back(browser, f"/app/connections/callback?error=access_denied&state={state}")
    assert "error" in told
    # Not with another code, and not after a while.
    back = upstream.give_consent(ask(browser, upstream)).replace("code-", "kode-")
    assert "error" in come_back(browser, back)
    back = upstream.give_consent(ask(browser, upstream))
    api.clock.advance(minutes=16)
    assert "another attempt" in come_back(browser, back)["error"]
    assert [one["name"] for one in browser.get("/app/api/connections").body["items"]] == ["This CRM"]
    missing = browser.post("/app/api/connections/authorize", {"name": "x", "provider": upstream.url})
    assert (missing.status, list(missing.body["error"]["fields"])) == (400, ["client_id"])


def make_console(api: Api) -> Console:
    """Another process of the server: companies with caches of their own, over the same databases."""
    companies = Companies(api.companies.platform, api.clock, webhook_reach="loopback")
    return open_console(companies, Application(companies))


def run_in(console: Console, api: Api, id: int) -> Ran:
    return calls.run(console, api.principal, Wanted(id, "v2", "get_deals", {}))


def stored_grant(api: Api, id: int) -> Grant:
    with open_write(api) as crm:
        return msgspec.json.decode(str(connections.open_secrets(crm, id).grant), type=Grant)


@pytest.mark.parametrize("rotates", [False, True])
def test_one_process_renews_for_all(api: Api, upstream: Upstream, rotates: bool) -> None:
    id = connect(api, upstream)
    upstream.rotates_refresh_tokens = rotates
    consoles = [find_console(api.companies), make_console(api), make_console(api)]
    for console in consoles:
        assert run_in(console, api, id).run.status == "ok"
    for _ in range(3):
        upstream.access_tokens.clear()
        before = upstream.refresh_count
        with ThreadPoolExecutor(6) as threads:
            ran = list(threads.map(lambda number: run_in(consoles[number % 3], api, id), range(6)))
        assert [one.run.status for one in ran] == ["ok"] * 6
        assert upstream.refresh_count == before + 1
    grant = stored_grant(api, id)
    assert grant.access_token in upstream.access_tokens
    assert grant.refresh_token in upstream.refresh_tokens
    for console in consoles[1:]:
        console.close()


@pytest.mark.parametrize("has_asked", [False, True])
def test_a_process_that_is_killed_while_it_renews(api: Api, upstream: Upstream, has_asked: bool) -> None:
    id = connect(api, upstream)
    with open_write(api) as crm:
        assert connection_use.begin_refresh(crm, id, "killed", REFRESH_LEASE)
    if has_asked:
        # The provider has given new tokens, which nobody has stored.
        upstream.issue_tokens("refresh-1")
    upstream.access_tokens.clear()
    ended = threading.Event()
    statuses: list[str] = []

    def wait() -> None:
        statuses.append(run_in(find_console(api.companies), api, id).run.status)
        ended.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    assert not ended.wait(0.5)
    api.clock.advance(seconds=61)
    assert ended.wait(20)
    waiting.join()
    assert statuses == ["ok"]
    assert stored_grant(api, id).access_token in upstream.access_tokens


def test_a_consent_that_has_ended_shows(api: Api, upstream: Upstream) -> None:
    id = connect(api, upstream)
    upstream.access_tokens.clear()
    upstream.refresh_tokens.clear()
    ran = run_in(find_console(api.companies), api, id)
    assert ran.run.status == "refused"
    shown = api.get(f"/app/api/connections/{id}").body
    assert shown["state"] == "expired"
    assert "reconnect 'sales' on the page of connections" in shown["state_reason"]
