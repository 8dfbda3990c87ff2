"""What the shell offers while an argument is being typed."""

from __future__ import annotations

from dealwright.connectors.connections import connections
from dealwright.connectors.errors import DealwrightError
from dealwright.contract import catalogue


def action_names(incomplete: str) -> list[tuple[str, str]]:
    """The actions whose name, bare or exact, begins like this, with their summary."""
    exact = incomplete.startswith(("v1.", "v2."))
    found = {(entry.qualified_name if exact else entry.name): entry.summary for entry in catalogue.entries().values()}
    return [(name, summary) for name, summary in found.items() if name.startswith(incomplete)]


def connection_names(incomplete: str) -> list[tuple[str, str]]:
    """The connections whose name begins like this, with where they lead."""
    try:
        return [(one.name, f"{one.kind} {one.address}") for one in connections() if one.name.startswith(incomplete)]
    except DealwrightError:
        return []
