"""Channels of messengers over HTTP, and what is fetched from the app behind them."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import sqlalchemy as sa

from dealwright.crm.correspondence import channels
from dealwright.crm.correspondence.channels import ConversationSummary
from dealwright.crm.integration.oauth import apps, manifests
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.uninstall import uninstall_app
from dealwright.crm.values.formats import loads
from dealwright.jobs import channels as jobs
from dealwright.jobs.run_due import run_due
from dealwright.storage import tables
from tests.api import Api, Response
from tests.company import add_user
from tests.oauth import CALLBACK, issue_access_token

INFO = "Please check the reference docs in https://developers.pipedrive.com/docs/api/v1"
CHANNEL = {"name": "Our shop", "provider_channel_id": "shop/1"}
MESSAGE = {
    "id": "m1",
    "channel_id": "shop/1",
    "sender_id": "ann",
    "conversation_id": "c1",
    "message": "Hello",
    "status": "sent",
    "created_at": "2026-03-02T09:58:35.449Z",
}
ANSWER = {"data": [], "additional_data": {"after": None}}


class Provider:
    """The side of the app: answers by path, and the requests that it got as paths with queries."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Any]] = {}
        self.requests: list[tuple[str, dict[str, list[str]], str]] = []

    def handle(self, target: str, authorization: str) -> tuple[int, bytes]:
        parts = urlsplit(target)
        self.requests.append((parts.path, parse_qs(parts.query), authorization))
        prepared = self.answers.get(parts.path, [])
        answer = (prepared.pop(0) if len(prepared) > 1 else prepared[0]) if prepared else 404
        if isinstance(answer, int):
            return answer, b""
        return 200, answer if isinstance(answer, bytes) else orjson.dumps(answer)


@pytest.fixture
def provider() -> Iterator[Provider]:
    found = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = found.handle(self.path, self.headers["authorization"])
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()


class Messenger:
    """An app that is a messenger; its user is the client's."""

    def __init__(self, api: Api, provider: Provider | None = None, name: str = "Messenger") -> None:
        self.api = api
        platform = api.companies.platform
        new = apps.NewApp(name, [CALLBACK], ["messengers-integration"])
        self.app, self.secret = apps.register(platform, new, api.clock())
        if provider is not None:
            api.companies.webhook_reach = "loopback"
            channel = f"{provider.url}/api/channels/:providerChannelId"  # type: ignore[attr-defined]
            endpoints = {
                "getConversations": f"{channel}/conversations?version=1",
                "getConversationById": f"{channel}/conversations/:sourceConversationId",
                "postMessage": f"{channel}/messages",
            }
            manifests.store(
                platform, self.app, manifests.parse(orjson.dumps({"version": "v1", "endpoints": endpoints}))
            )

    def call(self, method: str, path: str, body: object = None, user: Api | None = None) -> Response:
        headers = {"authorization": f"Bearer {issue_access_token(user or self.api, self.app)}"}
        raw = b"" if body is None else orjson.dumps(body)
        return self.api.send(method, f"/v1/channels{path}", raw, headers=headers)


def summaries(api: Api, channel_id: int = 1) -> list[ConversationSummary]:
    with api.companies.unit_of_work(api.principal.company, 1, write=False) as crm:
        return channels.summarize(crm, channel_id)


def history(api: Api, channel_id: int = 1) -> tuple[str, str | None]:
    with api.companies.unit_of_work(api.principal.company, 1, write=False) as crm:
        found = channels.find(crm, channel_id)
        assert found is not None
        return found.history, found.history_error


def conversation(id: str, *messages: str, **more: object) -> dict[str, object]:
    return {
        "id": id,
        "link": f"https://shop.example/{id}",
        "status": "open",
        "seen": True,
        "next_messages_cursor": None,
        "participants": [{"id": "ann", "name": "Ann", "role": "end_user"}, {"id": "us", "role": "source_user"}],
        "messages": [
            {"id": f"{id} {text}", "message": text, "sender_id": "ann", "created_at": f"2026-03-01T0{nr}:00:00.000Z"}
            for nr, text in enumerate(messages)
        ],
        **more,
    }


