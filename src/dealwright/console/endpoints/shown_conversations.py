"""Conversations as the web app sees them: cards with what they are by now, and which question is still open."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, cast

from dealwright.console import chat_parts
from dealwright.console.chat_parts import Part
from dealwright.console.endpoints.shown_runs import time_text
from dealwright.contract.app.integration import conversations as contract
from dealwright.crm.history.undo import undone
from dealwright.crm.history.undo.undone import Undone
from dealwright.crm.integration import conversations
from dealwright.crm.integration.conversations import Conversation, Message
from dealwright.crm.kernel.unit_of_work import UnitOfWork


def show_conversation(one: Conversation) -> contract.Conversation:
    """Returns a conversation."""
    return {
        "id": one.id,
        "name": one.name,
        "messages": one.message_count,
        "add_time": time_text(one.add_time),
        "update_time": time_text(one.update_time),
    }


def show_exchange(crm: UnitOfWork, id: int, message_ids: Collection[int]) -> contract.Exchange:
    """Returns some messages of a conversation, with the conversation."""
    found = conversations.get_messages(crm, id, message_ids)
    return {"conversation": show_conversation(conversations.get(crm, id)), "messages": show_messages(crm, id, found)}


def show_messages(crm: UnitOfWork, id: int, found: Iterable[Message]) -> list[contract.Message]:
    """Returns messages."""
    found = list(found)
    parts = [part for message in found for part in message.parts]
    run_ids = [part["card"]["run_id"] for part in parts if part["type"] == "card" and part["card"]["run_id"]]
    undos = undone.load(crm, run_ids)
    latest = conversations.latest_message_id(crm, id)
    return [
        {
            "id": message.id,
            "role": message.role,
            "time": time_text(message.time),
            "parts": [_show_part(crm, part, undos, is_latest=message.id == latest) for part in message.parts],
        }
        for message in found
    ]


def _show_part(crm: UnitOfWork, part: Part, undos: Undone, *, is_latest: bool) -> contract.MessagePart:
    if part["type"] == "card":
        return {"type": "card", "card": _show_card(crm, part["card"], undos)}
    if part["type"] == "question":
        question: contract.Question = part["question"]
        question["is_open"] = is_latest
        return {"type": "question", "question": question}
    return cast("contract.MessagePart", part)


def _show_card(crm: UnitOfWork, card: dict[str, Any], undos: Undone) -> contract.Card:
    state = chat_parts.state_of(card, crm.time)
    is_undone = card["run_id"] is not None and undos.undo_in_effect(card["run_id"]) is not None
    shown: Any = {name: card[name] for name in contract.Card.__annotations__ if name in card} | {
        "expire_time": time_text(card["expire_time"]),
        "state": state,
        "is_undone": is_undone,
        # Only this CRM has a change log from which something can be taken back.
        "can_undo": state == "done" and card["is_exact"] and card["total"] > 0 and not is_undone,
        "can_repeat": state in ("expired", "changed", "failed") and not card.get("is_replaced", False),
    }
    return cast("contract.Card", shown)
