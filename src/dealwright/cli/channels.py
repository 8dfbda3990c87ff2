"""``dealwright channels``: the channels of messengers, and what has come in through them, which the API does not show."""

from __future__ import annotations

from typing import Annotated

import typer

from dealwright.cli import output
from dealwright.cli.company_work import run_in_company
from dealwright.cli.locations import Domain, Location
from dealwright.cli.output import Format
from dealwright.crm.correspondence import channels
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import loads

commands = typer.Typer(help="Look into channels of messengers.", no_args_is_help=True)

Output = Annotated[Format, typer.Option("--output", "-o", help="How to write.")]


@commands.command("list")
def list_channels(database: Location = None, company: Domain = None, format: Output = Format.TABLE) -> None:
    """List the channels of a company, and how far their history has been fetched."""
    found = run_in_company(database, company, channels.list_all, write=False)
    output.write(
        (
            {
                "id": one.uuid,
                "name": one.name,
                "provider_channel_id": one.provider_channel_id,
                "client_id": one.client_id,
                "history": one.history,
                "error": one.history_error,
            }
            for one in found
        ),
        format,
    )


@commands.command()
def conversations(
    channel: Annotated[
        str, typer.Argument(help="The id of the channel, as the API and `dealwright channels list` show it.")
    ],
    database: Location = None,
    company: Domain = None,
    format: Output = Format.TABLE,
) -> None:
    """List the conversations in a channel, each with its last message."""

    def rows(crm: UnitOfWork) -> list[dict[str, object]]:
        return [
            {
                "id": one.source_id,
                "status": one.status,
                "with": ", ".join(str(person.get("name") or person["id"]) for person in loads(one.participants)),
                "messages": one.messages,
                "last_sender_id": one.last_sender_id,
                "last_message": one.last_message,
            }
            for one in channels.summarize(crm, channels.get(crm, channel).id)
        ]

    output.write(run_in_company(database, company, rows, write=False), format)