def assert_refused(answer: Response, status: int, error: str, code: str) -> None:
    assert (answer.status, answer.body) == (
        status,
        {"success": False, "error": error, "error_info": INFO, "additional_data": {"code": code}},
    )


def test_a_channel_is_registered(api: Api) -> None:
    messenger = Messenger(api)
    found = messenger.call("POST", "", CHANNEL).data
    assert found == {
        "id": found["id"],
        "name": "Our shop",
        "provider_channel_id": "shop/1",
        "avatar_url": None,
        "marketplace_client_id": messenger.app.client_id,
        "provider_type": "other",
        "template_support": False,
        "pd_company_id": api.principal.company.id,
        "pd_user_id": 1,
        "created_at": "2026-03-02 10:00:00",
    }
    more = {"avatar_url": "https://shop.example/a.png", "provider_type": "whatsapp", "template_support": True}
    again = messenger.call("POST", "", {**CHANNEL, **more, "name": "The shop"}).data
    assert again == {**found, **more, "name": "The shop"}
    run_due(api.companies)
    # The app has no manifest.
    assert history(api) == ("none", None)


def test_a_channel_can_be_registered_with_an_api_token(api: Api) -> None:
    assert api.post("/v1/channels", CHANNEL).data["marketplace_client_id"] == ""
    assert api.post("/v1/channels/messages/receive", MESSAGE).data["message"] == "Hello"
    assert [one.messages for one in summaries(api)] == [1]
    assert api.delete(f"/v1/channels/{api.post('/v1/channels', CHANNEL).data['id']}").body == {"success": True}
    assert summaries(api) == []


def test_messages_come_in_and_are_changed(api: Api) -> None:
    messenger = Messenger(api)
    messenger.call("POST", "", CHANNEL)
    answer = messenger.call("POST", "/messages/receive", MESSAGE)
    assert answer.data == {**MESSAGE, "reply_by": None, "conversation_link": None, "attachments": []}
    picture = {"id": "a1", "type": "image/png", "url": "https://shop.example/a1", "size": 600, "link_expires": True}
    more = {"conversation_link": "https://shop.example/c1", "reply_by": "2026-03-03 09:58", "attachments": [picture]}
    changed = messenger.call("POST", "/messages/receive", {**MESSAGE, **more, "message": "Hello!", "status": "read"})
    assert changed.data == {
        **MESSAGE,
        **more,
        "message": "Hello!",
        "status": "read",
        "reply_by": "2026-03-03T09:58:00.000Z",
    }
    messenger.call(
        "POST", "/messages/receive", {**MESSAGE, "id": "m2", "message": "Bye", "created_at": "2026-03-02 11:00"}
    )
    messenger.call("POST", "/messages/receive", {**MESSAGE, "id": "m0", "created_at": "2026-03-01 11:00"})
    messenger.call("POST", "/messages/receive", {**MESSAGE, "conversation_id": "c2"})
    found = summaries(api)
    assert [(one.source_id, one.messages, one.last_message) for one in found] == [("c1", 3, "Bye"), ("c2", 1, "Hello")]
    assert [loads(one.participants) for one in found] == [[{"id": "ann"}]] * 2


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("", {"name": "Nameless"}, "INVALID_BODY"),
        ("", {**CHANNEL, "provider_type": "fax"}, "INVALID_BODY"),
        ("/messages/receive", {**MESSAGE, "status": "lost"}, "INVALID_RECEIVE_MESSAGE_PAYLOAD"),
        ("/messages/receive", {**MESSAGE, "attachments": [{"id": "1"}]}, "INVALID_RECEIVE_MESSAGE_PAYLOAD"),
    ],
)
def test_what_is_wrong_is_told_with_a_code(api: Api, path: str, body: object, code: str) -> None:
    answer = Messenger(api).call("POST", path, body)
    assert answer.status == 400
    assert answer.body["additional_data"] == {"code": code}
    assert answer.body["error_info"] == INFO


