"""What narrows an export: parameters of the list, and saved filters by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dealwright.connectors.client import Client
from dealwright.connectors.errors import BadCall
from dealwright.connectors.exports.kinds import FILTER_TYPES, Kind
from dealwright.contract.errors import nearest


def parameters(client: Client, kind: Kind, filters: Sequence[str]) -> dict[str, Any]:
    """Returns the parameters of the list that filters mean: ``NAME=VALUE``, or a saved filter's name or id. Raises `BadCall`."""
    found: dict[str, Any] = {}
    for text in filters:
        name, equals, value = text.partition("=")
        if equals and name.strip() in kind.parameters:
            found[name.strip()] = value.strip()
        else:
            found["filter_id"] = _saved_filter(client, kind, text)
    return found


def _saved_filter(client: Client, kind: Kind, text: str) -> int:
    """Returns the id of a saved filter."""
    takes = (
        f"--filter takes {', '.join(f'{name}=…' for name in kind.parameters)}"
        if kind.parameters
        else "nothing narrows this list"
    )
    if kind.name not in FILTER_TYPES:
        raise BadCall(f"{kind.name} cannot be narrowed by '{text}': {takes}")
    if text.strip().isdigit():
        return int(text)
    saved = [
        one
        for one in client.iterate("v1.get_filters", {"type": FILTER_TYPES[kind.name]})
        if str(one["name"]).casefold() == text.strip().casefold()
    ]
    if len(saved) == 1:
        return int(saved[0]["id"])
    if saved:
        raise BadCall(
            f"{len(saved)} filters are called '{text}'; give the id: {', '.join(str(one['id']) for one in saved)}"
        )
    name, equals, _ = text.partition("=")
    suggestion = nearest(name.strip(), kind.parameters) if equals else None
    hint = f"; did you mean '{suggestion}'?" if suggestion else "."
    raise BadCall(f"{kind.name} have no saved filter '{text}'{hint} Beside saved filters, {takes}")
