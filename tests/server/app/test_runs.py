"""Running actions from the web app: the run is written, told with what it changed, and taken back."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.console import targets
from dealwright.crm.history import retention
from dealwright.crm.integration import runs
from dealwright.crm.integration.runs import NewRun
from dealwright.storage.tables import runs as runs_table
from tests.api import Api
from tests.company import add_user, open_write


def here(api: Api) -> int:
    """The connection to this CRM."""
    id: int = api.get("/app/api/connections").body["items"][0]["id"]
    return id


def run(api: Api, version: str, name: str, **params: object) -> Any:
    answer = api.post("/app/api/runs", {"connection_id": here(api), "version": version, "name": name, "params": params})
    assert answer.status == 200, answer.body
    return answer.body


def test_an_action_is_run_told_and_taken_back(api: Api) -> None:
    person = api.post("/api/v2/persons", {"name": "Ada"}).data["id"]
    ran = run(api, "v2", "post_deals", data={"title": "Roof", "person_id": person, "value": 3})
    deal = ran["answer"]["body"]["data"]["id"]
    assert ran["run"]["status"] == "ok"
    assert ran["run"]["http_status"] == 200
    assert ran["run"]["cost"] == 5
    assert ran["run"]["changes"] == 1
    assert ran["run"]["rate_headers"]["x-daily-ratelimit-token-limit"]
    assert ran["run"]["params"] == {"data": {"title": "Roof", "person_id": person, "value": 3}}
    details = api.get(f"/app/api/runs/{ran['run']['id']}").body
    [record] = details["records"]
    assert (record["noun"], record["name"], record["action"]) == ("Deal", "Roof", "created")
    by_key = {member["key"]: member for member in record["members"]}
    assert by_key["person_id"]["after_text"] == "Ada"
    assert by_key["stage_id"]["after_text"] == "Qualified"
    assert by_key["owner_id"]["name"] == "Owner"
    assert (by_key["value"]["after"], by_key["value"]["after_currency"]) == (3, "EUR")
    assert by_key["person_id"]["after_currency"] is None
    undone = api.post(f"/app/api/runs/{ran['run']['id']}/undo").body
    assert (undone["action"], undone["status"], undone["changes"]) == ("undo", "ok", 1)
    assert api.get(f"/api/v2/deals/{deal}").status == 404
    details = api.get(f"/app/api/runs/{ran['run']['id']}").body
    assert details["undone_by"] == undone["id"]
    assert api.get(f"/app/api/runs/{undone['id']}").body["undoes"] == ran["run"]["id"]
    again = api.post(f"/app/api/runs/{ran['run']['id']}/undo")
    assert (again.status, again.body["error"]["code"]) == (409, "conflict")
    api.post(f"/app/api/runs/{undone['id']}/undo")
    assert api.get(f"/api/v2/deals/{deal}").data["title"] == "Roof"
    assert [one["action"] for one in api.get("/app/api/runs").body["items"]] == ["undo", "undo", "post_deals"]


def test_a_conflict_names_record_and_member(api: Api) -> None:
    deal = api.post("/api/v2/deals", {"title": "Roof"}).data["id"]
    ran = run(api, "v2", "patch_deals_by_id", id=deal, data={"title": "Wall"})
    add_user(api, "Otto", admin=True).patch(f"/api/v2/deals/{deal}", {"title": "Floor"})
    answer = api.post(f"/app/api/runs/{ran['run']['id']}/undo")
    assert answer.status == 409
    assert answer.body["error"]["message"] == f"Deal {deal}, title: Otto has changed it since"
    # The undo that was not made is no run.
    assert len(api.get("/app/api/runs").body["items"]) == 1


def test_what_is_refused_is_told(api: Api) -> None:
    ran = run(api, "v2", "get_deals_by_id", id=999)
    assert (ran["run"]["status"], ran["run"]["http_status"], ran["answer"]) == ("refused", 404, None)
    assert ran["run"]["error"]["type"] == "ApiError"
    assert ran["failure"]["success"] is False
    answer = api.post(
        "/app/api/runs", {"connection_id": here(api), "version": "v2", "name": "post_deals", "params": {"data": {}}}
    )
    assert answer.status == 400
    assert list(answer.body["error"]["fields"]) == ["params.data.title"]
    for body in (
        {"connection_id": here(api), "version": "v2", "name": "post_nothing"},
        {"connection_id": 99, "version": "v2", "name": "get_deals"},
    ):
        assert api.post("/app/api/runs", body).status == 404
    assert len(api.get("/app/api/runs").body["items"]) == 1


def test_files_go_along_and_downloads_come_back(api: Api) -> None:
    deal = api.post("/api/v2/deals", {"title": "Roof"}).data["id"]
    run_text = f'{{"connection_id": {here(api)}, "version": "v1", "name": "post_files", "params": {{"data": {{"deal_id": {deal}}}}}}}'
    answer = api.upload(
        "POST",
        "/app/api/runs/with-file",
        {"file": ("plan.txt", "text/plain", b"four walls")},
        {"run": run_text, "property": "file"},
    )
    assert answer.status == 200, answer.body
    assert answer.body["run"]["params"]["data"]["file"] == {"file": "plan.txt", "size": 10}
    assert not answer.body["run"]["can_repeat"]
    file = answer.body["answer"]["body"]["data"]["id"]
    shown = run(api, "v1", "get_files_by_id_download", id=file)["answer"]
    assert (shown["encoding"], base64.b64decode(shown["body"])) == ("base64", b"four walls")
    assert api.post(f"/app/api/runs/{answer.body['run']['id']}/again").status == 409
    code = api.get(f"/app/api/runs/{answer.body['run']['id']}/code").body
    assert "open('plan.txt', 'rb')" in code["python"]
    assert "--form file=@plan.txt" in code["curl"]


def test_long_answers_are_cut(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        api.post("/api/v2/persons", {"name": f"Person {number}"})
    monkeypatch.setattr("dealwright.console.answers.MAX_SHOWN_BYTES", 1500)
    shown = run(api, "v2", "get_persons")["answer"]
    assert shown["is_cut"]
    assert 0 < len(shown["body"]["data"]) < 5
    assert shown["size"] > 1500


def test_runs_are_run_again(api: Api) -> None:
    first = run(api, "v2", "post_deals", data={"title": "Roof"})
    second = api.post(f"/app/api/runs/{first['run']['id']}/again").body
    assert second["run"]["repeats"] == first["run"]["id"]
    assert second["run"]["params"] == first["run"]["params"]
    assert len(api.get("/api/v2/deals").data) == 2


def test_secrets_are_not_written(api: Api) -> None:
    hook = {
        "subscription_url": "https://example.com/hook",
        "event_action": "*",
        "event_object": "*",
        "http_auth_user": "me",
        "http_auth_password": "hush-hush",
    }
    ran = run(api, "v1", "post_webhooks", data=hook)
    assert ran["run"]["params"]["data"]["http_auth_password"] == "[redacted]"
    assert not ran["run"]["can_repeat"]
    with api.principal.company.database.read() as db:
        assert "hush-hush" not in str(db.rows(sa.select(runs_table)))
    refused = api.post(f"/app/api/runs/{ran['run']['id']}/undo")
    assert refused.status == 409
    assert "cannot be taken back" in refused.body["error"]["message"]


def test_runs_are_listed_with_filters(api: Api) -> None:
    for title in ("Roof", "Wall", "Floor"):
        run(api, "v2", "post_deals", data={"title": title})
        api.clock.advance(minutes=1)
    run(api, "v2", "get_deals_by_id", id=999)

    def found(**filter: object) -> list[str]:
        items = api.get("/app/api/runs", **filter).body["items"]
        return [one["params"].get("data", {}).get("title", one["action"]) for one in items]

    assert found() == ["get_deals_by_id", "Floor", "Wall", "Roof"]
    assert found(action="post_deals") == ["Floor", "Wall", "Roof"]
    assert found(status="refused") == ["get_deals_by_id"]
    assert found(text="WALL post_deals") == ["Wall"]
    assert found(text="%") == []
    assert found(connection_id=here(api), source="console", user_id=1) == found()
    assert found(source="chat") == found(user_id=2) == found(connection_id=99) == []
    assert found(since="2026-03-02T10:01:00Z", until="2026-03-02T10:02:00Z") == ["Wall"]
    first = api.get("/app/api/runs", limit=3).body
    rest = api.get("/app/api/runs", limit=3, cursor=first["next_cursor"]).body
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (3, 1, None)
    assert api.get("/app/api/runs", cursor="nonsense").status == 400


def test_others_see_their_own_runs_alone(api: Api) -> None:
    user = add_user(api, "Rita")
    ran = run(api, "v2", "post_deals", data={"title": "Roof"})
    assert user.get("/app/api/runs").body["items"] == []
    assert user.get(f"/app/api/runs/{ran['run']['id']}").status == 404
    assert user.post(f"/app/api/runs/{ran['run']['id']}/undo").status == 404
    own = run(user, "v2", "post_deals", data={"title": "Wall"})
    assert own["run"]["user"]["name"] == "Rita"
    assert [one["id"] for one in user.get("/app/api/runs").body["items"]] == [own["run"]["id"]]
    assert len(api.get("/app/api/runs").body["items"]) == 2


def test_a_run_whose_process_was_killed_is_interrupted(api: Api) -> None:
    with open_write(api) as crm:
        id = runs.start(crm, NewRun("console", "sales", "v2", "get_deals", {}))
    assert api.get(f"/app/api/runs/{id}").body["status"] == "running"
    api.clock.advance(seconds=50)
    with open_write(api) as crm:
        runs.renew(crm, [id])
    api.clock.advance(seconds=50)
    assert api.get("/app/api/runs", status="running").body["items"][0]["id"] == id
    api.clock.advance(seconds=50)
    assert api.get(f"/app/api/runs/{id}").body["status"] == "interrupted"
    assert api.get("/app/api/runs", status="running").body["items"] == []
    assert api.get("/app/api/runs", status="interrupted").body["items"][0]["id"] == id


def test_runs_are_kept_for_a_time(api: Api) -> None:
    run(api, "v2", "get_deals")
    assert api.get("/app/api/runs/settings").body == {"retention_days": 90}
    assert api.patch("/app/api/runs/settings", {"retention_days": 7}).body == {"retention_days": 7}
    assert api.patch("/app/api/runs/settings", {"retention_days": 0}).status == 400
    assert add_user(api, "Rita").patch("/app/api/runs/settings", {"retention_days": 7}).status == 403
    api.clock.advance(days=6)
    run(api, "v2", "get_deals")
    api.clock.advance(days=2)
    assert runs.delete_expired in retention.COMPANY_CLEANERS
    with open_write(api) as crm:
        runs.delete_expired(crm)
    assert len(api.get("/app/api/runs").body["items"]) == 1


def test_an_error_of_ours_ends_the_run(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(targets, "open_client", fail)
    with pytest.raises(AssertionError, match="500"):
        run(api, "v2", "get_deals")
    [one] = api.get("/app/api/runs").body["items"]
    assert (one["status"], one["error"]["message"]) == ("failed", "Internal error")


def test_calls_are_written_as_code(api: Api) -> None:
    path = "/app/api/actions/v2/post_deals/code"
    code = api.post(path, {"params": {"data": {"title": "Ada's roof", "value": 3}}}).body
    namespace: dict[str, Any] = {}
    called: dict[str, Any] = {}
    python = code["python"].replace("from dealwright import run_connection_action", "")
    exec(python, {"run_connection_action": lambda **arguments: called.update(arguments)}, namespace)
    assert called == {
        "connection_name": "This CRM",
        "action_name": "post_deals",
        "params": {"data": {"title": "Ada's roof", "value": 3}},
    }
    assert code["sentence"] == (
        'Execute the action "post_deals" from my connector "This CRM" using the params '
        '{"data": {"title": "Ada\'s roof", "value": 3}}.'
    )
    assert "--request POST" in code["curl"]
    assert 'x-api-token: $DEALWRIGHT_TOKEN"' in code["curl"]
    assert code["cli"].startswith("dealwright run post_deals -c 'This CRM' -d ")
    assert api.post(path, {"params": {"data": {}}}).status == 400
    exact = api.post("/app/api/actions/v1/get_deals/code", {"params": {"status": "open"}}).body
    assert "v1.get_deals" in exact["python"]