def test_only_admins_register_and_delete_channels(api: Api) -> None:
    messenger, rep = Messenger(api), add_user(api, "Rep")
    assert_refused(messenger.call("POST", "", CHANNEL, rep), 403, "Only admins can register channels", "ADMIN_ONLY")
    id = messenger.call("POST", "", CHANNEL).data["id"]
    assert_refused(messenger.call("DELETE", f"/{id}", None, rep), 403, "Only admins can delete channels", "ADMIN_ONLY")
    assert messenger.call("POST", "/messages/receive", MESSAGE, rep).status == 200


def test_a_channel_is_its_apps(api: Api) -> None:
    messenger, other = Messenger(api), Messenger(api, name="Other")
    id = messenger.call("POST", "", CHANNEL).data["id"]
    messenger.call("POST", "/messages/receive", MESSAGE)
    for method, path, body, what in (
        ("POST", "/messages/receive", MESSAGE, "messages"),
        ("DELETE", f"/{id}", None, "channels"),
        ("DELETE", f"/{id}/conversations/c1", None, "conversations"),
    ):
        refused = other.call(method, path, body)
        assert_refused(refused, 403, f"Only the app owner can change {what}", "FORBIDDEN_USER_REQUEST")
    own = other.call("POST", "", CHANNEL).data["id"]
    assert own != id
    assert other.call("DELETE", f"/{own}").status == 200
    assert len(summaries(api)) == 1


def test_conversations_and_channels_are_deleted_with_what_is_in_them(api: Api) -> None:
    messenger = Messenger(api)
    id = messenger.call("POST", "", CHANNEL).data["id"]
    for conversation_id in ("c1", "c2"):
        messenger.call("POST", "/messages/receive", {**MESSAGE, "conversation_id": conversation_id})
    assert messenger.call("DELETE", f"/{id}/conversations/c1").body == {"success": True}
    assert [one.source_id for one in summaries(api)] == ["c2"]
    gone = messenger.call("DELETE", f"/{id}/conversations/c1")
    assert_refused(gone, 404, "Conversation not found.", "NOT_FOUND")
    assert messenger.call("DELETE", f"/{id.upper()}").body == {"success": True}
    assert summaries(api) == []
    for answer in (
        messenger.call("DELETE", f"/{id}"),
        messenger.call("POST", "/messages/receive", MESSAGE),
        messenger.call("DELETE", f"/{id}/conversations/c2"),
    ):
        assert_refused(answer, 404, "Channel not found.", "NOT_FOUND")
    with api.principal.company.database.read() as db:
        assert [db.rows(sa.select(one)) for one in (tables.conversations, tables.channel_messages)] == [[], []]


def test_the_conversations_of_a_new_channel_are_fetched(api: Api, provider: Provider) -> None:
    messenger = Messenger(api, provider)
    path = "/api/channels/shop%2F1/conversations"
    provider.answers[path] = [
        {"success": True, "data": [conversation("c1", "Hi", "Well?")], "additional_data": {"after": "page 2"}},
        {"success": True, "data": [conversation("c2")], "additional_data": {}},
    ]
    messenger.call("POST", "", CHANNEL)
    assert history(api) == ("waiting", None)
    run_due(api.companies)
    assert history(api) == ("done", None)
    found = summaries(api)
    assert [(one.source_id, one.messages, one.last_message) for one in found] == [("c1", 2, "Well?"), ("c2", 0, None)]
    assert [person["id"] for person in loads(found[0].participants)] == ["ann", "us"]
    credentials = f"Basic {b64encode(f'{messenger.app.client_id}:{messenger.secret}'.encode()).decode()}"
    asked = {"version": ["1"], "conversations_limit": ["30"], "messages_limit": ["30"]}
    assert provider.requests == [(path, asked, credentials), (path, {**asked, "after": ["page 2"]}, credentials)]


