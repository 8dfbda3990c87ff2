"""Cards of the chat in a terminal: what would change, before and after, and what it costs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dealwright._one_line import quoted
from dealwright.chat.drafts import Draft

_MAX_VALUE_LENGTH = 80


def of_plan(card: Mapping[str, Any]) -> str:
    """Returns a card that was rehearsed: each record with its values before and after."""
    lines = [f"{card['action']} on {card['connection']}: {card['summary']} ({card['cost']} tokens)"]
    for record in card["records"]:
        lines += _record(record)
    if card["total"] > len(card["records"]):
        lines.append(f"  … and {card['total'] - len(card['records'])} more records")
    if not card["records"]:
        lines += ["  No record changes.", *_params(card["params"])]
    if card["jobs"]:
        lines.append(f"  Afterwards, in the background: {', '.join(card['jobs'])}")
    return "\n".join(lines)


def of_call(call: Draft, connection: str) -> str:
    """Returns a call whose effect is not known before: the action, what it does, where, and with what."""
    entry = call.entry
    head = f"{call.action} on {connection}: {entry.summary} ({entry.cost} tokens)"
    return "\n".join([head, *_params(call.params)])


def _record(record: Mapping[str, Any]) -> Iterator[str]:
    id = f" {record['id']}" if record["id"] else ""
    name = f" {quoted(record['name'], _MAX_VALUE_LENGTH)}" if record["name"] else ""
    yield f"  {record['noun']}{id}{name}: {record['action']}"
    for one in record["members"]:
        before, after = (quoted(one[f"{side}_text"], _MAX_VALUE_LENGTH) for side in ("before", "after"))
        yield (
            f"    {one['name']}: {after}" if record["action"] == "created" else f"    {one['name']}: {before} → {after}"
        )


def _params(params: Any) -> Iterator[str]:
    if not isinstance(params, dict):
        return
    data = params.get("data")
    flat = {name: value for name, value in params.items() if name != "data"}
    shown = {**flat, **data} if isinstance(data, dict) else params
    for name, value in shown.items():
        yield f"  {name} = {json.dumps(value, ensure_ascii=False, default=str)}"
