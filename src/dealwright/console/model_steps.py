"""What a language model does in one turn: it reads, and plans what writes. What it may take is limited here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dealwright.chat.drafts import Draft
from dealwright.console import turns
from dealwright.console.agent_tools.tools import Tools
from dealwright.console.agents import AgentRefusal
from dealwright.console.chat_parts import Part
from dealwright.console.service import Console
from dealwright.console.turns import Place
from dealwright.crm.kernel.unit_of_work import Principal

MAX_STEPS = 12
"""How often a model is asked in a turn."""

MAX_TOKENS = 100_000
"""How many tokens of a model a turn takes: what it reads and what it writes, together."""

MAX_SECONDS = 90.0

MAX_COST = 400
"""How many tokens of daily budgets the actions of a turn may cost."""

MAX_CARDS = 20

DECLINED = '{"status": "declined"}'
"""What a model is told of a card that the person does not want."""

UNANSWERED = "The person has not answered this card. Nothing was changed."
"""What a model is told of a call whose card was not answered."""


class Waiting(NamedTuple):
    """A call of a model that waits for the answer to its card, and what became of it."""

    plan_id: str
    call_id: str
    outcome: str | None = None


class Steps:
    """The steps of one turn: what was read and planned in it, and what that has cost."""

    def __init__(self, console: Console, principal: Principal, connection: str) -> None:
        self.console = console
        self.principal = principal
        self.connection = connection
        self.cards: list[Part] = []
        self.waiting: list[Waiting] = []
        self.answer: Part | None = None
        self.cost = 0
        self.has_reached_cost = False
        self._places: dict[str, Place] = {}

    def place(self, connection: str | None) -> Place:
        """Returns where to run something. Raises `AgentRefusal`."""
        name = connection or self.connection
        if name not in self._places:
            self._places[name] = turns.find_place(self.console, self.principal, name)
        return self._places[name]

    def read(self, place: Place, action: str, params: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
        """Runs an action that reads; returns what the model is told. Raises `AgentRefusal`."""
        entry = place.agent.find(action, params)
        if self.cost + entry.cost > MAX_COST:
            self.has_reached_cost = True
            raise AgentRefusal("LimitReached", f"This turn may cost {MAX_COST} tokens", "Tell what you know by now")
        tools = Tools(place.agent)
        told = tools.run_action(action, params, fields=fields)
        assert isinstance(told, dict)
        ran = tools.latest
        if ran is not None:
            self.cost += ran.cost or 0
            self.answer = turns.show(self.console, self.principal, place, ran, params)
        return told

    def plan(self, place: Place, action: str, params: Mapping[str, Any], call_id: str) -> None:
        """Plans an action that writes. Raises `AgentRefusal`."""
        if len(self.cards) >= MAX_CARDS:
            raise AgentRefusal("LimitReached", f"A turn has {MAX_CARDS} cards at most", "Tell the person what is left")
        entry = place.agent.find(action, params)
        part = turns.plan(self.console, place, Draft(action=entry.qualified_name, params=dict(params)))
        self.cards.append(part)
        self.waiting.append(Waiting(part["card"]["plan_id"], call_id))
