"""``dealwright chat``: runs actions by sentences and plain words, and asks before it changes anything."""

from __future__ import annotations

import select
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dealwright.chat import dialogue, literals
from dealwright.chat.dialogue import Reply, State
from dealwright.chat.drafts import Draft
from dealwright.cli import chat_cards, output
from dealwright.cli.chat_runs import Card, ChangedSince, Runner
from dealwright.cli.completion import connection_option
from dealwright.cli.output import Format
from dealwright.cli.run import write_body
from dealwright.connectors.errors import DealwrightError
from dealwright.connectors.pages import items

if TYPE_CHECKING:
    from dealwright.console.model_turns import Thought

LEAVING = frozenset(["exit", "quit", "bye"])
UNDO = "undo"
PASTE_SECONDS = 0.05

_ASK = "Run it? yes or no"
_WELCOME = "Say what to do: list open deals, or name an action. undo takes back the last change, exit ends."


def chat(
    text: Annotated[
        list[str] | None,
        typer.Argument(help="What to do, in a sentence; without it, a conversation.", show_default=False),
    ] = None,
    connection: Annotated[str, connection_option("The connection, where a sentence names none.")] = "local",
    format: Annotated[
        Format | None, typer.Option("--output", "-o", help="How to write; a table on a terminal, else JSON.")
    ] = None,
) -> None:
    """Run actions by sentences and by plain words; what changes something is shown first, and runs when you say yes.

    dealwright chat 'Execute the action "get_deals" from my connector "local" using the params "{"limit": 5}".'

    dealwright chat create a deal called Roof

    dealwright chat
    """
    with Runner(connection) as runner:
        conversation = _Conversation(runner, format or output.default_format())
        if text:
            conversation.settle(" ".join(text))
        else:
            conversation.hold()


class _Conversation:
    """A conversation in this terminal, or with what is written to the standard input, a text in each line."""

    def __init__(self, runner: Runner, format: Format) -> None:
        self._runner = runner
        self._format = format
        self._state = State()
        self._card: Card | None = None

    def hold(self) -> None:
        """Goes on until somebody leaves; what fails is said."""
        if sys.stdin.isatty():
            output.say(_WELCOME, err=True)
        while (text := self._listen()) is not None and text.strip().lower() not in LEAVING:
            try:
                self._answer(text)
            except DealwrightError as error:
                output.say_error(str(error))
            except typer.BadParameter as error:
                output.say_error(error.message)

    def settle(self, text: str) -> None:
        """Does what one text says, and asks for what that takes. Raises `typer.Exit` when it was not done, and the errors of the call."""
        done = self._answer(text)
        while self._state.waiting is not None:
            following = self._listen()
            if following is None:
                output.say("Nothing was done.", err=True)
                break
            done = self._answer(following)
        if not done:
            raise typer.Exit(1)

    def _answer(self, text: str) -> bool:
        """Returns whether an action was run because of a text. Raises the errors of the call."""
        if text.strip().lower() == UNDO and self._state.waiting is None:
            output.say(self._runner.undo(), err=True)
            return True
        if self._state.waiting is None and text.strip() and not dialogue.names_action(text):
            thought = self._runner.think(text, {})
            if thought is not None:
                return self._follow(thought)
        card, self._card = self._card, None
        self._state, reply = dialogue.answer(self._state, text)
        if reply.kind == "run" and reply.call is not None:
            return self._run(reply.call, card)
        output.say(self._shown(reply), err=True)
        return False

    def _run(self, call: Draft, card: Card | None) -> bool:
        """Runs a call; one that writes does what its card has shown, if there is one, or is shown anew when something has changed since."""
        if not call.only_reads:
            output.say("Running it.", err=True)
        try:
            self._write(self._runner.run(call) if card is None else self._runner.carry_out(call, card))
        except ChangedSince as changed:
            output.say_error(str(changed))
            self._card, self._state = changed.card, State(dialogue.Waiting(kind="consent", call=call))
            output.say(f"{chat_cards.of_plan(changed.card)}\n{_ASK}", err=True)
            return False
        return True

    def _follow(self, thought: Thought) -> bool:
        """Shows what a model has come to, and asks for each of its cards; returns whether it came to anything."""
        following: Thought | None = thought
        while following is not None:
            self._show(following.parts)
            cards = {part["card"]["plan_id"]: part["card"] for part in following.parts if part["type"] == "card"}
            outcomes = {one.call_id: self._ask(cards[one.plan_id]) for one in following.waiting}
            following = self._runner.think(None, outcomes) if outcomes else None
        return not any(part["type"] == "error" for part in thought.parts)

    def _ask(self, card: Card) -> str:
        """Asks for the consent to a card of a model; returns what the model is told of that."""
        from dealwright.console.model_steps import DECLINED  # noqa: PLC0415 - other connections need no server

        output.say(f"{chat_cards.of_plan(card)}\n{_ASK}", err=True)
        said = self._listen()
        if said is None or dialogue.word_of(said) not in dialogue.YES:
            output.say("Nothing was done.", err=True)
            return DECLINED
        output.say("Running it.", err=True)
        told, wrong = self._runner.answer_card(card)
        if wrong is not None:
            output.say_error(wrong)
        return told

    def _show(self, parts: list[Any]) -> None:
        for part in parts:
            if part["type"] == "text":
                output.say(part["text"])
            elif part["type"] == "error":
                output.say_error(f"{part['error']['message']}. {part['error']['next_step']}")
            elif part["type"] == "answer":
                records = part["answer"]["records"]
                keys = [column["key"] for column in records["columns"]]
                self._write({"data": [dict(zip(keys, row["cells"], strict=True)) for row in records["rows"]]})

    def _write(self, body: Any) -> None:
        if self._format is Format.TABLE and isinstance(body, dict) and not items(body):
            output.say("There is nothing to show.", err=True)
        else:
            write_body(body, self._format)

    def _shown(self, reply: Reply) -> str:
        if reply.kind == "propose" and reply.call is not None:
            try:
                self._card = self._runner.plan(reply.call)
            except DealwrightError:
                self._state = State()
                raise
            name = self._runner.name_of(reply.call)
            shown = chat_cards.of_call(reply.call, name) if self._card is None else chat_cards.of_plan(self._card)
            return f"{shown}\n{_ASK}"
        numbered = [f"  {number}  {name}" for number, name in enumerate(reply.options, 1)]
        return "\n".join([reply.text, *numbered])

    def _listen(self) -> str | None:
        """Returns the next text; None when there is none. What is pasted in several lines is one text."""
        is_terminal = sys.stdin.isatty()
        if is_terminal:
            output.show_prompt()
        text = line = sys.stdin.readline(dialogue.MAX_LENGTH)
        while (
            line and len(text) <= dialogue.MAX_LENGTH and (_more_is_there() if is_terminal else literals.is_open(text))
        ):
            line = sys.stdin.readline(dialogue.MAX_LENGTH)
            text += line
        return text or None


def _more_is_there() -> bool:
    return bool(select.select([sys.stdin], [], [], PASTE_SECONDS)[0])
