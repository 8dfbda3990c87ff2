"""Conversations without a language model: what is found, what is asked for, and that nothing is done without a consent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dealwright.chat import dialogue, wishes
from dealwright.chat.dialogue import Reply, State
from dealwright.contract import catalogue


def say(*texts: str) -> Reply:
    """Returns the last reply of a conversation, which is kept as JSON between one text and the next."""
    state = State()
    for text in texts:
        state, reply = dialogue.answer(state, text)
        state = msgspec.json.decode(msgspec.json.encode(state), type=State)
    return reply


def called(reply: Reply) -> tuple[str, str, dict[str, Any]]:
    assert reply.call is not None, reply
    return reply.kind, reply.call.action, reply.call.params


@pytest.mark.parametrize(
    ("text", "action", "params"),
    [
        ("list deals", "v2.get_deals", {}),
        ("show me all open deals, please", "v2.get_deals", {"status": "open"}),
        ("which deals are won?", "v2.get_deals", {"status": "won"}),
        ("show deal 7", "v2.get_deals_by_id", {"id": 7}),
        ("get the deal with id 7", "v2.get_deals_by_id", {"id": 7}),
        ("list people", "v2.get_persons", {}),
        ("list companies", "v2.get_organizations", {}),
        ("list activities", "v2.get_activities", {}),
        ("list deals limit 5", "v2.get_deals", {"limit": 5}),
        ("list deals with limit=5 and status=lost", "v2.get_deals", {"limit": 5, "status": "lost"}),
        ("list deals of owner 3", "v2.get_deals", {"owner_id": 3}),
        ('find the person "Ada"', "v2.get_persons_search", {"term": "Ada"}),
        ("list products of deal 4", "v2.get_deals_by_id_products", {"id": 4}),
        ("list pipelines", "v2.get_pipelines", {}),
        ("show currencies", "v1.get_currencies", {}),
        ("list users", "v1.get_users", {}),
        ("list webhooks", "v1.get_webhooks", {}),
    ],
)
def test_plain_words_that_read_are_run(text: str, action: str, params: dict[str, Any]) -> None:
    assert called(say(text)) == ("run", action, params)


@pytest.mark.parametrize(
    ("text", "action", "params"),
    [
        ("create a deal called Roof", "v2.post_deals", {"data": {"title": "Roof"}}),
        ('create a deal "New roof" with value 12000', "v2.post_deals", {"data": {"title": "New roof", "value": 12000}}),
        ("add a person named Ada Miller", "v2.post_persons", {"data": {"name": "Ada Miller"}}),
        ("delete deal 7", "v2.delete_deals_by_id", {"id": 7}),
        ("mark deal 7 as won", "v2.patch_deals_by_id", {"id": 7, "data": {"status": "won"}}),
        ('rename the deal 7 title to "Wall"', "v2.patch_deals_by_id", {"id": 7, "data": {"title": "Wall"}}),
        ('create an organization "Mill Ltd"', "v2.post_organizations", {"data": {"name": "Mill Ltd"}}),
    ],
)
def test_plain_words_that_write_are_proposed(text: str, action: str, params: dict[str, Any]) -> None:
    assert called(say(text)) == ("propose", action, params)
    assert called(say(text, "yes")) == ("run", action, params)


def test_what_is_missing_is_asked_for() -> None:
    asked = say("create a deal")
    assert (asked.kind, asked.text.startswith("v2.post_deals needs data.title")) == ("ask", True)
    assert called(say("create a deal", "Roof of the mill")) == (
        "propose",
        "v2.post_deals",
        {"data": {"title": "Roof of the mill"}},
    )
    assert called(say("create a deal", "12")) == ("propose", "v2.post_deals", {"data": {"title": "12"}})
    assert called(say("create a deal", '"Roof"', "yes")) == ("run", "v2.post_deals", {"data": {"title": "Roof"}})
    assert say("run get_deals_by_id").text.startswith("v2.get_deals_by_id needs id")
    assert called(say("run get_deals_by_id", "7")) == ("run", "v2.get_deals_by_id", {"id": 7})
    assert say("run get_deals_by_id", "the first").kind == "say"
    assert say("create a deal", "cancel").text == "Nothing was done."
    # Another order is no value.
    assert called(say("create a deal", "run get_users_me")) == ("run", "v1.get_users_me", {})


def test_between_several_one_chooses() -> None:
    texts = [
        text
        for text in ("list deal fields", "list fields", "show the history", "export", "merge")
        if say(text).kind == "choose"
    ]
    assert texts
    reply = say(texts[0])
    assert 1 < len(reply.options) <= wishes.MAX_OPTIONS
    entry = catalogue.entries()[reply.options[1]]
    for choice in ("2", reply.options[1], entry.attribute):
        following = say(texts[0], choice)
        assert following.call is not None
        assert following.call.action == reply.options[1]
    assert say(texts[0], "9").kind in ("say", "choose")


def test_what_is_not_found_is_said() -> None:
    for text in ("sing a song", "42", "??", "hello", "x" * 1000, "und nun"):
        assert say(text).kind == "say"
    assert say("x" * (dialogue.MAX_LENGTH + 1)).kind == "say"


def test_the_sentence_of_the_document() -> None:
    sentence = 'Execute the action "{}" from my connector "local" using the params "{}".'
    reply = say(sentence.format("get_deals", '{"limit": 5}'))
    assert called(reply) == ("run", "v2.get_deals", {"limit": 5})
    assert reply.call is not None
    assert reply.call.connection == "local"
    # The name means the version that takes the parameters.
    assert called(say(sentence.format("get_deals", '{"start": 0}'))) == ("run", "v1.get_deals", {"start": 0})
    assert called(say(sentence.format("v1.get_deals", "{}"))) == ("run", "v1.get_deals", {})
    # Properties of the body may stand beside the parameters.
    for params in ('{"data": {"title": "Roof"}}', '{"title": "Roof"}'):
        assert called(say(sentence.format("post_deals", params))) == (
            "propose",
            "v2.post_deals",
            {"data": {"title": "Roof"}},
        )
    assert called(say(sentence.format("patch_deals_by_id", '{"id": 7, "title": "Roof"}'))) == (
        "propose",
        "v2.patch_deals_by_id",
        {"id": 7, "data": {"title": "Roof"}},
    )
    assert say(sentence.format("post_deals", "{}")).kind == "ask"
    assert "did you mean" in say(sentence.format("get_dealz", "{}")).text
    assert "nothing" in say(sentence.format("get_users_me", '{"nothing": 1}')).text
    assert say(sentence.format("get_deals", '{"limit": "many"}')).kind == "say"


def test_only_a_consent_is_one() -> None:
    order = "delete deal 7"
    assert say(order).kind == "propose"
    for consent in ("yes", "Yes.", "y", "OK", "do it!"):
        assert say(order, consent).kind == "run"
    for other in ("no", "cancel", "maybe", "yes but not now", "list deals", "", "yes yes", "why?"):
        reply = say(order, other)
        assert reply.kind != "run" or (reply.call is not None and reply.call.only_reads)
    # A consent is to what was proposed last, and to that once.
    assert say(order, "list deals", "yes").kind == "say"
    assert say(order, "yes", "yes").kind == "say"
    assert say("yes").kind == "say"
    assert called(say(order, "delete deal 8", "yes")) == ("run", "v2.delete_deals_by_id", {"id": 8})


def test_nothing_but_reading_is_run_without_a_consent() -> None:
    for name, entry in catalogue.entries().items():
        params = "{" + ", ".join(f'"{one}": 1' for one in entry.parameters) + "}"
        reply = say(f'Execute the action "{name}" from my connector "local" using the params "{params}".')
        if reply.kind == "run":
            assert entry.method == "GET"


def test_no_file_is_read(tmp_path: Any) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("of this machine")
    for params in (f'{{"file": "{secret}"}}', f'{{"data": {{"file": "{secret}"}}}}'):
        reply = say(f"run post_files {params}")
        assert reply.kind == "say"
        assert "cannot be sent by words" in reply.text
