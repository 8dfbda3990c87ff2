"""A conversation: what was said, what is missing, what waits for a consent. It runs nothing itself.

    state, reply = dialogue.answer(State(), "create a deal")            # asks for data.title
    state, reply = dialogue.answer(state, "Roof")                       # proposes v2.post_deals
    state, reply = dialogue.answer(state, "yes")                        # says to run exactly that

What only reads is run at once; everything else is proposed, and run when somebody consents to exactly that proposal. Anything but a consent
is none: the proposal is gone.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from dealwright.chat import drafts, sentence, wishes
from dealwright.chat.drafts import Draft
from dealwright.chat.literals import Unreadable
from dealwright.chat.sentence import Command
from dealwright.connectors.errors import BadCall
from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry

YES = frozenset(["yes", "y", "ok", "okay", "confirm", "confirmed", "run it", "do it", "go", "go ahead", "sure"])
NO = frozenset(["no", "n", "cancel", "stop", "never mind", "nevermind", "abort"])

MAX_LENGTH = sentence.MAX_LENGTH

ReplyKind = Literal["say", "ask", "choose", "propose", "run"]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What the conversation waits for: a value at a place of a call, one of several actions, or a consent to a call."""

    kind: Literal["value", "choice", "consent"]
    call: Draft | None = None
    path: str = ""
    options: list[str] = []
    text: str = ""


class State(msgspec.Struct, frozen=True):
    """Where a conversation is. It can be kept as JSON between one text and the next."""

    waiting: Waiting | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What to do: say ``text``, show a ``call`` to be consented to, or run it. ``options`` are the names of actions to choose from."""

    kind: ReplyKind
    text: str = ""
    call: Draft | None = None
    options: list[str] = []


def answer(state: State, text: str) -> tuple[State, Reply]:
    """Returns where a conversation is after a text, and what to do about it."""
    if len(text) > MAX_LENGTH:
        return state, Reply(
            kind="say", text=f"A text may have {MAX_LENGTH:,} characters, and this one has {len(text):,}."
        )
    word = word_of(text)
    waiting = state.waiting
    if waiting is not None and word in NO:
        return State(), Reply(kind="say", text="Nothing was done.")
    if waiting is not None and waiting.kind == "consent" and word in YES:
        return State(), Reply(kind="run", call=waiting.call)
    if not word:
        return state, Reply(kind="say", text="Say what to do, as in: list open deals.")
    try:
        command = sentence.read(text, is_action)
        if command is not None:
            return _begin(command)
        return _take(waiting, text, word) or _look_for(text)
    except (BadCall, Unreadable) as error:
        return State(), Reply(kind="say", text=str(error))


def word_of(text: str) -> str:
    """Returns a text as it is compared with `YES` and `NO`."""
    return text.strip().strip(".!").lower()


def answer_question(state: State, value: str) -> tuple[State, Reply]:
    """Returns where a conversation is after the answer to what it has asked, which is taken as it is: a choice or a value.

    Nothing else is read in it, such as a "no", or the name of an action.
    """
    try:
        taken = _take(state.waiting, value, value.strip().lower())
    except (BadCall, Unreadable) as error:
        return State(), Reply(kind="say", text=str(error))
    return taken or (state, Reply(kind="say", text="That is none of the answers."))


def names_action(text: str) -> bool:
    """Whether a text is a sentence that names an action, whatever is wrong with it."""
    try:
        return sentence.read(text, is_action) is not None
    except Unreadable:
        return True


def is_action(name: str) -> bool:
    """Whether there is an action of a name, bare or exact."""
    try:
        return bool(catalogue.get_by_name(name)) if "_" in name else False
    except catalogue.UnknownName:
        return False


def _begin(command: Command) -> tuple[State, Reply]:
    return _go_on(drafts.draft(command.action, command.connection, command.params))


def _look_for(text: str) -> tuple[State, Reply]:
    words, _ = sentence.split_connection(text)
    found = wishes.find(wishes.read(words))
    if not found:
        return State(), Reply(kind="say", text="No action is like that. Try other words, or name one: run get_deals.")
    if len(found) > 1:
        names = [entry.qualified_name for entry in found]
        return State(Waiting(kind="choice", options=names, text=text)), Reply(
            kind="choose", text="Which one do you mean?", options=names
        )
    return _fill(found[0], text)


def _fill(entry: Entry, text: str) -> tuple[State, Reply]:
    """Begins a call of an action with the values that plain words have for it, on the connection that they name."""
    words, connection = sentence.split_connection(text)
    return _go_on(drafts.draft(entry.qualified_name, connection, wishes.values(entry, wishes.read(words))))


def _take(waiting: Waiting | None, text: str, word: str) -> tuple[State, Reply] | None:
    """Goes on with a text as the answer to what was asked: a value, or a choice by a ``word``; returns None when it is none."""
    if waiting is not None and waiting.kind == "value" and waiting.call is not None:
        return _go_on(drafts.with_value(waiting.call, waiting.path, text))
    if waiting is not None and waiting.kind == "choice" and (chosen := _choose(waiting, word)):
        return _fill(catalogue.entries()[chosen], waiting.text)
    return None


def _choose(waiting: Waiting, word: str) -> str | None:
    """Returns the action that was chosen, by its number or its name; None when it is none of them."""
    if word.isdecimal() and 1 <= int(word[:3]) <= len(waiting.options):
        return waiting.options[int(word[:3]) - 1]
    return next((name for name in waiting.options if word in (name, name.partition(".")[2])), None)


def _go_on(call: Draft) -> tuple[State, Reply]:
    """Asks for what is missing; runs what is whole and only reads, and proposes what is whole and does more."""
    faults = drafts.find_faults(call)
    if faults.wrong:
        return State(), Reply(kind="say", text="; ".join(map(str, faults.wrong)), call=call)
    if faults.missing:
        return _ask(call, faults.missing[0].path)
    if call.only_reads:
        return State(), Reply(kind="run", call=call)
    return State(Waiting(kind="consent", call=call)), Reply(kind="propose", call=call)


def _ask(call: Draft, path: str) -> tuple[State, Reply]:
    if not drafts.can_be_asked_for(path):
        return State(), Reply(kind="say", text=f"{call.action} needs {path}: write the parameters as {{…}}", call=call)
    known = drafts.question(call, path)
    hint = known.description or (f"one of {', '.join(known.choices)}" if known.choices else "")
    text = f"{call.action} needs {path}{f': {hint}' if hint else ''}"
    return State(Waiting(kind="value", call=call, path=path)), Reply(kind="ask", text=text, call=call)
