"""Sentences that name an action."""

# ruff: noqa: RUF001 - quotation marks of all kinds are what is tested.

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealwright.chat import dialogue, sentence
from dealwright.chat.literals import Unreadable
from dealwright.chat.sentence import Command

OPEN = {"status": "open", "limit": 5}
ROOF = {"data": {"title": 'The "big" roof'}}


def read(text: str) -> Command | None:
    return sentence.read(text, dialogue.is_action)


@pytest.mark.parametrize(
    "text",
    [
        'Execute the action "get_deals" from my connector "local" using the params "{"status": "open", "limit": 5}".',
        'Execute the action "get_deals" from my connector "local" using the params "{"status": "open", "limit": 5}"',
        "Execute the action “get_deals” from my connector “local” using the params “{“status”: “open”, “limit”: 5}”.",
        "Execute the action „get_deals“ from my connector „local“ using the params „{„status“: „open“, „limit“: 5}“.",
        "Execute the action «get_deals» from my connector «local» using the params «{'status': 'open', 'limit': 5}».",
        "Execute the action 'get_deals' from my connector 'local' using the params '{'status': 'open', 'limit': 5,}'.",
        "execute the action ‘get_deals’ from my connector ‘local’ using the params ‘{‘status’: ‘open’, ‘limit’: 5}’",
        'Execute the action `get_deals` from my connector `local` using the params `{"status": "open", "limit": 5}`.',
        'Execute the action\n"get_deals"\nfrom my connector\n"local"\nusing the params\n"{\n  "status": "open",\n  "limit": 5\n}".\n',
        'Execute the action \\"get_deals\\" from my connector \\"local\\" using the params \\"{\\"status\\": \\"open\\", \\"limit\\": 5}\\".',
        'EXECUTE THE ACTION "get_deals" FROM MY CONNECTOR "local" USING THE PARAMS {"status": "open", "limit": 5}',
        "Please run the action get_deals from my connector local with the parameters {status: open, limit: 5}.",
        'Run get_deals on connection "local" with params "status=open, limit=5".',
        "run get_deals on local with status=open and limit=5",
        'get_deals on local status="open" limit=5',
        'Using the params {"status": "open", "limit": 5}, execute the action "get_deals" from my connector "local".',
        'From my connector "local", execute the action "get_deals" using the params "{"status": "open", "limit": 5}".',
        'Call the get_deals action of the local connector with arguments: {"status": "open", "limit": 5}',
        'Perform action get_deals using connector named "local" and payload {"status": "open", "limit": 5}',
    ],
)
def test_the_same_in_many_spellings(text: str) -> None:
    assert read(text) == Command("get_deals", "local", OPEN)


@pytest.mark.parametrize(
    ("text", "action", "connection", "params"),
    [
        ('Execute the action "get_deals" from my connector "local".', "get_deals", "local", {}),
        ('Execute the action "get_deals" from my connector "local" using the params "".', "get_deals", "local", {}),
        ('Execute the action "get_deals" from my connector "local" using the params "{}".', "get_deals", "local", {}),
        ("v1.get_deals", "v1.get_deals", None, {}),
        ("get_users_me.", "get_users_me", None, {}),
        ('run the action "do_anything" from my connector "Sales EU"', "do_anything", "Sales EU", {}),
        (
            'Execute the action "post_deals" from my connector "Ada\'s CRM" using the params "{"data": {"title": "The "big" roof"}}".',
            "post_deals",
            "Ada's CRM",
            ROOF,
        ),
        (
            "Execute the action “post_deals” from my connector “Ada’s CRM” using the params “{'data': {'title': 'The \"big\" roof'}}”.",
            "post_deals",
            "Ada’s CRM",
            ROOF,
        ),
        (
            'Execute the action "post_deals" from my connector "params" using the params "{"data": {"title": "The \\"big\\" roof"}}".',
            "post_deals",
            "params",
            ROOF,
        ),
        ('run post_deals with title="New roof" value=12000', "post_deals", None, {"title": "New roof", "value": 12000}),
        (
            'Execute the action "post_notes" from my connector "local" using the params "{"data": {"content": "execute the action \'x\' from my connector \'y\'"}}"',
            "post_notes",
            "local",
            {"data": {"content": "execute the action 'x' from my connector 'y'"}},
        ),
    ],
)
def test_parts(text: str, action: str, connection: str | None, params: dict[str, Any]) -> None:
    assert read(text) == Command(action, connection, params)


@pytest.mark.parametrize(
    "text",
    [
        "list open deals",
        "what does get_deals do?",
        "create a deal called Roof",
        "show me the actions of deals",
        "Is there an action for notes?",
        'find the person "Ada"',
        "",
        "{}",
        "yes",
    ],
)
def test_what_names_no_action(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        'Execute the action "CHOOSE_ONE_ACTION_BELOW" from my connector "YOUR_CONNECTOR_NAME" using the params "PARAMS_HERE".',
        'Execute the action "get_deals" from my connector "YOUR_CONNECTOR_NAME" using the params "{}".',
        'Execute the action "get_deals" from my connector "local" using the params "PARAMS_HERE".',
        'Execute the action "get_deals" from my connector "local" using the params "{"limit": 5".',
        'Execute the action "get_deals" from my connector "local" using the params "as many as you like".',
        "run get_deals " + "x" * sentence.MAX_LENGTH,
    ],
)
def test_what_cannot_be_read_is_said(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


@settings(derandomize=True, database=None, deadline=None, max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                '"',
                "'",
                "“",
                "”",
                "{",
                "}",
                "action",
                "connector",
                "params",
                "run",
                "get_deals",
                "=",
                ":",
                "a",
                " ",
                "\\",
                "the",
            ]
        )
    )
)
def test_any_text_can_be_read(words: list[str]) -> None:
    for text in ("".join(words), " ".join(words)):
        with contextlib.suppress(Unreadable):
            read(text)


@pytest.mark.parametrize(
    "piece",
    [
        '"',
        "'",
        "‚",
        "“x ",
        "action ",
        "action the ",
        "run ",
        "get_deals ",
        "connector ",
        "params ",
        "params:",
        "a=",
        "on ",
        "{",
        "{}",
        '\\"',
        "x",
        " ",
        "on on x ",
    ],
)
def test_time_grows_with_the_length(piece: str) -> None:
    def seconds(length: int) -> float:
        text = f"run {piece * (length // len(piece))}"
        best = float("inf")
        for _ in range(3):
            started = time.thread_time()
            with contextlib.suppress(Unreadable):
                read(text)
            best = min(best, time.thread_time() - started)
        return best

    short, long = seconds(sentence.MAX_LENGTH // 8), seconds(sentence.MAX_LENGTH - 8)
    assert long < max(short, 0.005) * 40
    assert long < 2
