"""``dealwright use``: the connection of commands that are given none."""

from __future__ import annotations

from typing import Annotated

import typer

from dealwright.cli import output
from dealwright.cli.completion import connection_names
from dealwright.connectors import connections as known


def use(
    connection: Annotated[
        str | None,
        typer.Argument(help="The connection; without it the present one is shown.", autocompletion=connection_names),
    ] = None,
) -> None:
    """Choose the connection of commands that are given none, or show it.

    -c and DEALWRIGHT_CONNECTION go before it. A new user has local, the CRM of this machine.

    dealwright use sales
    """
    if connection is None:
        name = known.default_name()
        output.say(f"{name}  {known.get_connection(name).address}")
        return
    found = known.use(connection)
    output.say(f"Commands use '{found.name}' ({found.address}) unless -c names another.", err=True)
