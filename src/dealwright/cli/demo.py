"""``dealwright demo``: a company with invented data."""

from __future__ import annotations

import sys
from typing import Annotated

import sqlalchemy as sa
import typer

from dealwright.cli import output
from dealwright.cli.locations import DemoLocation
from dealwright.crm import demo
from dealwright.crm.companies import Companies
from dealwright.crm.errors import Conflict
from dealwright.storage import tables
from dealwright.storage.paths import data_folder
from dealwright.storage.platform import Company, Platform

# From this number on, a part of the data is generated and the rest copied from it.
MANY_DEALS = 20_000

commands = typer.Typer(help="Make a company to try things on.", no_args_is_help=True)


@commands.callback()
def _about() -> None:
    """Make a company to try things on."""


@commands.command()
def fill(
    database: DemoLocation = None,
    deals: Annotated[
        int, typer.Option(min=1, help="How many deals to make up; organizations, persons and activities go with them.")
    ] = 2000,
    seed: Annotated[int, typer.Option(help="The same number gives the same data, on the same day.")] = 1,
) -> None:
    """Fill a company with a year and a half of invented sales: a new one, or one that has no records yet.

    From 20,000 deals on, most of them are copies with their organizations and persons, but without activities and notes.
    """
    platform = Platform(database or data_folder() / "demo")
    try:
        companies = Companies(platform)
        company, is_new = demo.get_or_create_demo_company(companies)
        try:
            if deals >= MANY_DEALS:
                demo.fill_many(companies, company, deals=deals, seed=seed, progress=_print_progress)
            else:
                demo.fill(companies, company, deals=deals, seed=seed)
        except Conflict as conflict:
            raise typer.BadParameter(f"{conflict}: {company.domain}") from None
        output.say(f"The company {company.domain} has {_summary(company)}.")
        if is_new:
            output.say(f"API token of its admin: {platform.issue_token(company.id, user_id=1)}")
        else:
            output.say("A new API token: dealwright db token")
    finally:
        platform.close()


def _print_progress(done: int) -> None:
    if sys.stderr.isatty():
        output.say(f"{done:,} deals", err=True)


def _summary(company: Company) -> str:
    counted_tables = (tables.deals, tables.organizations, tables.persons, tables.activities, tables.notes)
    with company.database.read() as db:
        counts = {table.name: db.value(sa.select(sa.func.count()).select_from(table)) for table in counted_tables}
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
