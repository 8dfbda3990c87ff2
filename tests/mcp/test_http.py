"""``/mcp`` of a server that answers over a socket, by the official client: with API tokens, and by OAuth."""

from __future__ import annotations

import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import anyio
import httpx2
import mcp_types as types
import orjson
import pytest
import uvicorn
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from dealwright.crm.integration import api_tokens
from dealwright.crm.integration.oauth import apps, self_registered
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.server import outbound_http
from dealwright.server.oauth import client_documents
from dealwright.server.outbound_http import HttpResult
from tests.api import Api
from tests.company import add_user
from tests.form_browser import Page
from tests.mcp_client import bearer, call, use

T = TypeVar("T")

MODES = ("legacy", "2026-07-28", "auto")
CALLBACK = "http://127.0.0.1:9999/callback"


@pytest.fixture
def served(api: Api) -> Iterator[str]:
    """Yields the address of a server of the company of the test."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(api.app, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture
def token(api: Api) -> str:
    owner = UserRef(api.principal.company.id, api.principal.user_id)
    return api_tokens.issue(api.companies.platform, owner, api.clock())


@pytest.mark.parametrize("mode", MODES)
def test_an_agent_reads_until_its_user_lets_it_do_more(api: Api, served: str, token: str, mode: str) -> None:
    deal = {"action": "post_deals", "params": {"data": {"title": "Roof"}}}
    refused = use(f"{served}/mcp", mode, call("run_action", **deal), headers=bearer(token))
    assert refused["error"]["kind"] == "NotPermitted"
    assert "settings" in refused["next"]
    assert api.get("/app/api/agents").body["right"] == "read"
    assert api.patch("/app/api/agents", {"right": "write"}).status == 200

    async def work(client: Client) -> Any:
        plan = (await client.call_tool("plan_action", deal)).structured_content
        # The token in another header of ours is as good.
        return plan, (await client.call_tool("apply_plan", {"plan_id": plan["plan_id"]})).structured_content

    plan, done = use(f"{served}/mcp", mode, work, headers={"x-api-token": token})
    assert (plan["status"], done["status"]) == ("planned", "done")
    assert [one["title"] for one in api.get("/api/v2/deals").data] == ["Roof"]
    api.patch("/app/api/agents", {"right": "read"})
    assert use(f"{served}/mcp", mode, call("run_action", **deal), headers=bearer(token))["status"] == "refused"


def test_the_person_is_asked_over_http_in_todays_protocol(api: Api, served: str, token: str) -> None:
    api.patch("/app/api/agents", {"right": "write"})
    asked: list[str] = []

    async def accept(context: Any, params: Any) -> types.ElicitResult:
        asked.append(params.message)
        return types.ElicitResult(action="accept", content={})

    work = call("run_action", action="post_deals", params={"data": {"title": "Roof"}})
    assert use(f"{served}/mcp", "2026-07-28", work, ask=accept, headers=bearer(token))["status"] == "done"
    assert "Deal “Roof”: created" in asked[0]


def test_groups_are_asked_for_in_the_address(served: str, token: str) -> None:
    async def names(client: Client) -> list[str]:
        return [one.name for one in (await client.list_tools()).tools]

    found = use(f"{served}/mcp?groups=Pipelines", "auto", names, headers=bearer(token))
    assert "get_pipelines" in found
    assert httpx2.post(f"{served}/mcp?groups=No", headers=bearer(token), json={}).status_code == 400


def test_strangers_learn_where_tokens_come_from(served: str) -> None:
    for headers in ({}, bearer("0" * 40), {"authorization": "Basic eA=="}):
        answer = httpx2.post(f"{served}/mcp", json={}, headers=headers)
        assert answer.status_code == 401
        assert (
            f'resource_metadata="{served}/.well-known/oauth-protected-resource/mcp"'
            in answer.headers["www-authenticate"]
        )
    resource = httpx2.get(f"{served}/.well-known/oauth-protected-resource/mcp").json()
    assert (resource["resource"], resource["authorization_servers"]) == (f"{served}/mcp", [served])
    provider = httpx2.get(f"{served}/.well-known/oauth-authorization-server").json()
    assert (provider["issuer"], provider["code_challenge_methods_supported"]) == (served, ["S256"])


def test_other_methods_and_pages_of_other_sites_are_refused(served: str, token: str) -> None:
    assert httpx2.get(f"{served}/mcp", headers=bearer(token)).status_code == 405
    assert httpx2.delete(f"{served}/mcp", headers=bearer(token)).status_code == 405
    foreign = {**bearer(token), "origin": "https://evil.example"}
    assert httpx2.post(f"{served}/mcp", headers=foreign, json={}).status_code == 403


def test_a_deactivated_user_is_a_stranger(api: Api, served: str) -> None:
    other = add_user(api, "Otto")
    owner = UserRef(other.principal.company.id, other.principal.user_id)
    token = api_tokens.issue(api.companies.platform, owner, api.clock())
    assert httpx2.post(f"{served}/mcp", json={}, headers=bearer(token)).status_code != 401
    api.put(f"/v1/users/{owner.user_id}", {"active_flag": False})
    assert httpx2.post(f"{served}/mcp", json={}, headers=bearer(token)).status_code == 401


class Storage:
    """Where a client keeps what it has been given."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Person:
    """Signs in and consents, in place of a browser."""

    def __init__(self, api: Api, served: str) -> None:
        self._api = api
        self._served = served
        self.page = ""
        self._answer: dict[str, str] = {}

    async def open(self, url: str) -> None:
        await anyio.to_thread.run_sync(self._consent, url)

    def _consent(self, url: str) -> None:
        self._api.app.auto_login = self._api.principal
        try:
            with httpx2.Client() as browser:
                page = browser.get(url)
                assert page.status_code == 200, page.text
                self.page = page.text
                form = Page(page.status_code, page.headers, page.text).form("/oauth/consent").fields
                answer = browser.post(f"{self._served}/oauth/consent", data={**form, "decision": "allow"})
        finally:
            self._api.app.auto_login = None
        assert answer.status_code == 303, answer.text
        self._answer = dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    async def called_back(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(
            code=self._answer["code"], state=self._answer.get("state"), iss=self._answer.get("iss")
        )


def connect(served: str, person: Person, storage: Storage, work: Callable[[Client], Awaitable[T]], **options: Any) -> T:
    """Uses the server as a client does that knows nothing but its address."""
    metadata = OAuthClientMetadata(client_name="Agent & <b>Co</b>", redirect_uris=[CALLBACK])  # type: ignore[list-item]
    auth = OAuthClientProvider(
        f"{served}/mcp", metadata, storage, redirect_handler=person.open, callback_handler=person.called_back, **options
    )
    return use(f"{served}/mcp", "auto", work, auth=auth)


def test_a_program_registers_itself_and_is_let_in(api: Api, served: str) -> None:
    api.post("/api/v2/deals", {"title": "Roof"})
    person, storage = Person(api, served), Storage()
    found = connect(served, person, storage, call("run_action", action="get_deals"))
    assert found["data"][0]["title"] == "Roof"
    assert "given itself its name" in person.page
    assert "at first they only read" in person.page
    assert "<b>Co" not in person.page
    assert storage.client is not None
    assert storage.tokens is not None
    assert (storage.client.client_secret, storage.client.token_endpoint_auth_method) == (None, "none")
    # The token is for agents' address, and for nothing else.
    access = storage.tokens.access_token
    assert httpx2.get(f"{served}/api/v2/deals", headers=bearer(access)).status_code == 401
    # A token for the API is no good here, either.
    api.patch("/app/api/agents", {"right": "delete"})
    person.page = ""
    work = call("run_action", action="post_deals", params={"data": {"title": "Wall"}})
    assert connect(served, person, storage, work)["status"] == "planned"
    assert person.page == ""


def test_refresh_tokens_are_replaced_and_a_replaced_one_ends_the_grant(api: Api, served: str) -> None:
    person, storage = Person(api, served), Storage()
    connect(served, person, storage, call("search_actions", query="deals"))
    assert storage.client is not None
    assert storage.tokens is not None

    def refresh(token: str | None) -> httpx2.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": storage.client.client_id}  # type: ignore[union-attr]
        return httpx2.post(f"{served}/oauth/token", data=form)

    first = storage.tokens.refresh_token
    second = refresh(first).json()
    assert second["refresh_token"] != first
    headers = bearer(second["access_token"])
    assert use(f"{served}/mcp", "auto", call("search_actions", query="deals"), headers=headers)["status"] == "ok"
    assert refresh(first).json()["error"] == "invalid_grant"
    assert httpx2.post(f"{served}/mcp", json={}, headers=headers).status_code == 401
    assert refresh(second["refresh_token"]).json()["error"] == "invalid_grant"


DOCUMENT_URL = "https://agent.example/client.json"


def test_a_program_with_a_document_is_let_in(api: Api, served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client_documents.forget()
    fetched: list[str] = []
    document = {"client_id": DOCUMENT_URL, "client_name": "Agent", "redirect_uris": ["http://127.0.0.1/callback"]}

    def get(url: str, *_: Any) -> tuple[HttpResult, bytes]:
        fetched.append(url)
        return HttpResult(200, None), orjson.dumps(document)

    monkeypatch.setattr(outbound_http, "get", get)
    person, storage = Person(api, served), Storage()
    work = call("search_actions", query="deals")
    # The port of the user's machine is whatever was free.
    assert connect(served, person, storage, work, client_metadata_url=DOCUMENT_URL)["status"] == "ok"
    assert "described at https://agent.example/client.json" in person.page
    storage.tokens = None
    connect(served, person, storage, work, client_metadata_url=DOCUMENT_URL)
    assert fetched == [DOCUMENT_URL]
    app = apps.find(api.companies.platform, DOCUMENT_URL)
    assert app is not None
    assert (app.is_public, app.registration, app.redirect_uris) == (True, "document", ("http://127.0.0.1/callback",))


@pytest.mark.parametrize(
    "client_id",
    [
        "https://127.0.0.1/client.json",
        "https://localhost/client.json",
        "https://[::1]/client.json",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/x",
        "http://agent.example/client.json",
        "https://agent.example",
        "https://agent.example/",
        "https://user@agent.example/x",
        "https://agent.example/../x",
        "https://agent.example/x#y",
        "https://agent.example/x?y=1",
        "file:///etc/passwd",
        f"https://agent.example/{'x' * 500}",
    ],
)
def test_no_document_is_fetched_from_where_only_the_server_gets(
    api: Api, client_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client_documents.forget()
    connected: list[str] = []
    monkeypatch.setattr("httpcore2.SyncBackend.connect_tcp", lambda self, host, *_, **__: connected.append(host))
    api.companies.webhook_reach = "public"
    query = {
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    answer = api.send("GET", "/oauth/authorize", query=query, headers={"host": "crm.example"})
    assert answer.status == 400
    assert connected == []
    assert apps.find(api.companies.platform, client_id) is None


@pytest.mark.parametrize(
    "document",
    [
        b"no JSON",
        b"[]",
        orjson.dumps({"client_id": "https://other.example/x", "redirect_uris": [CALLBACK]}),
        orjson.dumps({"client_id": DOCUMENT_URL}),
        orjson.dumps({"client_id": DOCUMENT_URL, "redirect_uris": ["javascript:alert(1)"]}),
        orjson.dumps({"client_id": DOCUMENT_URL, "redirect_uris": ["http://evil.example/"]}),
        orjson.dumps({"client_id": DOCUMENT_URL, "redirect_uris": [CALLBACK] * 20}),
    ],
)
def test_wrong_documents_make_no_app(api: Api, document: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    client_documents.forget()
    monkeypatch.setattr(outbound_http, "get", lambda *_: (HttpResult(200, None), document))
    client_documents.refresh(api.companies, DOCUMENT_URL)
    assert apps.find(api.companies.platform, DOCUMENT_URL) is None


def test_documents_are_fetched_a_limited_number_of_times(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    client_documents.forget()
    fetched: list[str] = []

    def get(url: str, *_: Any) -> tuple[HttpResult, bytes]:
        fetched.append(url)
        return HttpResult(None, "no answer"), b""

    monkeypatch.setattr(outbound_http, "get", get)
    for number in range(100):
        client_documents.refresh(api.companies, f"https://agent.example/{number}")
    assert len(fetched) == client_documents.MAX_FETCHES_A_MINUTE


def register(api: Api, body: Any) -> Any:
    return api.send("POST", "/oauth/register", orjson.dumps(body), headers={"host": "crm.example"})


def test_registering_again_is_the_same_app_and_unused_ones_go(api: Api) -> None:
    body = {"client_name": "Agent", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_post"}
    first, second = register(api, body), register(api, body)
    assert (first.status, first.body["client_id"]) == (201, second.body["client_id"])
    assert "client_secret" not in first.body
    wrongs: list[Any] = [
        [],
        {},
        {"redirect_uris": []},
        {"redirect_uris": ["http://evil.example"]},
        {"redirect_uris": [7]},
    ]
    for wrong in wrongs:
        answer = register(api, wrong)
        assert (answer.status, "error_description" in answer.body) == (400, True)
    api.clock.advance(days=2)
    self_registered.delete_unused(api.companies.platform, api.clock())
    assert apps.find(api.companies.platform, first.body["client_id"]) is None


def test_public_apps_need_a_challenge_and_other_resources_are_refused(api: Api) -> None:
    client_id = register(api, {"redirect_uris": [CALLBACK]}).body["client_id"]
    query: dict[str, object] = {"client_id": client_id, "redirect_uri": CALLBACK, "state": "s"}
    headers = {"host": "crm.example"}
    answer = api.send("GET", "/oauth/authorize", query=query, headers=headers)
    assert answer.status == 303
    assert "error=invalid_request" in answer.headers["location"]
    assert "iss=http" in answer.headers["location"]
    query |= {"code_challenge": "x" * 43, "code_challenge_method": "S256"}
    answer = api.send(
        "GET", "/oauth/authorize", query={**query, "resource": "https://other.example/mcp"}, headers=headers
    )
    assert "error=invalid_target" in answer.headers["location"]
    answer = api.send(
        "GET", "/oauth/authorize", query={**query, "redirect_uri": "http://127.0.0.1:1/other"}, headers=headers
    )
    assert answer.status == 400
    # Nothing but a code gives it tokens.
    form = {"grant_type": "exchange_api_token", "client_id": client_id, "api_token": api.token}
    assert api.form("POST", "/oauth/token", form).body["error"] == "invalid_client"
