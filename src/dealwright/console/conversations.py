"""Holds the conversations of users: what is said is kept with what has come of it, and cards and questions are answered once.

    told = conversations.say(console, principal, id, "create a deal called Roof")    # ids of the messages that are new
    conversations.answer_card(console, principal, id, told[-1], plan_id, "run")

A text never runs anything that writes: it comes to a card, and only the answer to that card runs it, in whichever process gets it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from dealwright import _redaction
from dealwright.chat import dialogue
from dealwright.chat.dialogue import Reply, State
from dealwright.console import chat_parts, model_steps, model_turns, models, proposals, turns
from dealwright.console.chat_parts import Part
from dealwright.console.model_steps import Waiting
from dealwright.console.model_turns import Thought
from dealwright.console.models import Found
from dealwright.console.service import Console
from dealwright.contract.app.integration import conversations as contract
from dealwright.crm.errors import Conflict, NotFound
from dealwright.crm.integration import conversations, runs
from dealwright.crm.integration.connections import LOCAL_NAME
from dealwright.crm.integration.runs import NewRun
from dealwright.crm.kernel.unit_of_work import Principal, UnitOfWork

T = TypeVar("T")

ANSWERED = "It was answered already"
SENT = "sent"
"""What stands in a conversation in place of a secret that was asked for."""

_USE_THE_CARD = "Use the buttons of the card: a text runs nothing."


class Kept(msgspec.Struct, frozen=True):
    """What is kept of a conversation between two turns: what it waits for, and what a model was told in the latest ones.

    ``waiting`` are the calls of a model whose cards were not all answered; ``notes`` is what it is to be told with the next text.
    """

    state: State = State()
    history: list[str] = []
    waiting: list[Waiting] = []
    notes: list[str] = []


class _Heard(NamedTuple):
    """What has been understood of a text: a ``reply`` of the dialogue, or what a model is to be asked."""

    message_id: int
    kept: Kept
    state: State
    reply: Reply | None
    asked: str = ""


def say(console: Console, principal: Principal, id: int, text: str, connection: str = LOCAL_NAME) -> list[int]:
    """Says something in a conversation of the user; returns the ids of the messages that are new.

    ``connection`` is the one for what names none. A language model, if there is one, plans what names no action. Raises `NotFound` and
    `LimitReached`.
    """
    found = models.find(console, principal)

    def hear(crm: UnitOfWork) -> _Heard:
        kept = _take(crm, id)
        if _is_for_a_card(crm, id, text):
            return _hear(crm, id, text, kept, State(), Reply(kind="say", text=_USE_THE_CARD))
        if found is not None and kept.state.waiting is None and not dialogue.names_action(text):
            return _hear(crm, id, text, kept, State(), None)
        state, reply = dialogue.answer(kept.state, text)
        return _hear(crm, id, text, kept, state, reply)

    heard = _write(console, principal, hear)
    if heard.reply is None and found is not None:
        return [heard.message_id, _ask(console, principal, id, found, heard, connection)]
    return [heard.message_id, _act(console, principal, id, heard, connection)]


def answer_question(
    console: Console, principal: Principal, id: int, message_id: int, value: str, connection: str = LOCAL_NAME
) -> list[int]:
    """Answers the question of a message, once; returns the ids of the messages that are new and that have changed.

    Raises `NotFound`, and `Conflict` for a question that is not the latest one.
    """

    def hear(crm: UnitOfWork) -> _Heard:
        message = conversations.get_message(crm, id, message_id)
        question = next((part["question"] for part in message.parts if part["type"] == "question"), None)
        if question is None:
            raise NotFound("There is no question in this message")
        kept = _take(crm, id)
        if message_id != conversations.latest_message_id(crm, id) or kept.state.waiting is None:
            raise Conflict(ANSWERED)
        state, reply = dialogue.answer_question(kept.state, value)
        labels = {one["value"]: one["label"] for one in question["choices"]}
        is_secret = _redaction.is_secret((question["path"] or "").rpartition(".")[2])
        return _hear(crm, id, SENT if is_secret else labels.get(value, value), kept, state, reply)

    heard = _write(console, principal, hear)
    return [message_id, heard.message_id, _act(console, principal, id, heard, connection)]


def answer_card(
    console: Console, principal: Principal, id: int, message_id: int, plan_id: str, answer: contract.CardAnswerKind
) -> list[int]:
    """Runs exactly what a card shows, leaves it, or plans it again; returns the ids of the messages that are new and that have changed.

    Raises `NotFound`, and `Conflict` for a card that was answered already.
    """
    following: dict[contract.CardAnswerKind, contract.CardState] = {"run": "running", "decline": "declined"}
    answerable = ("waiting",) if answer != "again" else ("expired", "changed", "failed")

    def claim(crm: UnitOfWork) -> dict[str, Any]:
        message = conversations.get_message(crm, id, message_id)
        card = _find_card(message.parts, plan_id)
        now = chat_parts.state_of(card, crm.time)
        if now == "expired" and answer != "again":
            return {**card, "state": now}
        if now not in answerable or card.get("is_replaced"):
            raise Conflict(ANSWERED)
        changed = {"is_replaced": True} if answer == "again" else {"state": following[answer], "claim_time": crm.now_ms}
        _change_card(crm, id, message_id, plan_id, changed)
        return card

    card = _write(console, principal, claim)
    if card["state"] == "expired" and answer != "again":
        return [message_id]
    if answer == "decline":
        proposals.discard(console, principal, plan_id)
        told = [message_id]
        outcome = model_steps.DECLINED
    elif answer == "again":
        told = [message_id, _answer(console, principal, id, turns.plan_again(console, principal, card))]
        outcome = model_steps.UNANSWERED
    else:
        added, outcome = _run_card(console, principal, id, message_id, card)
        told = [message_id, added]
    return [*told, *_go_on(console, principal, id, plan_id, outcome, card["connection"])]


def _run_card(
    console: Console, principal: Principal, id: int, message_id: int, card: Mapping[str, Any]
) -> tuple[int, str]:
    """Runs what a card shows; returns the message that says how that went, and what a model is told of it."""
    try:
        outcome = turns.run_card(console, principal, card)
    except Exception:
        # What has gone wrong is no answer, and the card is not left as if it were still running.
        changed = {"state": "failed"}
        _write(console, principal, lambda crm: _change_card(crm, id, message_id, card["plan_id"], changed))
        raise
    ended: dict[str, Any] = {"state": outcome.state, "run_id": outcome.run_id}
    if outcome.state == "changed":
        ended["is_replaced"] = any(part["type"] == "card" for part in outcome.parts)

    def finish(crm: UnitOfWork) -> int:
        _change_card(crm, id, message_id, card["plan_id"], ended)
        return _add_answer(crm, id, outcome.parts)

    return _write(console, principal, finish), model_turns.outcome_for_model(outcome)


def _act(console: Console, principal: Principal, id: int, heard: _Heard, connection: str) -> int:
    """Does what has been understood without a model; returns the message that says what has come of it."""
    assert heard.reply is not None
    turn = turns.act(console, principal, heard.state, heard.reply, connection)
    kept = msgspec.structs.replace(heard.kept, state=turn.state)
    return _answer(console, principal, id, turn.parts, kept)


def _ask(console: Console, principal: Principal, id: int, found: Found, heard: _Heard, connection: str) -> int:
    """Lets a model plan what was said; returns the message with its answer. Cards that wait can still be answered; it is not told then."""
    kept = heard.kept
    outcomes = {one.call_id: one.outcome for one in kept.waiting if one.outcome}
    text = "\n".join([*kept.notes, heard.asked])
    thought = model_turns.think(
        console, principal, found, text, history=kept.history, outcomes=outcomes, connection=connection
    )
    return _answer(console, principal, id, thought.parts, _after(kept, thought))


def _go_on(console: Console, principal: Principal, id: int, plan_id: str, outcome: str, connection: str) -> list[int]:
    """Tells a model what became of a card, once all cards of its turn were answered; returns the messages with what it says then."""

    def note(crm: UnitOfWork) -> Kept | None:
        kept = _read(crm, id)
        if not any(one.plan_id == plan_id for one in kept.waiting):
            if kept.history:
                _keep(crm, id, msgspec.structs.replace(kept, notes=[*kept.notes, f"(A card was answered: {outcome})"]))
            return None
        waiting = [one._replace(outcome=outcome) if one.plan_id == plan_id else one for one in kept.waiting]
        is_ready = all(one.outcome is not None for one in waiting)
        _keep(crm, id, msgspec.structs.replace(kept, waiting=[] if is_ready else waiting))
        return msgspec.structs.replace(kept, waiting=waiting) if is_ready else None

    kept = _write(console, principal, note)
    found = models.find(console, principal) if kept is not None else None
    if kept is None or found is None:
        return []
    outcomes = {one.call_id: one.outcome for one in kept.waiting if one.outcome}
    thought = model_turns.think(
        console, principal, found, None, history=kept.history, outcomes=outcomes, connection=connection
    )
    return [_answer(console, principal, id, thought.parts, _after(kept, thought))]


def _after(kept: Kept, thought: Thought) -> Kept:
    """Returns what is kept after a turn of a model."""
    history = model_turns.remember(kept.history, thought, had_cards=bool(kept.waiting))
    if thought.history is None:
        return msgspec.structs.replace(kept, history=history, waiting=[], notes=[])
    return Kept(history=history, waiting=thought.waiting)


def _hear(crm: UnitOfWork, id: int, text: str, kept: Kept, state: State, reply: Reply | None) -> _Heard:
    """Keeps what was said, without secrets."""
    shown = _redaction.mask_patterns(text)
    if reply is not None and reply.call is not None:
        entry = reply.call.entry
        told = NewRun("chat", "", entry.version, entry.attribute, reply.call.params)
        shown = _redaction.mask_secrets(shown, runs.secrets_in(told))
    message_id = conversations.add_message(crm, id, "user", [chat_parts.text(shown)], [shown])
    return _Heard(message_id, kept, state, reply, text)


def _answer(console: Console, principal: Principal, id: int, parts: list[Part], kept: Kept | None = None) -> int:
    def write(crm: UnitOfWork) -> int:
        if kept is not None:
            _keep(crm, id, kept)
        return _add_answer(crm, id, parts)

    return _write(console, principal, write)


def _add_answer(crm: UnitOfWork, id: int, parts: list[Part]) -> int:
    texts = [part["text"] for part in parts if part["type"] == "text"]
    fitted = chat_parts.fit(parts, conversations.MAX_PARTS_SIZE)
    return conversations.add_message(crm, id, "assistant", fitted, texts)


def _read(crm: UnitOfWork, id: int) -> Kept:
    kept = conversations.read_state(crm, id)
    return Kept() if kept is None else msgspec.json.decode(kept, type=Kept)


def _take(crm: UnitOfWork, id: int) -> Kept:
    """Returns what is kept of a conversation; what it waits for nobody else gets any more. Raises `NotFound`."""
    conversations.get(crm, id)
    kept = _read(crm, id)
    _keep(crm, id, msgspec.structs.replace(kept, state=State(), waiting=[], notes=[]))
    return kept


def _keep(crm: UnitOfWork, id: int, kept: Kept) -> None:
    conversations.keep_state(crm, id, None if kept == Kept() else msgspec.json.encode(kept).decode())


def _is_for_a_card(crm: UnitOfWork, id: int, text: str) -> bool:
    """Whether a text is what somebody says who looks at a card."""
    latest = conversations.latest_message_id(crm, id)
    if latest is None or dialogue.word_of(text) not in {*dialogue.YES, *dialogue.NO, "undo"}:
        return False
    return any(part["type"] == "card" for one in conversations.get_messages(crm, id, [latest]) for part in one.parts)


def _find_card(parts: list[Part], plan_id: str) -> dict[str, Any]:
    for part in parts:
        if part["type"] == "card" and part["card"]["plan_id"] == plan_id:
            found: dict[str, Any] = part["card"]
            return found
    raise NotFound("There is no such card in this message")


def _change_card(crm: UnitOfWork, id: int, message_id: int, plan_id: str, values: Mapping[str, Any]) -> None:
    message = conversations.get_message(crm, id, message_id)
    _find_card(message.parts, plan_id).update(values)
    conversations.change_parts(crm, message_id, message.parts)


def _write(console: Console, principal: Principal, work: Callable[[UnitOfWork], T]) -> T:
    return console.companies.run(principal.company, principal.user_id, work, write=True)
