"""``dealwright mcp``: serves agents by the Model Context Protocol, over standard input and output."""

from __future__ import annotations

import logging
import sys
from enum import StrEnum
from typing import Annotated

import typer

from dealwright.cli.completion import connection_names
from dealwright.cli.local_console import LocalConsole
from dealwright.connectors import connections
from dealwright.connectors.errors import UnusableConnection
from dealwright.console.agent_tools.tools import MAX_TOOLS
from dealwright.console.agents import Agent, AgentRefusal
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
    # Runs are kept in the CRM on this machine, whatever the agent works on.
    with LocalConsole(target) as local:
        own = None if target.kind == "embedded" else target
        agent = Agent(local.console, local.principal, right=allow.value if allow else "read", own=own)
        try:
            serve(agent, groups=group or [], max_tools=max_tools)
        except AgentRefusal as refusal:
            raise UnusableConnection(f"{refusal.message}. {refusal.next_step}") from None
