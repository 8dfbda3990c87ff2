"""One turn of a conversation: what has been understood is run, or becomes a question or a card. Nothing is kept here.

    state, reply = dialogue.answer(State(), "create a deal called Roof")
    turn = turns.act(console, principal, state, reply)               # a card
    outcome = turns.run_card(console, principal, turn.parts[0]["card"])

Whatever would change something becomes a card, and is run by its answer alone (`run_card`), which is for whoever has the consent of a
person. Permissions, and what the connection may run, are asked again then.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal, NamedTuple

from dealwright.chat.dialogue import Reply, State
from dealwright.chat.drafts import Draft
from dealwright.connectors.calls import Params
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import DealwrightError
from dealwright.connectors.readable import Names
from dealwright.console import chat_parts, proposals, targets
from dealwright.console.agents import Agent, AgentRefusal, AgentRun
from dealwright.console.chat_parts import Part
from dealwright.console.service import Console
from dealwright.contract.catalogue import Entry
from dealwright.crm.history.rehearsal import CHANGED_SINCE
from dealwright.crm.integration import connections
from dealwright.crm.integration.connections import LOCAL_NAME
from dealwright.crm.kernel.unit_of_work import Principal

CHANGED = "Something has changed since this was planned. Nothing was done."


class Turn(NamedTuple):
    """Where a conversation is after a turn, and what is answered."""

    state: State
    parts: list[Part]


class Outcome(NamedTuple):
    """What has become of a card: its state, its run if there was one, and what is answered."""

    state: Literal["done", "failed", "changed", "expired"]
    run_id: str | None
    parts: list[Part]


class Place(NamedTuple):
    """Where actions are run: a connection by the name that people call it, and who runs them there."""

    name: str
    agent: Agent
    connection_id: int | None
    is_here: bool


def act(
    console: Console,
    principal: Principal,
    state: State,
    reply: Reply,
    connection: str = LOCAL_NAME,
    own: Connection | None = None,
) -> Turn:
    """Does what a reply of the dialogue says; ``connection`` is the one for calls that name none.

    ``own`` is that of who works on this machine, which goes before both.
    """
    if reply.kind == "choose":
        return Turn(state, [chat_parts.choice(reply.options, reply.text)])
    waiting = state.waiting
    if reply.kind == "ask" and waiting is not None and waiting.call is not None:
        return Turn(state, [chat_parts.value(waiting.call, waiting.path)])
    if reply.call is None or reply.kind == "say":
        return Turn(state, [chat_parts.text(reply.text)])
    try:
        place = find_place(console, principal, reply.call.connection or connection, own)
        part = (
            read(console, principal, place, reply.call.entry, reply.call.params)
            if reply.kind == "run"
            else plan(console, place, reply.call)
        )
    except AgentRefusal as refusal:
        return Turn(State(), [chat_parts.error(refusal)])
    return Turn(State(), [part])


def find_place(console: Console, principal: Principal, name: str, own: Connection | None = None) -> Place:
    """Returns where actions are run by the name of a connection. Raises `AgentRefusal` when the user may use none with this name."""
    if own is not None:
        return Place(own.name, Agent(console, principal, right="delete", own=own, source="chat"), None, is_here=False)
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        found = connections.find_usable_by_name(crm, name)
        known = [connections.call_name(one) for one in connections.list_usable(crm)]
    if found is None:
        raise AgentRefusal(
            "UnknownConnection", f"There is no connection '{name}'", f"Name one of these: {', '.join(known[:20])}"
        )
    agent = Agent(console, principal, right="delete", connection_id=found.id, source="chat")
    return Place(connections.call_name(found), agent, found.id, is_here=found.kind == connections.HERE)


def read(console: Console, principal: Principal, place: Place, entry: Entry, params: Mapping[str, Any]) -> Part:
    """Runs an action that only reads; returns its answer. Raises `AgentRefusal`."""
    return show(console, principal, place, place.agent.run(entry, params), params)


def show(console: Console, principal: Principal, place: Place, ran: AgentRun, params: Mapping[str, Any]) -> Part:
    """Returns the answer of a run, with names in place of ids where that costs nothing."""
    return chat_parts.answer(ran, place.name, params, partial(_readable, console, principal, place, ran.entry))


def plan(console: Console, place: Place, call: Draft) -> Part:
    """Plans a call that writes; returns its card. Raises `AgentRefusal`."""
    planned = place.agent.plan(call.entry, call.params)
    return chat_parts.card(planned, place.name, console.companies.clock())


def run_card(console: Console, principal: Principal, card: Mapping[str, Any], own: Connection | None = None) -> Outcome:
    """Carries out what a card shows, once, for somebody who has consented to it.

    When something has changed since, nothing is done, and there is a new card. Of several that do so at once, one does it.
    """
    place: Place | None = None
    call: Draft | None = None
    try:
        place = find_place(console, principal, card["connection"], own)
        entry, params = place.agent.planned(card["plan_id"])
        call = Draft(action=entry.qualified_name, params=dict(params))
        ran = place.agent.carry_out(card["plan_id"])
    except AgentRefusal as refusal:
        return _refused(console, place, call, refusal)
    return Outcome("done", ran.id, [show(console, principal, place, ran, params)])


def plan_again(
    console: Console, principal: Principal, card: Mapping[str, Any], own: Connection | None = None
) -> list[Part]:
    """Returns a new card for what a card shows, or why there is none."""
    if not card["is_whole"]:
        return [chat_parts.text("Say it again: its parameters had secrets or were too large, and were not kept.")]
    try:
        place = find_place(console, principal, card["connection"], own)
        return [plan(console, place, Draft(action=card["action"], params=card["params"]))]
    except AgentRefusal as refusal:
        return [chat_parts.error(refusal)]


def is_changed_since(refusal: AgentRefusal) -> bool:
    """Whether a plan was not carried out because something has changed since."""
    return CHANGED_SINCE in refusal.message


def _refused(console: Console, place: Place | None, call: Draft | None, refusal: AgentRefusal) -> Outcome:
    if refusal.message.startswith(proposals.GONE):
        return Outcome("expired", None, [chat_parts.text("The card has expired, or was answered already.")])
    if not is_changed_since(refusal) or place is None or call is None:
        return Outcome("failed", refusal.run_id, [chat_parts.error(refusal)])
    parts = [chat_parts.text(CHANGED)]
    try:
        parts.append(plan(console, place, call))
    except AgentRefusal as again:
        parts.append(chat_parts.error(again))
    return Outcome("changed", refusal.run_id, parts)


def _readable(console: Console, principal: Principal, place: Place, entry: Entry, items: list[Any]) -> list[Any]:
    """Returns records with names in place of ids, where looking these up costs nothing: on this CRM."""
    if not place.is_here:
        return items
    client, _ = targets.open_client(console, principal, targets.read(console, principal, place.connection_id))

    def look_up(action: str, params: Params) -> Any:
        return client.request(action, params).body

    try:
        return Names(look_up).readable(entry, items)
    except DealwrightError:
        # Names are a help; what a user may not see stays a number.
        return items
