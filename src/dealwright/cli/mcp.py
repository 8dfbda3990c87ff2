"""``dealwright mcp``: serves agents by the Model Context Protocol, over standard input and output."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dealwright.cli.completion import connection_names
from dealwright.connectors import connections
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import UnusableConnection
from dealwright.console.agent_tools.tools import MAX_TOOLS
from dealwright.console.agents import Agent, AgentRefusal
from dealwright.console.service import Console, open_console
from dealwright.crm.kernel.unit_of_work import Principal
from dealwright.mcp.stdio import serve


class Allowed(StrEnum):
    """What an agent may do beside reading."""

    WRITE = "write"
    DELETE = "delete"


def mcp(
    connection: Annotated[
        str,
        typer.Option(
            "--connection",
            "-c",
            envvar="DEALWRIGHT_CONNECTION",
            help="The connection that the agent works on.",
            autocompletion=connection_names,
        ),
    ] = connections.LOCAL,
    allow: Annotated[
        Allowed | None,
        typer.Option(help="What the agent may do beside reading: write, or delete, which includes writing."),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", "-g", help="Offer the actions of this group as tools of their own: Deals, Persons."),
    ] = None,
    max_tools: Annotated[int, typer.Option(min=6, max=500, help="How many tools there are at most.")] = MAX_TOOLS,
) -> None:
    """Serve agents by the Model Context Protocol, over standard input and output.

    dealwright mcp --connection sales --allow write

    Agents find, describe and run the actions of the connection. What writes is shown before it is done. Every call is
    kept in Runs, of the company of this machine.
    """
    # Standard output is the client's.
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    target = connections.get_connection(connection)
    with _open(target) as (console, principal):
        own = None if target.kind == "embedded" else target
        agent = Agent(console, principal, right=allow.value if allow else "read", own=own)
        try:
            serve(agent, groups=group or [], max_tools=max_tools)
        except AgentRefusal as refusal:
            raise UnusableConnection(f"{refusal.message}. {refusal.next_step}") from None


@contextlib.contextmanager
def _open(target: Connection) -> Iterator[tuple[Console, Principal]]:
    """Yields the console of the CRM on this machine, in which runs are kept, and who acts there."""
    from dealwright.connectors import embedded  # noqa: PLC0415

    folder: Path | None = target.folder if target.kind == "embedded" else None
    opened = embedded.get_or_open(folder)
    application = opened.application
    companies = application.app.companies  # type: ignore[attr-defined]
    principal = companies.authenticate(application.api_token)
    assert principal is not None
    console = open_console(companies, application.app)
    try:
        yield console, principal
    finally:
        console.close()
        embedded.close_all()
