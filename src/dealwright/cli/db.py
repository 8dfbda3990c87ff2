"""``dealwright db``: maintains the databases of a platform."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dealwright.cli import output
from dealwright.cli.company_work import find_user
from dealwright.cli.locations import Domain, Location, get_company, open_platform
from dealwright.crm import invariants
from dealwright.crm.companies import Companies
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins
from dealwright.jobs import inspect
from dealwright.jobs.inspect import JobState

commands = typer.Typer(help="Look after the databases.", no_args_is_help=True)


@commands.command()
def upgrade(database: Location = None) -> None:
    """Bring every company's tables to this version's."""
    with open_platform(database, allow_older=True) as platform:
        for domain, before, after in platform.upgrade():
            output.say(f"{domain}: {before} to {after}" if before != after else f"{domain}: {after}, nothing to do")


@commands.command()
def check(
    database: Location = None,
    company: Annotated[str | None, typer.Option(help="The domain of the only company to check.")] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Make anew what follows from other rows: counts, sums, search index.")
    ] = False,
) -> None:
    """Look for what cannot be right in the companies' rows: prints it, one line each, and exits with 1."""
    left = 0
    with open_platform(database) as platform:
        companies = platform.list_companies() if company is None else [get_company(platform, company)]
        for one in companies:
            with one.database.read() as db:
                problems = invariants.find_problems(db)
            remaining = problems
            if problems and repair:
                with one.database.write(exclusive=True) as db:
                    invariants.repair(db)
                with one.database.read() as db:
                    remaining = invariants.find_problems(db)
            for problem in problems:
                output.say(f"{one.domain}: {problem}{'' if problem in remaining else ' (repaired)'}")
            left += len(remaining)
    if left:
        raise typer.Exit(1)


@commands.command()
def companies(database: Location = None) -> None:
    """List the companies and the versions of their tables."""
    with open_platform(database, allow_older=True) as platform:
        for company in platform.list_companies():
            output.say(f"{company.id}\t{company.domain}\t{platform.tables_version(company)}")


@commands.command()
def token(
    database: Location = None,
    company: Domain = None,
    user: Annotated[int, typer.Option(help="The id of the user.")] = 1,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask, also on a terminal.")] = False,
) -> None:
    """Issue a new API token for a user; the one before is void from then on. On a terminal it asks first."""
    with open_platform(database) as platform:
        found = get_company(platform, company)
        try:
            with Companies(platform).unit_of_work(found, user, write=False):
                pass
        except LookupError:
            raise typer.BadParameter(f"there is no active user {user} in {found.domain}") from None
        if not yes and sys.stdin.isatty() and sys.stdout.isatty():
            typer.confirm(f"The API token that user {user} of {found.domain} has now is void then. Go on?", abort=True)
        output.say(platform.issue_token(found.id, user))


@commands.command()
def jobs(
    database: Location = None,
    company: Domain = None,
    state: Annotated[JobState | None, typer.Option(help="Only the jobs in this state.")] = None,
) -> None:
    """List the background jobs that are not done: those that wait, that run, and that were given up."""
    with open_platform(database) as platform:
        for job in inspect.list_jobs(get_company(platform, company), state):
            cells = [
                str(job.id),
                job.name,
                job.state,
                job.due or "",
                f"{job.failures} failures",
                job.arguments,
                job.error or "",
            ]
            output.say("\t".join(cells))


@commands.command("retry-job")
def retry_job(
    id: Annotated[int, typer.Argument(help="The id of the job, as dealwright db jobs shows it.")],
    database: Location = None,
    company: Domain = None,
) -> None:
    """Let a job that was given up be tried again."""
    with open_platform(database) as platform:
        found = get_company(platform, company)
        if not inspect.retry(Companies(platform), found, id):
            raise typer.BadParameter(f"there is no job {id} in {found.domain} that was given up")


@commands.command()
def password(
    email: Annotated[str, typer.Argument(help="The e-mail address of the user.")],
    database: Location = None,
    company: Domain = None,
) -> None:
    """Set the password with which a user logs in, asked for or read as one line of standard input."""
    with open_platform(database) as platform:
        found = get_company(platform, company)
        id, address = find_user(found, email)
        try:
            logins.set_password(platform, UserRef(found.id, id), address, _read_new_password())
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        output.say(f"{address} of {found.domain} has a new password")


def _read_new_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    entered: str = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
    return entered
