"""Runs what the chat has been told to: on connections of this user, and on the CRM in this process by cards and with runs that can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from dealwright.chat.drafts import Draft
from dealwright.cli.local_console import LocalConsole
from dealwright.connectors import connections as known
from dealwright.connectors.client import Client
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import DealwrightError

if TYPE_CHECKING:
    from dealwright.console.model_turns import Thought
    from dealwright.console.turns import Place

NOTHING_TO_UNDO = "There is nothing to undo: nothing was changed in a CRM of this machine."

Card = Mapping[str, Any]


class Refused(DealwrightError):
    """The action was not run, or not with success; the message says why."""


class ChangedSince(DealwrightError):
    """Something has changed since a card was shown, so that nothing was done. ``card`` is a new one."""

    def __init__(self, message: str, card: Card) -> None:
        super().__init__(message)
        self.card = card


class Runner:
    """Runs calls; ``connection`` is the one for those that name none."""

    def __init__(self, connection: str) -> None:
        self._connection = connection
        self._clients: dict[Connection, Client] = {}
        self._consoles: dict[Connection, LocalConsole] = {}
        self._last: tuple[Connection, str] | None = None
        self._history: list[str] = []

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for client in self._clients.values():
            client.close()
        for local in self._consoles.values():
            local.close()

    def name_of(self, call: Draft) -> str:
        """Returns the name of the connection of a call."""
        return call.connection or self._connection

    def run(self, call: Draft) -> Any:
        """Runs a call; returns the body of the answer. Raises the errors of the connector, and `Refused`."""
        connection = known.get_connection(self.name_of(call))
        if connection.kind == "embedded":
            return self._run_here(connection, call)
        if connection not in self._clients:
            self._clients[connection] = Client(connection)
        return self._clients[connection].request(call.action, call.params).body

    def plan(self, call: Draft) -> Card | None:
        """Returns the card of a call that writes: on a CRM of this machine what it would change, because that was rehearsed; elsewhere None.

        Raises `Refused` for what would be refused.
        """
        connection = known.get_connection(self.name_of(call))
        if connection.kind != "embedded":
            return None
        from dealwright.console import turns  # noqa: PLC0415 - other connections need no server
        from dealwright.console.agents import AgentRefusal  # noqa: PLC0415

        local = self._open(connection)
        try:
            card: Card = turns.plan(local.console, local.place(), call)["card"]
        except AgentRefusal as refusal:
            raise Refused(refusal.message) from None
        return card

    def carry_out(self, call: Draft, card: Card) -> Any:
        """Does what a card shows, once; returns the body of the answer. Raises `ChangedSince` and `Refused`."""
        connection = known.get_connection(self.name_of(call))
        from dealwright.console import turns  # noqa: PLC0415 - other connections need no server
        from dealwright.console.agents import AgentRefusal  # noqa: PLC0415

        try:
            ran = self._place(connection).agent.carry_out(card["plan_id"])
        except AgentRefusal as refusal:
            card_now = self.plan(call) if turns.is_changed_since(refusal) else None
            if card_now is not None:
                raise ChangedSince(turns.CHANGED, card_now) from None
            raise Refused(refusal.message) from None
        self._last = connection, ran.id
        return ran.answer.body

    def think(self, text: str | None, outcomes: Mapping[str, str]) -> Thought | None:
        """Lets a language model plan what was said, or go on with what became of its cards; None where none is configured.

        Models work on a CRM of this machine: there, what they write waits as cards.
        """
        connection = known.get_connection(self._connection)
        if connection.kind != "embedded":
            return None
        from dealwright.console import model_turns, models  # noqa: PLC0415 - other connections need no server
        from dealwright.crm.errors import CrmError  # noqa: PLC0415

        local = self._open(connection)
        console, principal = local.console, local.principal
        try:
            found = models.find(console, principal)
        except CrmError as error:
            raise Refused(error.message) from None
        if found is None:
            return None
        thought = model_turns.think(console, principal, found, text, history=self._history, outcomes=outcomes)
        self._history = model_turns.remember(self._history, thought, had_cards=bool(outcomes))
        return thought

    def answer_card(self, card: Card) -> tuple[str, str | None]:
        """Does what a card of a model shows; returns what the model is told of that, and what went wrong."""
        from dealwright.console import model_turns, turns  # noqa: PLC0415 - other connections need no server

        connection = known.get_connection(self._connection)
        local = self._open(connection)
        console, principal = local.console, local.principal
        outcome = turns.run_card(console, principal, card)
        if outcome.state == "done" and outcome.run_id is not None:
            self._last = connection, outcome.run_id
        wrong = [part["error"]["message"] for part in outcome.parts if part["type"] == "error"]
        wrong += [part["text"] for part in outcome.parts if part["type"] == "text"]
        return model_turns.outcome_for_model(outcome), None if outcome.state == "done" else "; ".join(wrong)

    def undo(self) -> str:
        """Takes back the last change; returns what was done. Raises `Refused`."""
        from dealwright.console import undo  # noqa: PLC0415 - other connections need no server
        from dealwright.crm.errors import CrmError  # noqa: PLC0415

        if self._last is None:
            return NOTHING_TO_UNDO
        connection, run_id = self._last
        local = self._open(connection)
        console, principal = local.console, local.principal
        try:
            console.companies.run(
                principal.company, principal.user_id, lambda crm: undo.take_back(crm, run_id), write=True
            )
        except CrmError as error:
            raise Refused(error.message) from None
        self._last = None
        return "It is taken back."

    def _run_here(self, connection: Connection, call: Draft) -> Any:
        """Runs a call that reads on a CRM in this process, as the web app does."""
        from dealwright.console.agents import AgentRefusal  # noqa: PLC0415 - other connections need no server

        try:
            return self._place(connection).agent.run(call.entry, call.params).answer.body
        except AgentRefusal as refusal:
            raise Refused(refusal.message) from None

    def _place(self, connection: Connection) -> Place:
        return self._open(connection).place()

    def _open(self, connection: Connection) -> LocalConsole:
        """Returns the console of a CRM in this process. Raises `UnusableConnection` and `UnusableCrm`."""
        if connection not in self._consoles:
            self._consoles[connection] = LocalConsole(connection)
        return self._consoles[connection]
