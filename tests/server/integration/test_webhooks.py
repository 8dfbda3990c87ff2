"""Webhooks over HTTP: creating, listing and deleting them."""

from __future__ import annotations

import threading

import orjson
import pytest

from dealwright.crm.integration import webhooks
from dealwright.crm.kernel import outbound_policy
from tests.api import Api, Response
from tests.company import add_user
from tests.oauth import Client, issue_access_token

PUBLIC_URL = "https://93.184.215.14"


def create(api: Api, **properties: object) -> Response:
    body = {"subscription_url": f"{PUBLIC_URL}/hook", "event_action": "*", "event_object": "*", "name": "Mine"}
    return api.post("/v1/webhooks", {name: value for name, value in (body | properties).items() if value is not None})


def problems(answer: Response, status: int = 400) -> dict[str, list[str]]:
    assert answer.status == status
    assert answer.body.keys() == {"status", "success", "errors"}
    assert (answer.body["status"], answer.body["success"]) == ("error", False)
    found: dict[str, list[str]] = answer.body["errors"]
    return found


def test_a_new_webhook_has_the_given_values(api: Api) -> None:
    answer = create(api, event_action="change", event_object="deal", http_auth_user="me", http_auth_password="pw")
    assert answer.status == 201
    assert answer.body["status"] == "ok"
    assert answer.data == {
        "id": 1,
        "company_id": api.principal.company.id,
        "owner_id": 1,
        "user_id": 1,
        "event_action": "change",
        "event_object": "deal",
        "subscription_url": f"{PUBLIC_URL}/hook",
        "version": "2.0",
        "is_active": 1,
        "add_time": "2026-03-02T10:00:00.000Z",
        "remove_time": None,
        "type": "general",
        "http_auth_user": "me",
        "http_auth_password": "pw",
        "remove_reason": None,
        "last_delivery_time": None,
        "last_http_status": None,
        "admin_id": 1,
        "name": "Mine",
    }
    assert api.get("/v1/webhooks").data == [answer.data]


def test_a_name_is_not_needed(api: Api) -> None:
    assert create(api, name=None).data["name"] is None


def test_there_are_none_at_first(api: Api) -> None:
    assert api.get("/api/v1/webhooks").body == {"status": "ok", "success": True, "data": []}


@pytest.mark.parametrize(
    ("action", "object", "version"),
    [
        ("create", "deal", "2.0"),
        ("*", "*", "2.0"),
        ("*", "lead", "2.0"),
        ("added", "deal", "1.0"),
        ("*", "activityType", "1.0"),
    ],
)
def test_old_clients_ask_for_no_version(api: Api, action: str, object: str, version: str) -> None:
    assert create(api, event_action=action, event_object=object).data["version"] == version


def test_no_version_knows_events_of_both(api: Api) -> None:
    assert list(problems(create(api, event_action="added", event_object="lead"))) == ["event_object"]
    assert list(problems(create(api, event_action="create", event_object="activityType"))) == ["event_action"]


@pytest.mark.parametrize(
    ("version", "action", "object", "wrong"),
    [
        ("2.0", "create", "deal", None),
        ("2.0", "*", "lead", None),
        ("2.0", "added", "deal", "event_action"),
        ("2.0", "merged", "deal", "event_action"),
        ("2.0", "*", "activityType", "event_object"),
        ("1.0", "merged", "person", None),
        ("1.0", "*", "activityType", None),
        ("1.0", "create", "deal", "event_action"),
        ("1.0", "*", "lead", "event_object"),
        ("1.0", "nothing", "deal", "event_action"),
        ("3.0", "*", "*", "version"),
    ],
)
def test_each_version_knows_its_own_events(api: Api, version: str, action: str, object: str, wrong: str | None) -> None:
    answer = create(api, version=version, event_action=action, event_object=object)
    if wrong is None:
        assert answer.data["version"] == version
    else:
        assert list(problems(answer)) == [wrong]
        assert api.get("/v1/webhooks").data == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "ftp://93.184.215.14/",
        "https:///path",
        "https://user:secret@93.184.215.14/",
        "https://93.184.215.14:99999/",
        "https://93.184.215.14/ with spaces",
        "http://127.0.0.1:8080/",
        "http://localhost/",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://172.16.0.9/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::10.0.0.1]/",
        "http://[fd00::1]/",
        "http://[::7f00:1]/",
        "http://[fec0::1]/",
        "http://[2002:a00:1::]/",
        "http://[fe80::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
    ],
)
def test_addresses_that_nothing_may_be_sent_to_are_refused(api: Api, url: str) -> None:
    assert list(problems(create(api, subscription_url=url))) == ["subscription_url"]
    assert api.get("/v1/webhooks").data == []


def test_the_api_itself_is_no_receiver(api: Api) -> None:
    api.companies.webhook_reach = "any"
    headers = {"x-api-token": api.token, "host": "127.0.0.1:8000"}
    for path, status in (("/v1/deals", 400), ("/api/v2/deals", 400), ("/oauth/token", 400), ("/hook", 201)):
        body = {"subscription_url": f"http://127.0.0.1:8000{path}", "event_action": "*", "event_object": "*"}
        answer = api.send("POST", "/v1/webhooks", orjson.dumps(body), headers=headers)
        assert answer.status == status


