"""Conversations: what is said is kept, what reads is run, and what writes waits for the answer to its card."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.crm.history import retention
from dealwright.crm.integration import conversations
from dealwright.storage.tables import chat_conversations, chat_messages
from tests.api import Api, Response
from tests.company import add_user
from tests.connectors.service import TOKEN, StubResponse, run_service

PATH = "/app/api/conversations"
SENTENCE = "Execute the action “{}” from my connector “{}” using the params “{}”."


def begin(api: Api, **body: Any) -> int:
    id: int = api.post(PATH, body).body["id"]
    return id


def say(api: Api, id: int, text: str, **more: Any) -> list[dict[str, Any]]:
    """Returns the parts of what was answered."""
    return exchange(api.post(f"{PATH}/{id}/messages", {"text": text, **more}))


def exchange(answer: Response) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.body
    parts: list[dict[str, Any]] = answer.body["messages"][-1]["parts"]
    return parts


def latest(api: Api, id: int) -> dict[str, Any]:
    message: dict[str, Any] = api.get(f"{PATH}/{id}").body["items"][-1]
    return message


def answer_card(api: Api, id: int, answer: str, message: dict[str, Any] | None = None) -> Response:
    message = message or latest(api, id)
    plan_id = next(part["card"]["plan_id"] for part in message["parts"] if part["type"] == "card")
    return api.post(f"{PATH}/{id}/messages/{message['id']}/cards/{plan_id}", {"answer": answer})


def card_of(message: dict[str, Any]) -> dict[str, Any]:
    card: dict[str, Any] = next(part["card"] for part in message["parts"] if part["type"] == "card")
    return card


def titles(api: Api) -> list[str]:
    return [deal["title"] for deal in api.get("/api/v2/deals").data]


def test_the_sentence_of_the_document_runs_and_answers_a_table(api: Api) -> None:
    person = api.post("/api/v2/persons", {"name": "Ada"}).data["id"]
    api.post("/api/v2/deals", {"title": "Roof", "value": 250, "currency": "EUR", "person_id": person})
    id = begin(api)
    [part] = say(api, id, SENTENCE.format("get_deals", "local", "{“status”: “open”,\n “limit”: 5}"))
    answer = part["answer"]
    records = answer["records"]
    assert (records["shown_as"], records["object"], records["count"], records["has_more"]) == (
        "table",
        "deal",
        1,
        False,
    )
    row = dict(zip([one["key"] for one in records["columns"]], records["rows"][0]["cells"], strict=True))
    assert (row["title"], row["value"], row["status"], row["person"]) == ("Roof", 250, "open", "Ada")
    assert (records["rows"][0]["currency"], answer["connection"]) == ("EUR", "local")
    run = api.get(f"/app/api/runs/{answer['run_id']}").body
    assert (run["source"], run["action"], run["params"]) == ("chat", "get_deals", {"status": "open", "limit": 5})
    # Names were looked up without runs of their own.
    assert len(api.get("/app/api/runs").body["items"]) == 1
    [part] = say(api, id, "get_deals_by_id id=1")
    assert part["answer"]["records"]["shown_as"] == "record"


def test_plain_words_ask_for_what_is_missing_and_end_in_a_card(api: Api) -> None:
    id = begin(api)
    [part] = say(api, id, "create a deal")
    question = part["question"]
    assert (question["action"], question["path"], question["is_open"]) == ("v2.post_deals", "data.title", True)
    message = latest(api, id)
    answered = api.post(f"{PATH}/{id}/messages/{message['id']}/answer", {"value": "No"})
    [part] = exchange(answered)
    # A value is taken as it is: this one declines nothing.
    assert part["card"]["params"] == {"data": {"title": "No"}}
    assert api.post(f"{PATH}/{id}/messages/{message['id']}/answer", {"value": "Roof"}).status == 409
    first, *_ = answered.body["messages"]
    assert not first["parts"][0]["question"]["is_open"]
    assert titles(api) == []


def test_one_of_several_actions_is_chosen(api: Api) -> None:
    id = begin(api)
    [part] = say(api, id, "delete")
    assert part["type"] in ("text", "question")
    [part] = say(api, id, "list fields")
    if part["type"] == "question":
        choices = part["question"]["choices"]
        message = latest(api, id)
        [part] = exchange(api.post(f"{PATH}/{id}/messages/{message['id']}/answer", {"value": choices[0]["value"]}))
        assert part["type"] in ("answer", "question")


def test_a_card_shows_what_would_change_and_runs_exactly_that_once(api: Api) -> None:
    deal = api.post("/api/v2/deals", {"title": "Roof", "value": 100}).data["id"]
    id = begin(api)
    [part] = say(api, id, f"run patch_deals_by_id {{'id': {deal}, 'data': {{'title': 'Wall', 'status': 'won'}}}}")
    card = part["card"]
    [record] = card["records"]
    members = {one["key"]: (one["before_text"], one["after_text"]) for one in record["members"]}
    assert (members["title"], members["status"]) == (("Roof", "Wall"), ("open", "won"))
    assert "won_time" in members
    assert (card["state"], card["is_exact"], card["cost"], card["connection"]) == ("waiting", True, 5, "local")
    for text in ("yes", "run it", "go"):
        assert say(api, id, text)[0]["type"] == "text"
    assert titles(api) == ["Roof"]
    message = api.get(f"{PATH}/{id}").body["items"][1]
    changed = answer_card(api, id, "run", message)
    assert changed.status == 200
    done = card_of(changed.body["messages"][0])
    assert (done["state"], done["can_undo"], done["is_undone"]) == ("done", True, False)
    assert titles(api) == ["Wall"]
    run = api.get(f"/app/api/runs/{done['run_id']}").body
    assert (run["source"], run["status"], run["changes"] > 0) == ("chat", "ok", True)
    for answer in ("run", "decline", "again"):
        assert answer_card(api, id, answer, message).status == 409
    assert api.post(f"/app/api/runs/{done['run_id']}/undo").status == 200
    undone = card_of(api.get(f"{PATH}/{id}").body["items"][1])
    assert (undone["state"], undone["can_undo"], undone["is_undone"]) == ("done", False, True)
    assert titles(api) == ["Roof"]


def test_of_several_that_run_a_card_at_once_one_does(api: Api) -> None:
    id = begin(api)
    say(api, id, "create a deal called Roof")
    message = latest(api, id)
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(answer_card(api, id, "run", message).status)) for _ in range(4)
    ]
    api.session_headers()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409, 409]
    assert titles(api) == ["Roof"]


def test_a_declined_card_runs_no_more(api: Api) -> None:
    id = begin(api)
    say(api, id, "create a deal called Roof")
    message = latest(api, id)
    assert card_of(answer_card(api, id, "decline", message).body["messages"][0])["state"] == "declined"
    assert answer_card(api, id, "run", message).status == 409
    assert titles(api) == []


def test_what_has_changed_since_is_told_and_planned_again(api: Api) -> None:
    deal = api.post("/api/v2/deals", {"title": "Roof"}).data["id"]
    id = begin(api)
    say(api, id, f"run patch_deals_by_id {{'id': {deal}, 'data': {{'title': 'Wall'}}}}")
    add_user(api, "Otto", admin=True).patch(f"/api/v2/deals/{deal}", {"title": "Door"})
    changed = answer_card(api, id, "run").body["messages"]
    assert card_of(changed[0])["state"] == "changed"
    text, card = changed[1]["parts"]
    assert "changed since" in text["text"]
    [member] = [one for one in card["card"]["records"][0]["members"] if one["key"] == "title"]
    assert (member["before_text"], member["after_text"]) == ("Door", "Wall")
    assert titles(api) == ["Door"]
    assert answer_card(api, id, "run").status == 200
    assert titles(api) == ["Wall"]


def test_a_card_expires_and_is_planned_again(api: Api) -> None:
    id = begin(api)
    say(api, id, "create a deal called Roof")
    message = latest(api, id)
    api.clock.advance(minutes=31)
    assert card_of(latest(api, id))["state"] == "expired"
    told = answer_card(api, id, "run", message).body["messages"]
    assert (len(told), card_of(told[0])["can_repeat"]) == (1, True)
    again = answer_card(api, id, "again", message).body["messages"]
    assert (card_of(again[0])["can_repeat"], card_of(again[1])["state"]) == (False, "waiting")
    assert answer_card(api, id, "again", message).status == 409
    assert answer_card(api, id, "run").status == 200
    assert titles(api) == ["Roof"]


def test_what_may_be_run_is_asked_when_the_card_is_answered(api: Api) -> None:
    id = begin(api)
    say(api, id, "create a deal called Roof")
    api.patch("/app/api/connections/1", {"permits": {"kind": "read"}})
    told = answer_card(api, id, "run").body["messages"]
    assert card_of(told[0])["state"] == "failed"
    error = told[1]["parts"][0]["error"]
    assert (error["kind"], error["next_step"]) == ("NotPermitted", "Let the connection run this action, in Connections")
    assert titles(api) == []
    [part] = say(api, id, "create a deal called Wall")
    assert part["error"]["kind"] == "NotPermitted"


def test_what_is_wrong_is_said_with_what_to_do(api: Api) -> None:
    id = begin(api)
    [part] = say(api, id, SENTENCE.format("get_deals", "nothing", "{}"))
    assert (part["error"]["kind"], "local" in part["error"]["next_step"]) == ("UnknownConnection", True)
    [part] = say(api, id, "get_deals_by_id id=99")
    assert part["error"]["kind"] == "ApiError"
    [part] = say(api, id, "run get_dealz {'a': 1}")
    assert part["type"] == "text"
    [part] = say(api, id, "run post_files {'file': '/etc/hostname'}")
    assert "is a file" in part["text"]


def test_several_connections_are_used_in_one_conversation(api: Api) -> None:
    id = begin(api)
    api.post("/api/v2/deals", {"title": "Ours"})
    api.companies.webhook_reach = "loopback"
    with run_service() as service:
        service.responder = lambda _: StubResponse(body={"success": True, "data": [{"id": 1, "title": "Theirs"}]})
        new = {
            "name": "elsewhere",
            "service": "server",
            "token": TOKEN,
            "url": service.url,
        }
        made = api.post("/app/api/connections", new)
        assert made.status == 200, made.body
        [there] = say(api, id, "run get_deals", connection="elsewhere")
        [named] = say(api, id, 'list open deals from my connector "elsewhere"')
    [here] = say(api, id, "run get_deals on local", connection="elsewhere")
    for part, title in ((there, "Theirs"), (named, "Theirs"), (here, "Ours")):
        assert part["answer"]["records"]["rows"][0]["cells"][0] == title


def test_conversations_are_named_found_renamed_and_deleted(api: Api) -> None:
    first, second = begin(api), begin(api, name="Harbour offer")
    api.clock.advance(minutes=1)
    say(api, first, "list open deals of the mill, please, and everything that one might want to know about these")
    listed = api.get(PATH).body["items"]
    assert [one["id"] for one in listed] == [first, second]
    assert listed[0]["name"].startswith("list open deals of the mill")
    assert len(listed[0]["name"]) <= 61
    for text, found in (("MILL deals", [first]), ("harb offer", [second]), ("nothing", []), ("50%", [])):
        assert [one["id"] for one in api.get(PATH, text=text).body["items"]] == found
    assert api.patch(f"{PATH}/{first}", {"name": "  Mills  "}).body["name"] == "Mills"
    assert [one["id"] for one in api.get(PATH, text="mills").body["items"]] == [first]
    page = api.get(PATH, limit=1).body
    assert len(page["items"]) == 1
    rest = api.get(PATH, limit=1, cursor=page["next_cursor"]).body
    assert {page["items"][0]["id"], rest["items"][0]["id"]} == {first, second}
    assert rest["next_cursor"] is None
    assert api.get(PATH, cursor="nonsense").status == 400
    assert api.delete(f"{PATH}/{first}").status == 200
    assert api.get(f"{PATH}/{first}").status == 404
    with api.principal.company.database.read() as db:
        assert db.value(sa.select(sa.func.count()).select_from(chat_messages)) == 0


def test_nobody_else_sees_a_conversation(api: Api) -> None:
    id = begin(api)
    say(api, id, "create a deal called Roof")
    message = latest(api, id)
    other = add_user(api, "Otto", admin=True)
    assert other.get(PATH).body["items"] == []
    assert other.get(f"{PATH}/{id}").status == 404
    assert other.patch(f"{PATH}/{id}", {"name": "Mine"}).status == 404
    assert other.delete(f"{PATH}/{id}").status == 404
    assert other.post(f"{PATH}/{id}/messages", {"text": "list deals"}).status == 404
    assert answer_card(other, id, "run", message).status == 404
    assert other.post(f"{PATH}/{id}/messages/{message['id']}/answer", {"value": "x"}).status == 404
    assert titles(api) == []


def test_messages_come_in_pages(api: Api) -> None:
    id = begin(api)
    for number in range(4):
        say(api, id, f"hello {number}")
    page = api.get(f"{PATH}/{id}", limit=3).body
    assert (page["messages"], len(page["items"])) == (8, 3)
    older = api.get(f"{PATH}/{id}", limit=200, before=page["before"]).body
    assert (len(older["items"]), older["before"]) == (5, None)
    assert [one["role"] for one in older["items"] + page["items"]] == ["user", "assistant"] * 4


def test_secrets_are_not_kept_in_what_was_said(api: Api) -> None:
    id = begin(api)
    params = '{"subscription_url": "https://example.com/hook", "event_action": "*", "event_object": "*", "http_auth_user": "u", "http_auth_password": "hunter22"}'
    say(api, id, f"run post_webhooks {{'data': {params}}}")
    shown = str(api.get(f"{PATH}/{id}").body)
    assert "hunter22" not in shown
    with api.principal.company.database.read() as db:
        stored = [*db.rows(sa.select(chat_messages)), *db.rows(sa.select(chat_conversations))]
    assert "hunter22" not in str(stored)


def test_there_are_limits(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "MAX_PER_USER", 1)
    monkeypatch.setattr(conversations, "MAX_MESSAGES", 2)
    id = begin(api)
    assert api.post(PATH, {}).status == 422
    say(api, id, "hello")
    refused = api.post(f"{PATH}/{id}/messages", {"text": "hello again"})
    assert (refused.status, "begin another one" in refused.error) == (422, True)
    assert api.post(f"{PATH}/{id}/messages", {"text": ""}).status == 400
    assert api.post(f"{PATH}/{id}/messages", {"text": "x" * 70_000}).status == 400


def test_conversations_expire_a_year_after_the_latest_message(api: Api) -> None:
    old = begin(api)
    say(api, old, "hello")
    api.clock.advance(days=200)
    new = begin(api)
    say(api, new, "hello")
    api.clock.advance(days=conversations.RETENTION / timedelta(days=1) - 100)
    company = api.principal.company
    for clean in retention.COMPANY_CLEANERS:
        api.companies.run(company, api.principal.user_id, clean, write=True)
    assert [one["id"] for one in api.get(PATH).body["items"]] == [new]
    with company.database.read() as db:
        assert db.value(sa.select(sa.func.count()).select_from(chat_messages)) == 2
