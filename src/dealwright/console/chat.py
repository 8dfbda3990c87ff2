"""Runs what a conversation has come to, on connections of the company, as whoever holds it."""

from __future__ import annotations

from typing import NamedTuple

from dealwright.chat import dialogue
from dealwright.chat.dialogue import Reply, State
from dealwright.chat.drafts import Draft
from dealwright.console import calls
from dealwright.console.calls import Ran, Wanted
from dealwright.console.service import Console
from dealwright.crm.errors import NotFound
from dealwright.crm.integration import connections
from dealwright.crm.integration.connections import LOCAL_NAME
from dealwright.crm.kernel.unit_of_work import Principal


class Said(NamedTuple):
    """Where a conversation is after a text, what to say, and what was run because of it."""

    state: State
    reply: Reply
    ran: Ran | None


def say(console: Console, principal: Principal, state: State, text: str, connection: str = LOCAL_NAME) -> Said:
    """Goes on with a conversation; ``connection`` is the one for calls that name none.

    Raises `NotFound` for a connection that there is not. What waits in ``state`` is for one consent: whoever keeps conversations lets
    nobody else have it any more before this is called.
    """
    following, reply = dialogue.answer(state, text)
    ran = run(console, principal, reply.call, connection) if reply.kind == "run" and reply.call is not None else None
    return Said(following, reply, ran)


def run(console: Console, principal: Principal, call: Draft, connection: str = LOCAL_NAME) -> Ran:
    """Runs a call; permission and what the connection may run are asked now, whatever was proposed. Raises as `calls.run` does."""
    name = call.connection or connection
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        found = connections.find_usable_by_name(crm, name)
    if found is None:
        raise NotFound(f"There is no connection '{name}'")
    wanted = Wanted(found.id, call.entry.version, call.entry.attribute, call.params, source="chat")
    return calls.run(console, principal, wanted)
