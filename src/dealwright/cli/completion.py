"""The suggestions of the shell while an argument is being typed, and the option that names a connection."""

from __future__ import annotations

from typing import Any

import typer

from dealwright.connectors.connections import default_name, list_connections
from dealwright.connectors.errors import DealwrightError
from dealwright.contract import catalogue


def action_names(incomplete: str) -> list[tuple[str, str]]:
    """Returns the actions whose name, bare or exact, begins like this, with their summaries."""
    exact = incomplete.startswith(("v1.", "v2."))
    found = {(entry.qualified_name if exact else entry.name): entry.summary for entry in catalogue.entries().values()}
    return [(name, summary) for name, summary in found.items() if name.startswith(incomplete)]


def export_kinds(incomplete: str) -> list[str]:
    """Returns the kinds of records, and all of them, whose name begins like this."""
    from dealwright.connectors.exports import kinds  # noqa: PLC0415 - looks into declarations, which takes a while

    return [name for name in ("all", *kinds.names()) if name.startswith(incomplete)]


def connection_names(incomplete: str) -> list[tuple[str, str]]:
    """Returns the connections whose name begins like this, with kind and address."""
    try:
        return [
            (one.name, f"{one.kind} {one.address}") for one in list_connections() if one.name.startswith(incomplete)
        ]
    except DealwrightError:
        return []


def connection_option(help: str = "The connection.") -> Any:
    """Returns the option that names the connection of a command."""
    return typer.Option(
        "--connection",
        "-c",
        envvar="DEALWRIGHT_CONNECTION",
        help=help,
        show_default="that of dealwright use",
        autocompletion=connection_names,
        callback=_given_or_default,
    )


def _given_or_default(context: typer.Context, param: typer.CallbackParam, value: str) -> str:
    """Returns the connection that is given, by option or environment, else the one of ``dealwright use``."""
    source = context.get_parameter_source(str(param.name))
    is_given = source is None or source.name != "DEFAULT" or context.resilient_parsing
    return value if is_given else default_name()