def test_others_write_while_a_name_is_resolved(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    statuses: list[int] = []

    def resolve(*_arguments: object) -> list[str]:
        writer = threading.Thread(
            target=lambda: statuses.append(api.post("/api/v2/persons", {"name": "Joe"}).status), daemon=True
        )
        writer.start()
        writer.join(20)
        return ["93.184.215.14"]

    monkeypatch.setattr(outbound_policy, "resolve", resolve)
    statuses.append(create(api, subscription_url="https://hooks.example.com/").status)
    assert statuses == [200, 201]


def test_no_name_is_resolved_for_a_webhook_that_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts: list[object] = []

    def resolve(host: str, *_: object) -> list[str]:
        hosts.append(host)
        return []

    monkeypatch.setattr(outbound_policy, "resolve", resolve)
    monkeypatch.setattr(webhooks, "MAX_PER_USER", 1)
    regular = add_user(api, "Regular")
    assert create(regular, subscription_url="https://one.example.com/", user_id=1).status == 403
    assert create(api, subscription_url="https://two.example.com/", version="1.0", event_object="lead").status == 400
    assert create(api, subscription_url="https://three.example.com/").status == 201
    assert create(api, subscription_url="https://four.example.com/").status == 422
    assert hosts == ["three.example.com"]


def test_how_far_webhooks_reach_is_a_setting(api: Api) -> None:
    api.companies.webhook_reach = "loopback"
    assert create(api, subscription_url="http://127.0.0.1:9/h2").status == 201
    assert create(api, subscription_url="http://[::1]:9/").status == 201
    assert create(api, subscription_url="http://10.0.0.1/").status == 400
    api.companies.webhook_reach = "any"
    assert create(api, subscription_url="http://10.0.0.1/").status == 201


def test_a_name_that_is_unknown_for_now_is_accepted(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound_policy, "resolve", lambda *_: [])
    assert create(api, subscription_url="https://hooks.example.com/x").status == 201
    monkeypatch.setattr(outbound_policy, "resolve", lambda *_: ["93.184.215.14", "10.0.0.1"])
    assert problems(create(api, subscription_url="https://hooks.example.com/x")) == {
        "subscription_url": ["invalid or non-reachable URL"]
    }


def test_a_user_has_forty_at_most(api: Api) -> None:
    for _ in range(40):
        last = create(api).data["id"]
    assert problems(create(api), 422)
    assert create(add_user(api, "Rep")).status == 201
    api.delete(f"/v1/webhooks/{last}")
    assert create(api).status == 201


def test_only_admins_create_them_for_others(api: Api) -> None:
    rep = add_user(api, "Rep")
    answer = create(rep, user_id=1)
    assert (answer.status, answer.body) == (403, {"success": False, "message": "Forbidden"})
    assert create(api, user_id=rep.principal.user_id).data["user_id"] == rep.principal.user_id
    assert list(problems(create(api, user_id=999))) == ["user_id"]


def test_everyone_sees_and_deletes_their_own_and_admins_all(api: Api) -> None:
    rep, peer = add_user(api, "Rep"), add_user(api, "Peer")
    own, other, admins = (create(one).data["id"] for one in (rep, peer, api))
    assert [hook["id"] for hook in rep.get("/v1/webhooks").data] == [own]
    assert [hook["id"] for hook in api.get("/v1/webhooks").data] == [own, other, admins]
    answer = rep.delete(f"/v1/webhooks/{other}")
    assert (answer.status, answer.body) == (403, {"success": False, "message": "Forbidden"})
    assert rep.delete(f"/v1/webhooks/{own}").body == {"status": "ok", "success": True}
    assert api.delete(f"/v1/webhooks/{other}").status == 200
    assert [hook["id"] for hook in api.get("/v1/webhooks").data] == [admins]


def test_unknown_webhooks_cannot_be_deleted(api: Api) -> None:
    id = create(api).data["id"]
    api.delete(f"/v1/webhooks/{id}")
    for unknown in (id, 99):
        assert api.delete(f"/v1/webhooks/{unknown}").body == {
            "status": "error",
            "success": False,
            "errors": {"id": ["not found"]},
        }


def test_an_app_has_webhooks_of_its_own(api: Api) -> None:
    def as_app(app: Client, method: str, path: str, body: object = None) -> Response:
        headers = {"authorization": f"Bearer {issue_access_token(api, app.app)}"}
        return api.send(method, path, b"" if body is None else orjson.dumps(body), headers=headers)

    one, other = (Client(api, name=name, scopes=("admin",)) for name in ("One", "Other"))
    body = {"subscription_url": f"{PUBLIC_URL}/hook", "event_action": "*", "event_object": "*"}
    users = create(api).data["id"]
    made = as_app(one, "POST", "/v1/webhooks", body).data
    assert made["type"] == "application"
    assert [hook["id"] for hook in as_app(one, "GET", "/v1/webhooks").data] == [made["id"]]
    assert as_app(other, "GET", "/v1/webhooks").data == []
    assert [hook["id"] for hook in api.get("/v1/webhooks").data] == [users]
    for answer in (
        as_app(other, "DELETE", f"/v1/webhooks/{made['id']}"),
        as_app(one, "DELETE", f"/v1/webhooks/{users}"),
    ):
        assert (answer.status, answer.body) == (403, {"success": False, "message": "Forbidden"})
    assert as_app(one, "DELETE", f"/v1/webhooks/{made['id']}").status == 200
    without = Client(api, name="Without", scopes=("deals:full",))
    refused = as_app(without, "GET", "/v1/webhooks")
    assert (refused.status, refused.body["error"]) == (403, "Scope and URL mismatch")
