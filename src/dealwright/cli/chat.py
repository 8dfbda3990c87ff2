"""``dealwright chat``: runs actions by sentences and plain words, and asks before it changes anything."""

from __future__ import annotations

import json
import select
import sys
from typing import Annotated, Any

import typer

from dealwright.chat import dialogue, literals
from dealwright.chat.dialogue import Reply, State
from dealwright.chat.drafts import Draft
from dealwright.cli import output
from dealwright.cli.chat_runs import Runner
from dealwright.cli.completion import connection_option
from dealwright.cli.output import Format
from dealwright.cli.run import write_body
from dealwright.connectors.errors import DealwrightError
from dealwright.connectors.pages import items

LEAVING = frozenset(["exit", "quit", "bye"])
UNDO = "undo"
PASTE_SECONDS = 0.05

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
        self._state, reply = dialogue.answer(self._state, text)
        if reply.kind == "run" and reply.call is not None:
            if not reply.call.only_reads:
                output.say("Running it.", err=True)
            self._write(self._runner.run(reply.call))
            return True
        output.say(self._shown(reply), err=True)
        return False

    def _write(self, body: Any) -> None:
        if self._format is Format.TABLE and isinstance(body, dict) and not items(body):
            output.say("There is nothing to show.", err=True)
        else:
            write_body(body, self._format)

    def _shown(self, reply: Reply) -> str:
        if reply.kind == "propose" and reply.call is not None:
            return f"{_card(reply.call, self._runner.name_of(reply.call))}\nRun it? yes or no"
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


def _card(call: Draft, connection: str) -> str:
    """Returns a call to be consented to: the action, what it does, where, and with what."""
    entry = call.entry
    lines = [f"{call.action} on {connection}: {entry.summary} ({entry.cost} tokens)"]
    data: Any = call.params.get("data")
    flat = {name: value for name, value in call.params.items() if name != "data"}
    shown = {**flat, **data} if isinstance(data, dict) else call.params
    lines += [f"  {name} = {json.dumps(value, ensure_ascii=False, default=str)}" for name, value in shown.items()]
    return "\n".join(lines)
