"""``dealwright db``: looks after the databases of a platform."""

from __future__ import annotations

from typing import Annotated

import typer

from dealwright.crm.unit import Companies
from dealwright.storage.places import data_folder
from dealwright.storage.platform import Platform

commands = typer.Typer(help="Look after the databases.", no_args_is_help=True)

Location = Annotated[
    str | None,
    typer.Option(
        "--database", help="A folder, or the URL of a PostgreSQL database. The user's data folder unless given."
    ),
]


def _open(location: str | None) -> Platform:
    platform = Platform(location or data_folder())
    if platform.is_new():
        platform.close()
        raise typer.BadParameter(f"there is no company at {location or data_folder()} yet; dealwright serve makes one")
    return platform


@commands.command()
def upgrade(database: Location = None) -> None:
    """Bring every company's tables to this version's."""
    platform = _open(database)
    try:
        for domain, before, after in platform.upgrade():
            print(f"{domain}: {before} to {after}" if before != after else f"{domain}: {after}, nothing to do")
    finally:
        platform.close()


@commands.command()
def companies(database: Location = None) -> None:
    """List the companies and the versions of their tables."""
    platform = _open(database)
    try:
        for company in platform.companies():
            print(f"{company.id}\t{company.domain}\t{platform.version(company)}")
    finally:
        platform.close()


@commands.command()
def token(
    database: Location = None,
    company: Annotated[str | None, typer.Option(help="The company's domain; the first unless given.")] = None,
    user: Annotated[int, typer.Option(help="The id of the user.")] = 1,
) -> None:
    """Issue a new API token for a user; the one before is void from then on."""
    platform = _open(database)
    try:
        found = [one for one in platform.companies() if company in (None, one.domain)]
        if not found:
            raise typer.BadParameter(f"there is no company {company}")
        try:
            with Companies(platform).unit(found[0], user, write=False):
                pass
        except LookupError:
            raise typer.BadParameter(f"there is no active user {user} in {found[0].domain}") from None
        print(platform.issue_token(found[0].id, user))
    finally:
        platform.close()
