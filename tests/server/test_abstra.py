"""What projects of Abstra call: connections, actions, running one, tokens. The package itself is run in `tests/clients`."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from dealwright.contract import catalogue
from dealwright.contract.index import declarations
from dealwright.server.binding import handlers
from tests.api import Api
from tests.company import add_user, set_permissions
from tests.connectors.service import TOKEN
from tests.connectors.upstream import Upstream, run_upstream
from tests.server.app.test_connections import add, connect

DECLARED = [endpoint for _, endpoint in declarations(["abstra"])]
ONE = "/cli/connectors/connection/local"
NEVER = "9999-12-31T23:59:59.000000Z"


@pytest.fixture
def upstream(api: Api) -> Iterator[Upstream]:
    """Yields another service, which the server may call."""
    api.companies.webhook_reach = "loopback"
    with run_upstream() as upstream:
        upstream.access_tokens.add(TOKEN)
        yield upstream


def execute(api: Api, action: str, connection: str = "local", **parameters: object) -> Any:
    """Runs an action as the package does; returns what it is answered, which has the status 200 in any case."""
    body = {"connectionName": connection, "actionName": action, "parameters": parameters}
    answer = api.post(f"/cli/connectors/connection/{connection}/execute", body)
    assert answer.status == 200
    return answer.body


def failure(api: Api, action: str, connection: str = "local", **parameters: object) -> str:
    answer = execute(api, action, connection, **parameters)
    assert set(answer) == {"status", "message"}
    assert answer["status"] == "error"
    return str(answer["message"])


def names(api: Api, connection: str = "local", **query: object) -> list[str]:
    answer = api.get(f"/cli/connectors/connection/{connection}/actions", **query)
    assert answer.status == 200, answer.body
    return [str(name) for name in answer.body["data"]]


def last_run(api: Api) -> Any:
    return api.get("/app/api/runs").body["items"][0]


def test_every_declared_endpoint_is_served_and_no_action(api: Api) -> None:
    assert {(one.method, one.path) for one in DECLARED} <= set(handlers())
    assert not [entry for entry in catalogue.entries().values() if entry.path.startswith(("/cli", "/apps"))]
    for prefix in ("/cli", "/apps"):
        assert api.get(f"{prefix}/connectors/connections").body == [{"name": "local", "connectionType": "pipedrive"}]


def test_the_key_is_an_api_token_in_a_header_of_its_own(api: Api) -> None:
    url, deployed = "/cli/connectors/connections", "/apps/connectors/connections"
    bearer, token = {"api-authorization": f"Bearer {api.token}"}, {"shared-token": api.token}
    assert api.send("GET", url, headers=bearer).status == 200
    assert api.send("GET", deployed, headers=token).status == 200
    for path, headers in (
        (url, {}),
        (url, token),
        (url, {"x-api-token": api.token}),
        (url, {"authorization": f"Bearer {api.token}"}),
        (url, {"api-authorization": api.token}),
        (url, {"api-authorization": "Bearer "}),
        (url, {"api-authorization": "Bearer nobody's"}),
        (url, api.session_headers()),
        (deployed, bearer),
        (deployed, {"shared-token": ""}),
        (deployed, {"shared-token": "shared-token-for-development-only"}),
        # The package asks here whether its key is still good.
        ("/cli/api-keys/info", {}),
    ):
        answer = api.send("GET", path, headers=headers)
        assert (answer.status, answer.body) == (
            401,
            {"status": "error", "message": "The key is no API token of a user"},
        )
    assert api.get("/cli/api-keys/info").status == api.get("/apps/nothing").status == 404
    assert api.send("DELETE", url, headers=bearer).status == 405


def test_users_without_the_api_are_not_let_in(api: Api) -> None:
    user = add_user(api, "Rita")
    set_permissions(api, use_api=False)
    assert user.get("/cli/connectors/connections").status == 403
    answer = user.post(f"{ONE}/execute", {"actionName": "get_users_me"})
    assert (answer.status, answer.body["status"]) == (403, "error")
    set_permissions(api)
    assert user.get("/cli/connectors/connections").status == 200
    api.put("/v1/users/2", {"active_flag": False})
    assert user.get("/cli/connectors/connections").status == 401


def test_actions_are_listed_by_their_bare_names(api: Api) -> None:
    answer = api.get(f"{ONE}/actions").body
    assert (answer["page"], answer["pageSize"], len(answer["data"])) == (0, 100, 100)
    pages = [names(api, page=page, pageSize=150) for page in range(4)]
    every = [name for page in pages for name in page]
    assert len(every) == len(set(every))
    assert set(every) == {entry.name for entry in catalogue.entries().values()}
    assert {entry.name for entry in catalogue.entries().values() if entry.documented} <= set(every)
    assert names(api, page=9) == []
    found = names(api, search="Followers  deals")
    assert found == list(dict.fromkeys(entry.name for entry in catalogue.search(["followers", "deals"])))
    assert names(api, search="followers deals", page=1, pageSize=2) == found[2:4]
    assert names(api, search="no such thing") == []
    # What later versions of the package may send is ignored.
    assert names(api, search="get_deals_search", sort="name") == ["get_deals_search"]
    for query in ({"page": -1}, {"pageSize": 0}, {"pageSize": 1001}, {"page": "x"}):
        answer = api.get(f"{ONE}/actions", **query)
        assert (answer.status, answer.body["status"]) == (400, "error")
    assert api.get("/cli/connectors/connection/nothing/actions").status == 404


def test_an_action_tells_what_it_takes(api: Api) -> None:
    action = api.get(f"{ONE}/action/get_deals").body
    assert action["name"] == "get_deals"
    assert "This is v2.get_deals" in action["description"]
    assert action["payloadSchema"]["properties"]["status"]["description"]
    assert "cursor" in action["payloadSchema"]["properties"]
    assert action["returnType"] == "object"
    assert action["returnSchema"]["properties"]["data"]["type"] == "array"
    assert "start" in api.get(f"{ONE}/action/v1.get_deals").body["payloadSchema"]["properties"]
    assert "content" in api.get(f"{ONE}/action/get_files_by_id_download").body["returnSchema"]["properties"]
    new = api.get(f"{ONE}/action/post_deals").body["payloadSchema"]
    assert (new["required"], new["properties"]["data"]["required"]) == (["data"], ["title"])
    answer = api.get(f"{ONE}/action/get_dealz")
    assert answer.status == 404
    assert "get_deals" in answer.body["message"]


def test_every_schema_is_one_and_takes_what_the_action_takes(api: Api) -> None:
    for name in {entry.name for entry in catalogue.entries().values()}:
        action = api.get(f"{ONE}/action/{name}").body
        for schema in (action["payloadSchema"], action["returnSchema"]):
            jsonschema.Draft202012Validator.check_schema(schema)
        assert action["payloadSchema"]["type"] == "object"
    schema = api.get(f"{ONE}/action/patch_deals_by_id").body["payloadSchema"]
    jsonschema.validate({"id": 1, "data": {"title": "Roof", "value": 3}}, schema)
    for wrong in ({"id": 1}, {"id": "x", "data": {}}, {"id": 1, "data": {}, "title": "Roof"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_an_action_is_run_as_the_user_and_told(api: Api) -> None:
    made = execute(api, "post_deals", data={"title": "Roof"})
    assert (made["status"], made["data"]["data"]["title"]) == ("success", "Roof")
    run = last_run(api)
    assert (run["source"], run["connection"], run["version"], run["action"]) == ("api", "This CRM", "v2", "post_deals")
    assert (run["status"], run["changes"], run["params"]) == ("ok", 1, {"data": {"title": "Roof"}})
    id = made["data"]["data"]["id"]
    assert execute(api, "get_deals_by_id", id=id)["data"]["data"]["title"] == "Roof"
    assert execute(api, "get_deals", start=0, limit=1)["data"]["additional_data"]["pagination"]["limit"] == 1
    assert last_run(api)["version"] == "v1"
    assert api.post(f"/app/api/runs/{run['id']}/undo").status == 200
    assert execute(api, "get_deals")["data"]["data"] == []
    user = add_user(api, "Rita")
    assert execute(user, "get_users_me")["data"]["data"]["name"] == "Rita"
    assert [one["user"]["name"] for one in user.get("/app/api/runs").body["items"]] == ["Rita"]
    me = api.send(
        "POST", "/apps/connectors/connection/local/execute", b'{"actionName": "v1.get_users_me", "later": 1}'
    ).body
    assert me["data"]["data"]["name"] == "Ada Admin"


def test_what_is_refused_is_told_with_the_status_200(api: Api) -> None:
    assert "did you mean" in failure(api, "get_dealz") or "get_deals" in failure(api, "get_dealz")
    assert failure(api, "post_deals", data={}) == "data.title: is required"
    assert "data" in failure(api, "post_deals")
    assert "title" in failure(api, "post_deals", title="Roof")
    assert "nothing" in failure(api, "get_users_me", nothing=1)
    assert failure(api, "get_deals", "nothing") == "There is no connection 'nothing'; there is local"
    assert api.get("/app/api/runs").body["items"] == []
    assert "999" in failure(api, "get_deals_by_id", id=999) or last_run(api)["http_status"] == 404
    assert last_run(api)["status"] == "refused"
    body = {"connectionName": "other", "actionName": "get_deals"}
    answer = api.post(f"{ONE}/execute", body)
    assert (answer.status, answer.body["status"]) == (200, "error")
    assert "the address says 'local'" in answer.body["message"]
    for raw in (
        b"{",
        b"[]",
        b'{"actionName": 1}',
        b'{"parameters": {}}',
        b'{"actionName": "get_deals", "parameters": []}',
    ):
        answer = api.send("POST", f"{ONE}/execute", raw)
        assert (answer.status, answer.body["status"]) == (400, "error")


def test_what_a_connection_may_run_is_held(api: Api, upstream: Upstream) -> None:
    add(api, upstream, permits={"kind": "read"})
    assert execute(api, "get_deals", "sales")["status"] == "success"
    sent = len(upstream.service.requests)
    message = failure(api, "post_deals", "sales", data={"title": "Roof"})
    assert "it only reads" in message
    assert len(upstream.service.requests) == sent
    assert last_run(api)["error"]["type"] == "NotPermitted"
    assert all(name.startswith("get_") for name in names(api, "sales", pageSize=1000))
    api.patch("/app/api/connections/1", {"permits": {"kind": "chosen", "actions": ["v2.get_deals"]}})
    assert names(api) == ["get_deals"]
    assert "not among the actions" in failure(api, "get_persons")


def test_connections_are_those_that_the_user_may_use(api: Api, upstream: Upstream) -> None:
    add(api, upstream, "Sales EU", is_shared=True)
    add(api, upstream, "mine")
    assert [one["name"] for one in api.get("/cli/connectors/connections").body] == ["local", "mine", "Sales EU"]
    user = add_user(api, "Rita", admin=True)
    assert [one["name"] for one in user.get("/cli/connectors/connections").body] == ["local", "Sales EU"]
    assert execute(user, "get_deals", "sales eu")["status"] == "success"
    assert "There is no connection 'mine'" in failure(user, "get_deals", "mine")
    assert execute(api, "get_users_me", "This CRM")["status"] == "success"
    # Nobody else's can be in its place.
    body = {"name": "Local", "service": "server", "url": upstream.url, "token": TOKEN}
    assert api.post("/app/api/connections", body).status == 409


def test_files_come_as_base64_and_no_path_is_read(api: Api, tmp_path: Any) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("of the server")
    for parameters in ({"data": {"file": str(secret)}}, {"file": str(secret)}):
        assert "is a file, which goes with the request" in failure(api, "post_files", **parameters)
        wanted = {"connection_id": 1, "version": "v1", "name": "post_files", "params": parameters}
        answer = api.post("/app/api/runs", wanted)
        assert (answer.status, answer.body["error"]["code"]) == (400, "invalid")
        answer = api.post("/app/api/actions/v1/post_files/code", {"params": parameters})
        assert (answer.status, "of the server" in str(answer.body)) == (400, False)
    assert api.get("/v1/files").data in (None, [])
    assert api.upload("POST", "/v1/files", {"file": ("a.txt", "text/plain", b"four walls")}).status == 200
    file = execute(api, "get_files_by_id_download", id=1)["data"]
    assert (file["contentType"].partition(";")[0], file["encoding"]) == ("text/plain", "base64")
    assert base64.b64decode(file["content"]) == b"four walls"


def test_tokens_are_given_to_whose_they_are(api: Api, upstream: Upstream) -> None:
    assert api.get(f"{ONE}/access-token").body == {
        "connectionName": "local",
        "connectorType": "pipedrive",
        "projectId": api.principal.company.domain,
        "token": api.token,
        "expiresAt": NEVER,
    }
    add(api, upstream, is_shared=True)
    path = "/cli/connectors/connection/sales/access-token"
    assert (api.get(path).body["token"], api.get(path).body["expiresAt"]) == (TOKEN, NEVER)
    assert add_user(api, "Rita", admin=True).get(path).status == 403
    api.patch("/app/api/connections/2", {"permits": {"kind": "read"}})
    assert api.get(path).status == 403
    assert api.get("/cli/connectors/connection/nothing/access-token").status == 404


def test_tokens_by_oauth_are_renewed(api: Api, upstream: Upstream) -> None:
    connect(api, upstream)
    path = "/cli/connectors/connection/sales/access-token"
    first = api.get(path).body
    assert (first["token"], upstream.refresh_count) == ("access-1", 0)
    assert first["expiresAt"] > time.strftime("%Y-%m-%dT%H:%M:%S")
    api.patch("/app/api/connections/2", {"permits": {"kind": "all"}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "dealwright.connectors.grants.Grant.needs_refresh", lambda grant, now: grant.access_token == "access-1"
        )
        second = api.get(path).body
    assert second["token"] != "access-1"
    assert second["token"] in upstream.access_tokens
    assert api.get(path).body == second
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dealwright.connectors.grants.Grant.needs_refresh", lambda *_: True)
        upstream.refresh_tokens.clear()
        answer = api.get(path)
    assert answer.status == 409
    assert "Please reconnect 'sales'" in answer.body["message"]


def test_the_health_check_needs_no_key(api: Api) -> None:
    answer = api.send("GET", "/healthcheck", headers={})
    assert (answer.status, answer.body) == (200, {"status": "ok"})
    assert api.send("POST", "/healthcheck", headers={}).status == 405
