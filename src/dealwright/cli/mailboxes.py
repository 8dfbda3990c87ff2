"""``dealwright mailboxes``: the accounts at mail servers from which the mail of users is fetched."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, get_args

import typer

from dealwright.cli import output
from dealwright.cli.company_work import run_in_company
from dealwright.cli.locations import Domain, Location
from dealwright.cli.output import Format
from dealwright.crm.correspondence import mail_accounts
from dealwright.crm.correspondence.mail_accounts import DEFAULT_HISTORY, NewAccount, Security
from dealwright.crm.correspondence.mail_threads import Folder
from dealwright.crm.kernel import access
from dealwright.crm.kernel.unit_of_work import UnitOfWork

commands = typer.Typer(help="Look after the mail accounts of users.", no_args_is_help=True)

PASSWORD_VARIABLE = "DEALWRIGHT_MAILBOX_PASSWORD"

AccountId = Annotated[int, typer.Argument(help="The id of the account.")]
Output = Annotated[Format, typer.Option("--output", "-o", help="How to write.")]


class SecurityOption(StrEnum):
    """How a connection is encrypted."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


_PORTS: dict[Security, int] = {"tls": 993, "starttls": 143, "none": 143}


@commands.command()
def add(
    user: Annotated[int, typer.Argument(help="The id of the user whose mail it is.")],
    email: Annotated[str, typer.Argument(help="The user's address there, as ada@example.com.")],
    host: Annotated[str, typer.Argument(help="The mail server, as imap.example.com.")],
    security: Annotated[SecurityOption, typer.Option(help="How the connection is encrypted.")] = SecurityOption.TLS,
    imap_port: Annotated[int | None, typer.Option(min=1, max=65535, help="The server's port.")] = None,
    username: Annotated[str | None, typer.Option(help="The name to log in with; the address unless given.")] = None,
    folder: Annotated[
        list[str] | None,
        typer.Option(
            help="A folder and what it holds, as Sent=sent: inbox, sent, drafts or archive. May be repeated. Unless given, "
            "those that the server names."
        ),
    ] = None,
    days: Annotated[
        int, typer.Option(min=0, help="How old mail may be that is fetched at first.")
    ] = DEFAULT_HISTORY.days,
    shared: Annotated[
        bool, typer.Option("--shared", help="Let colleagues who see a deal or a contact read the mail about it.")
    ] = False,
    database: Location = None,
    company: Domain = None,
) -> None:
    """Add an account, whose password is read from standard input, and print its id.

    The password is kept encrypted. Where there is no standard input, DEALWRIGHT_MAILBOX_PASSWORD holds it.
    """
    # Whether there are such a company and such a user is told before anybody enters a password.
    run_in_company(database, company, lambda crm: access.require_assignable_user(crm, user, "user_id"), write=False)
    kind: Security = security.value
    account = NewAccount(
        user_id=user,
        email_address=email,
        host=host,
        port=imap_port or _PORTS[kind],
        security=kind,
        username=username or email,
        password=_read_password(),
        is_private=not shared,
        history=timedelta(days=days),
        folders=dict(map(_parse_folder, folder or ())),
    )
    made = run_in_company(database, company, lambda crm: mail_accounts.add(crm, account), write=True)
    output.say(str(made.id))


@commands.command("list")
def list_accounts(database: Location = None, company: Domain = None, format: Output = Format.TABLE) -> None:
    """List the accounts: when each was fetched last, and what went wrong since."""

    def rows(crm: UnitOfWork) -> list[dict[str, object]]:
        return [
            {
                "id": one.id,
                "user": one.user_id,
                "email": one.email_address,
                "server": f"{one.host}:{one.port}",
                "security": one.security,
                "shared": not one.is_private,
                "fetched": one.fetch_time,
                "failures": one.failures,
                "next": one.next_fetch_time,
                "error": one.error,
            }
            for one in mail_accounts.list_all(crm)
        ]

    output.write(run_in_company(database, company, rows, write=False), format)


@commands.command("folders")
def list_folders(
    account: AccountId, database: Location = None, company: Domain = None, format: Output = Format.TABLE
) -> None:
    """List the folders of an account: how far each has come, and what was left out and why."""

    def rows(crm: UnitOfWork) -> list[dict[str, object]]:
        mail_accounts.get(crm, account)
        return [
            {
                "name": one.name,
                "holds": one.folder,
                "fetched": one.fetched_count,
                "skipped": one.skipped_count,
                "last_uid": one.last_uid,
                "complete": one.fetch_time,
                "error": one.error,
            }
            for one in mail_accounts.folders(crm, account)
        ]

    output.write(run_in_company(database, company, rows, write=False), format)


@commands.command()
def remove(account: AccountId, database: Location = None, company: Domain = None) -> None:
    """Remove an account; the mail that has come from it stays."""
    run_in_company(database, company, lambda crm: mail_accounts.remove(crm, account), write=True)


def _parse_folder(text: str) -> tuple[str, Folder]:
    """Returns the name of a folder and what it holds. Raises `typer.BadParameter`."""
    name, equals, holds = text.rpartition("=")
    folder = next((one for one in get_args(Folder) if one == holds), None)
    if not equals or not name or folder is None:
        raise typer.BadParameter(f"{text} is not NAME=inbox, sent, drafts or archive", param_hint="--folder")
    return name, folder


def _read_password() -> str:
    """Returns the password of an account: from a terminal, from standard input, or from the environment."""
    if sys.stdin is not None and sys.stdin.isatty():
        entered: str = typer.prompt("Password", hide_input=True, err=True)
        return entered
    given = os.environ.get(PASSWORD_VARIABLE) or (sys.stdin.readline().rstrip("\r\n") if sys.stdin else "")
    if not given:
        raise typer.BadParameter(f"there is no password on standard input and none in {PASSWORD_VARIABLE}")
    return given
