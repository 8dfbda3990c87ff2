"""The chat in a terminal: one sentence, a conversation, and what is run only when somebody says yes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dealwright import run_connection_action
from dealwright.chat.drafts import Draft
from dealwright.cli.chat_runs import Card, Runner
from dealwright.connectors.connections import add, server
from dealwright.console import models
from tests.cli.command_result import CommandResult, Run
from tests.connectors.isolated_user import isolated_environment
from tests.connectors.service import TOKEN, run_service

SENTENCE = 'Execute the action "{}" from my connector "local" using the params "{}".'

Say = Callable[..., CommandResult]


@pytest.fixture(autouse=True)
def isolated_user(tmp_path: Path) -> Iterator[None]:
    with isolated_environment(tmp_path):
        yield


@pytest.fixture
def chat(run: Run, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Has a conversation: ``lines`` are what is written to the standard input."""

    def chat(*arguments: str, lines: str = "") -> CommandResult:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        return run("chat", *arguments)

    return chat


def titles() -> list[str]:
    return [deal["title"] for deal in run_connection_action("local", "get_deals")["data"]]


def test_the_sentence_of_the_document(chat: Say) -> None:
    run_connection_action("local", "post_deals", {"data": {"title": "Roof"}})
    for params in ('{"status": "open"}', "{'status': 'open'}", "{“status”: “open”}", '{\n "status":\n "open"\n}'):
        done = chat(SENTENCE.format("get_deals", params))
        assert done.code == 0, done.err
        assert [deal["title"] for deal in json.loads(done.out)["data"]] == ["Roof"]
    assert chat(SENTENCE.format("get_dealz", "{}")).code == 1
    done = chat(SENTENCE.format("get_deals_by_id", '{"id": 999}'))
    assert (done.code, done.out) == (1, "")
    assert "404" in done.err


def test_what_writes_is_run_when_somebody_says_yes(chat: Say) -> None:
    order = SENTENCE.format("post_deals", '{"data": {"title": "Roof"}}')
    for lines in ("", "no\n", "maybe\n", "yes but later\n"):
        refused = chat(order, lines=lines)
        assert (refused.code, refused.out) == (1, "")
        assert "v2.post_deals on local" in refused.err
        assert "Title: “Roof”" in refused.err
    assert titles() == []
    done = chat(order, lines="yes\n")
    assert done.code == 0, done.err
    assert json.loads(done.out)["data"]["title"] == "Roof"
    assert titles() == ["Roof"]


def test_plain_words_ask_for_what_is_missing(chat: Say) -> None:
    done = chat("create", "a", "deal", lines="Roof of the mill\nyes\n")
    assert done.code == 0, done.err
    assert "v2.post_deals needs data.title" in done.err
    assert titles() == ["Roof of the mill"]
    listed = chat("list open deals")
    assert [deal["title"] for deal in json.loads(listed.out)["data"]] == ["Roof of the mill"]
    assert chat("sing a song").code == 1


def test_a_conversation_goes_on_and_takes_back(chat: Say) -> None:
    lines = [
        "create a deal called Roof",
        "yes",
        "undo",
        "undo",
        "get_deals_by_id",
        "999",
        'Execute the action "post_deals" from my connector "local" using the params "{',
        '  "data": {"title": "Wall"}',
        '}".',
        "y",
        "list deals",
        "exit",
        "create a deal called Never",
        "yes",
    ]
    done = chat("-o", "ndjson", lines="\n".join(lines))
    assert done.code == 0, done.err
    assert "It is taken back." in done.err
    assert "There is nothing to undo" in done.err
    assert "404" in done.err
    assert titles() == ["Wall"]


def test_other_connections_are_named_or_given(chat: Say) -> None:
    with run_service() as service:
        add(server("crm", service.url, TOKEN))
        assert chat('Execute the action "get_deals" from my connector "crm" using the params "{}".').code == 0
        assert chat("list deals", "-c", "crm").code == 0
        assert [request.method for request in service.requests] == ["GET", "GET"]
        assert chat("delete deal 7", "-c", "crm", lines="no\n").code == 1
        assert chat("delete deal 7", "-c", "crm", lines="yes\n").code == 0
        assert [request.method for request in service.requests] == ["GET", "GET", "DELETE"]
    unknown = chat(SENTENCE.replace("local", "nothing").format("get_deals", "{}"))
    assert unknown.code == 3
    assert "There is no connection 'nothing'" in unknown.err


def test_a_change_is_shown_before_and_after(chat: Say) -> None:
    deal = run_connection_action("local", "post_deals", {"data": {"title": "Roof"}})["data"]["id"]
    shown = chat(f"run patch_deals_by_id {{'id': {deal}, 'data': {{'title': 'Wall', 'status': 'won'}}}}", lines="no\n")
    assert f"Deal {deal} “Wall”: changed" in shown.err
    assert "Title: “Roof” → “Wall”" in shown.err
    # What follows from it is found by doing it.
    assert "Won time: nothing → " in shown.err
    assert titles() == ["Roof"]
    refused = chat("run patch_deals_by_id {'id': 99, 'data': {'title': 'Wall'}}", lines="yes\n")
    assert (refused.code, "404" in refused.err) == (1, True)


def test_what_has_changed_since_is_shown_anew(chat: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    deal = run_connection_action("local", "post_deals", {"data": {"title": "Roof"}})["data"]["id"]
    carry_out = Runner.carry_out
    meddled: list[str] = []

    def meddle(self: Runner, call: Draft, card: Card) -> Any:
        if not meddled:
            meddled.append("Door")
            run_connection_action("local", "patch_deals_by_id", {"id": deal, "data": {"title": "Door"}})
        return carry_out(self, call, card)

    monkeypatch.setattr(Runner, "carry_out", meddle)
    order = f"run patch_deals_by_id {{'id': {deal}, 'data': {{'title': 'Wall'}}}}"
    done = chat(order, lines="yes\nyes\n")
    assert done.code == 0, done.err
    assert "Something has changed since" in done.err
    assert "Title: “Door” → “Wall”" in done.err
    assert titles() == ["Wall"]


def test_a_model_plans_and_each_card_asks(chat: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pydantic_ai")
    from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
    from pydantic_ai.models.function import AgentInfo, FunctionModel

    def respond(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
        told = [part.content for one in messages for part in one.parts if isinstance(part, ToolReturnPart)]
        if not told:
            made = [{"action": "post_deals", "params": {"data": {"title": title}}} for title in ("Roof", "Wall")]
            return ModelResponse(parts=[ToolCallPart("run_action", one) for one in made])
        return ModelResponse(parts=[TextPart(f"Of two, {str(told).count('done')} is done.")])

    monkeypatch.setenv(models.MODEL_VARIABLE, "ollama:scripted")
    monkeypatch.setattr(models, "_make", lambda *_: FunctionModel(respond))
    done = chat("make two deals for the builders", lines="yes\nno\n")
    assert done.code == 0, done.err
    assert "Title: “Roof”" in done.err
    assert "Of two, 1 is done." in done.out
    assert titles() == ["Roof"]
