"""What an action would send and change, without running it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from dealwright import _redaction
from dealwright.chat.drafts import Draft
from dealwright.cli import chat_cards, output
from dealwright.cli.chat_runs import Refused
from dealwright.cli.local_console import LocalConsole
from dealwright.cli.output import Format
from dealwright.connectors.calls import Params, PreparedRequest
from dealwright.connectors.client import Client


def write(client: Client, action: str, params: Params, format: Format) -> None:
    """Writes the request of an action without secrets and, of a CRM in this process, the records before and after.

    Raises what running it raises before it sends, and `Refused` for what such a CRM would refuse.
    """
    with client.prepare(action, params) as call:
        request = _request(call)
        entry = call.entry
        # Files are read once only, and there is nothing to see in what reads.
        is_rehearsed = client.connection.kind == "embedded" and entry.method != "GET" and not call.files
        is_rehearsed = is_rehearsed and not entry.path.startswith("/oauth/")
        card = _rehearse(client, Draft(action=call.action, params=dict(call.params))) if is_rehearsed else None
    if format is not Format.TABLE:
        told = {"connection": client.connection.name, "action": call.action, "cost": entry.cost, "request": request}
        output.write_value(told if card is None else {**told, "changes": card["records"], "jobs": card["jobs"]})
        return
    output.say(f"{call.action} on {client.connection.name}: nothing was sent; it costs {entry.cost} tokens.")
    output.say(f"{request['method']} {unquote(call.target)}")
    for name in ("body", "files"):
        if request[name]:
            output.write_value(request[name])
    if card is not None:
        output.say(chat_cards.of_plan(card))


def _request(call: PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(call.target)
    body: Any = dict(call.fields) or None
    if call.content is not None:
        is_json = call.endpoint.body_kind == "json"
        body = orjson.loads(call.content) if is_json else _single(parse_qs(call.content.decode()))
    return {
        "method": call.entry.method,
        "path": parts.path,
        "query": _without_secrets(_single(parse_qs(parts.query))),
        "body": _without_secrets(body),
        "files": {name: file.filename for name, file in call.files.items()},
    }


def _single(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: found[0] for name, found in values.items()}


def _without_secrets(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    # A currency and an icon have codes, too; those of OAuth go elsewhere than into a record.
    return {
        name: _redaction.REDACTED if _redaction.is_secret(name) and name != "code" else one
        for name, one in value.items()
    }


def _rehearse(client: Client, call: Draft) -> Mapping[str, Any]:
    """Returns what a call would change in a CRM of this machine, which is tried out there and taken back."""
    with LocalConsole(client.connection) as local:
        from dealwright.console import turns  # noqa: PLC0415 - other connections need no server
        from dealwright.console.agents import AgentRefusal  # noqa: PLC0415

        place = local.place()
        try:
            card: Mapping[str, Any] = turns.plan(local.console, place, call)["card"]
        except AgentRefusal as refusal:
            raise Refused(refusal.message) from None
        place.agent.discard(card["plan_id"])
    return card
