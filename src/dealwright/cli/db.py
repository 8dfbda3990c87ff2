"""``dealwright db``: looks after the databases of a platform."""

from __future__ import annotations

from typing import Annotated

import typer

from dealwright.crm.unit import Companies
from dealwright.jobs import listing
from dealwright.jobs.listing import State
from dealwright.storage.places import data_folder
from dealwright.storage.platform import Company, Platform

commands = typer.Typer(help="Look after the databases.", no_args_is_help=True)

Location = Annotated[
    str | None,
    typer.Option(
        "--database", help="A folder, or the URL of a PostgreSQL database. The user's data folder unless given."
    ),
]

Domain = Annotated[str | None, typer.Option("--company", help="The company's domain; the first unless given.")]


def open_platform(location: str | None) -> Platform:
    """The platform at a location. Raises `typer.BadParameter` when there is none."""
    platform = Platform(location or data_folder())
    if platform.is_new():
        platform.close()
        raise typer.BadParameter(f"there is no company at {location or data_folder()} yet; dealwright serve makes one")
    return platform


@commands.command()
def upgrade(database: Location = None) -> None:
    """Bring every company's tables to this version's."""
    platform = open_platform(database)
    try:
        for domain, before, after in platform.upgrade():
            print(f"{domain}: {before} to {after}" if before != after else f"{domain}: {after}, nothing to do")
    finally:
        platform.close()


@commands.command()
def companies(database: Location = None) -> None:
    """List the companies and the versions of their tables."""
    platform = open_platform(database)
    try:
        for company in platform.companies():
            print(f"{company.id}\t{company.domain}\t{platform.version(company)}")
    finally:
        platform.close()


@commands.command()
def token(
    database: Location = None,
    company: Domain = None,
    user: Annotated[int, typer.Option(help="The id of the user.")] = 1,
) -> None:
    """Issue a new API token for a user; the one before is void from then on."""
    platform = open_platform(database)
    try:
        found = _company(platform, company)
        try:
            with Companies(platform).unit(found, user, write=False):
                pass
        except LookupError:
            raise typer.BadParameter(f"there is no active user {user} in {found.domain}") from None
        print(platform.issue_token(found.id, user))
    finally:
        platform.close()


@commands.command()
def jobs(
    database: Location = None,
    company: Domain = None,
    state: Annotated[State | None, typer.Option(help="Only the jobs in this state.")] = None,
) -> None:
    """List the background jobs that are not done: those that wait, that run, and that were given up."""
    platform = open_platform(database)
    try:
        for job in listing.jobs_of(_company(platform, company), state):
            told = [
                str(job.id),
                job.name,
                job.state,
                job.due or "",
                f"{job.failures} failures",
                job.arguments,
                job.error or "",
            ]
            print("\t".join(told))
    finally:
        platform.close()


@commands.command("retry-job")
def retry_job(
    id: Annotated[int, typer.Argument(help="The id of the job, as dealwright db jobs shows it.")],
    database: Location = None,
    company: Domain = None,
) -> None:
    """Let a job that was given up be tried again."""
    platform = open_platform(database)
    try:
        found = _company(platform, company)
        if not listing.try_again(Companies(platform), found, id):
            raise typer.BadParameter(f"there is no job {id} in {found.domain} that was given up")
    finally:
        platform.close()


def _company(platform: Platform, domain: str | None) -> Company:
    found = [one for one in platform.companies() if domain in (None, one.domain)]
    if not found:
        raise typer.BadParameter(f"there is no company {domain}")
    return found[0]
