"""``dealwright webhooks``: the deliveries to the webhooks of a company, and the failed ones."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from dealwright.cli import output
from dealwright.cli.company_work import run_in_company
from dealwright.cli.locations import Domain, Location
from dealwright.cli.output import Format
from dealwright.crm.integration import webhook_deliveries, webhooks
from dealwright.crm.integration.webhook_deliveries import Delivery
from dealwright.crm.kernel.unit_of_work import UnitOfWork

commands = typer.Typer(
    help="Look into deliveries to webhooks, repeat them, and have them signed.", no_args_is_help=True
)


class DeliveryState(StrEnum):
    """The states of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    LOST = "lost"


@commands.command("log")
def show_log(
    database: Location = None,
    company: Domain = None,
    webhook: Annotated[int | None, typer.Option(help="Of this webhook only.")] = None,
    state: Annotated[DeliveryState | None, typer.Option(help="In this state only.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    format: Annotated[Format, typer.Option("--output", "-o", help="How to write.")] = Format.TABLE,
) -> None:
    """List the latest deliveries, newest first; they are kept for a week."""
    found = run_in_company(
        database,
        company,
        lambda crm: webhook_deliveries.list_latest(
            crm.db, webhook_id=webhook, state=state and state.value, limit=limit
        ),
        write=False,
    )
    output.write((_row(delivery) for delivery in found), format)


@commands.command()
def replay(
    deliveries: Annotated[list[int] | None, typer.Argument(help="The ids of deliveries, as the log has them.")] = None,
    database: Location = None,
    company: Domain = None,
    failed: Annotated[bool, typer.Option("--failed", help="Everything that failed or was lost.")] = False,
) -> None:
    """Deliver once more, with the ids that the receiver knows. A running server or worker does it."""
    if bool(deliveries) == failed:
        raise typer.BadParameter("name deliveries, or say --failed")

    def repeat(crm: UnitOfWork) -> list[int]:
        return webhook_deliveries.replay(crm, deliveries or webhook_deliveries.list_undelivered(crm))

    output.say(f"{len(run_in_company(database, company, repeat, write=True))} to be delivered once more")


@commands.command()
def sign(
    webhook: Annotated[int, typer.Argument(help="The id of the webhook.")],
    database: Location = None,
    company: Domain = None,
    off: Annotated[bool, typer.Option("--off", help="Sign no more.")] = False,
) -> None:
    """Have deliveries signed as Standard Webhooks has it, and print the secret to verify them with."""

    def set_signing(crm: UnitOfWork) -> str | None:
        return webhooks.signing_secret(crm, webhooks.set_signing(crm, webhook, enabled=not off))

    secret = run_in_company(database, company, set_signing, write=True)
    if secret is not None:
        output.say(secret)


def _row(delivery: Delivery) -> dict[str, object]:
    event = f"{delivery.action} {delivery.object} {delivery.record_id}"
    return {
        "id": delivery.id,
        "webhook": delivery.webhook_id,
        "event": event,
        "happened": delivery.event_time,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "last attempt": delivery.time,
        "status": delivery.http_status,
        "error": delivery.error,
    }