def test_the_beginning_of_a_new_conversation_is_fetched(api: Api, provider: Provider) -> None:
    messenger = Messenger(api, provider)
    path = "/api/channels/shop%2F1/conversations"
    provider.answers = {path: [ANSWER], f"{path}/c1": [{"data": conversation("c1", "Before", "Hello")}]}
    messenger.call("POST", "", CHANNEL)
    for id in ("m1", "m2"):
        messenger.call("POST", "/messages/receive", {**MESSAGE, "id": id})
    run_due(api.companies)
    [found] = summaries(api)
    assert (found.messages, found.last_message) == (4, "Hello")
    assert [person["id"] for person in loads(found.participants)] == ["ann", "us"]
    assert [asked for asked, *_ in provider.requests] == [path, f"{path}/c1"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (500, "answered 500"),
        (b"<html>", "answered with something else"),
        ({"data": [{"link": "x"}]}, "answered with something else"),
        ({"data": [conversation("c1", "\0")]}, "answered with a character that cannot be stored"),
        (b" " * (4 * 1024 * 1024 + 1), "answered with more than"),
    ],
)
def test_an_app_that_answers_nonsense_is_asked_again_and_given_up(
    api: Api, provider: Provider, answer: object, error: str
) -> None:
    messenger = Messenger(api, provider)
    provider.answers["/api/channels/shop%2F1/conversations"] = [answer]
    messenger.call("POST", "", CHANNEL)
    run_due(api.companies)
    assert history(api) == ("waiting", None)
    for _ in range(3):
        api.clock.advance(minutes=3)
        run_due(api.companies)
    found, reason = history(api)
    assert (found, str(reason)[: len(error)]) == ("failed", error)
    assert len(provider.requests) == 4
    assert summaries(api) == []
    provider.answers["/api/channels/shop%2F1/conversations"] = [ANSWER]
    messenger.call("POST", "", CHANNEL)
    run_due(api.companies)
    assert history(api) == ("done", None)


def test_an_app_is_not_followed_into_networks_that_only_the_server_reaches(api: Api, provider: Provider) -> None:
    messenger = Messenger(api, provider)
    api.companies.webhook_reach = "public"
    messenger.call("POST", "", CHANNEL)
    for _ in range(4):
        run_due(api.companies)
        api.clock.advance(minutes=3)
    assert "at an address that this server does not call" in str(history(api)[1])
    assert provider.requests == []


def test_pages_have_an_end(api: Api, provider: Provider) -> None:
    messenger = Messenger(api, provider)
    path = "/api/channels/shop%2F1/conversations"
    provider.answers[path] = [{"data": [conversation("c1")], "additional_data": {"after": "for ever"}}]
    messenger.call("POST", "", CHANNEL)
    run_due(api.companies)
    assert (history(api)[0], len(provider.requests)) == ("done", jobs.MAX_PAGES)


def test_uninstalling_an_app_removes_its_channels(api: Api) -> None:
    messenger, other = Messenger(api), Messenger(api, name="Other")
    for one in (messenger, other):
        one.call("POST", "", CHANNEL)
        one.call("POST", "/messages/receive", MESSAGE)
    uninstall_app(api.companies, messenger.app, UserRef(api.principal.company.id, 1))
    assert (summaries(api, 1), len(summaries(api, 2))) == ([], 1)


@pytest.mark.parametrize(
    ("endpoints", "problem"),
    [
        ({"getConversations": "https://a.example/:providerChannelId"}, "lacks getConversationById, postMessage"),
        ({"getEverything": "https://a.example/"}, "has no getEverything"),
    ],
)
def test_wrong_manifests(endpoints: dict[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        manifests.parse(orjson.dumps({"version": "v1", "endpoints": endpoints}))


def test_addresses_of_manifests_have_their_placeholders() -> None:
    channel = "https://a.example/:providerChannelId"
    endpoints = dict.fromkeys(("getConversations", "getConversationById", "postMessage"), channel)
    with pytest.raises(ValueError, match="getConversationById lacks :sourceConversationId"):
        manifests.parse(orjson.dumps({"version": "v1", "endpoints": endpoints}))
    endpoints["getConversationById"] = f"{channel}/:sourceConversationId"
    manifests.parse(orjson.dumps({"version": "v1", "endpoints": endpoints}))
    endpoints["postMessage"] = "http://a.example/:providerChannelId"
    with pytest.raises(ValueError, match="https"):
        manifests.parse(orjson.dumps({"version": "v1", "endpoints": endpoints}))
