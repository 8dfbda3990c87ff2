"""Turns that a language model plans: it finds actions and runs those that read; what writes becomes a card, and ends its turn.

Nothing that the model does writes: a call that would is planned, and deferred to whoever answers the card (`turns.run_card`). The model is told
of the outcome afterwards, in any process, because what it was told until then is kept as JSON. What it says is a text, and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from dealwright.console import chat_parts, model_steps, models
from dealwright.console.agent_tools import answers
from dealwright.console.chat_parts import Part
from dealwright.console.model_steps import Steps, Waiting
from dealwright.console.models import Found
from dealwright.console.service import Console
from dealwright.console.turns import Outcome
from dealwright.crm.errors import CrmError
from dealwright.crm.integration.connections import LOCAL_NAME
from dealwright.crm.kernel.unit_of_work import Principal

MAX_TEXT_LENGTH = 20_000
MAX_HISTORY_SIZE = 150 * 1024
"""How many bytes of what a model was told are kept; of more, the oldest turns are forgotten."""

log = logging.getLogger(__name__)


class Thought(NamedTuple):
    """What a turn has come to: what is answered, what the model was told in it, as JSON, and what waits."""

    parts: list[Part]
    history: str | None
    waiting: list[Waiting]


def think(
    console: Console,
    principal: Principal,
    found: Found,
    text: str | None,
    *,
    history: Sequence[str] = (),
    outcomes: Mapping[str, str] | None = None,
    connection: str = LOCAL_NAME,
) -> Thought:
    """Lets a model go on: with a ``text`` of the user, or with the ``outcomes`` of the calls that waited, by their ids.

    ``history`` is what `Thought` had of the turns before. What goes wrong is part of the answer.
    """
    steps = Steps(console, principal, connection)

    async def ask(model: Any) -> tuple[Any, str]:
        from dealwright.console import model_agent  # noqa: PLC0415 - slow to import, and perhaps not there

        return await model_agent.ask(steps, model, text, history, outcomes or {})

    try:
        output, told = models.call(console, found, ask)
    except CrmError as error:
        return Thought([_failure("Unavailable", error.message)], None, [])
    except TimeoutError:
        return _ended(steps, f"I stopped after {model_steps.MAX_SECONDS:.0f} seconds, which is the limit of a turn.")
    except Exception as error:
        if type(error).__name__ == "UsageLimitExceeded":
            return _ended(
                steps,
                f"I stopped at the limit of a turn: {model_steps.MAX_STEPS} steps, {model_steps.MAX_TOKENS:,} tokens of the model.",
            )
        log.warning("A language model failed: %s", models.explain(error))
        return Thought([*steps.cards, _failure("Unavailable", models.explain(error))], None, [])
    parts = _parts(steps, output)
    return Thought(parts, told, steps.waiting)


def outcome_for_model(outcome: Outcome) -> str:
    """Returns what a model is told of a card that was answered by "run"."""
    told: list[Any] = []
    for part in outcome.parts:
        if part["type"] == "answer":
            records = part["answer"]["records"]
            keys = [one["key"] for one in records["columns"]]
            told += [dict(zip(keys, row["cells"], strict=True)) for row in records["rows"][:5]]
        elif part["type"] == "error":
            told.append(part["error"]["message"])
        elif part["type"] == "text":
            told.append(part["text"])
    fitted = answers.fit_list(told, 2500)
    return orjson.dumps({"status": outcome.state, "run": outcome.run_id, "data": fitted.data}).decode()


def remember(history: Sequence[str], thought: Thought, *, had_cards: bool) -> list[str]:
    """Returns the latest turns with this one, as many as are kept.

    Of a turn that failed in the middle the model knows nothing; where it was to go on after its cards, nor of that with the cards.
    """
    if thought.history is None:
        return [*history[:-1]] if had_cards else [*history]
    kept: list[str] = []
    size = 0
    for one in reversed([*history, thought.history]):
        size += len(one)
        if size > MAX_HISTORY_SIZE:
            break
        kept.insert(0, one)
    return kept


def _parts(steps: Steps, output: Any) -> list[Part]:
    """Returns what is answered: the latest of what was read, what the model says, and the cards."""
    parts = [] if steps.answer is None else [steps.answer]
    said = clean(output) if isinstance(output, str) else ""
    if said:
        parts.append(chat_parts.text(said))
    elif steps.cards:
        many = len(steps.cards)
        parts.append(
            chat_parts.text(
                "This changes something. Look it over first." if many == 1 else f"{many} changes. Look them over first."
            )
        )
    if steps.has_reached_cost:
        parts.append(
            chat_parts.text(f"A turn may cost {model_steps.MAX_COST} tokens of the daily budget: more was not read.")
        )
    return [*parts, *steps.cards] or [chat_parts.text("The model has said nothing.")]


def _ended(steps: Steps, why: str) -> Thought:
    """Returns what a turn has come to that was ended: its cards stay, and the model is told of none of it."""
    parts = [] if steps.answer is None else [steps.answer]
    return Thought([*parts, chat_parts.text(why), *steps.cards], None, [])


def clean(text: str) -> str:
    """Returns what a model has said without characters that nobody sees, cut where it is endless."""
    shown = "".join(one for one in text if one.isprintable() or one == "\n").strip()
    return f"{shown[:MAX_TEXT_LENGTH]}…" if len(shown) > MAX_TEXT_LENGTH else shown


def _failure(kind: str, message: str) -> Part:
    return {
        "type": "error",
        "error": {
            "kind": kind,
            "message": message,
            "next_step": "Try again, or ask an admin to look at Settings, Chat",
        },
    }
