"""``dealwright connections``: the named connections that actions run on."""

from __future__ import annotations

import dataclasses
import sys
import time
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dealwright.cli import output, print_error
from dealwright.cli.completion import connection_names
from dealwright.cli.output import Format
from dealwright.cli.passwords import take_password
from dealwright.connectors import connections as known
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import TryLater
from dealwright.connectors.grants import Grant
from dealwright.connectors.permits import ALL, Permits

commands = typer.Typer(help="List, add, remove, show, test and move connections.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name of the connection.", autocompletion=connection_names)]


class ConnectionKindOption(StrEnum):
    """The kinds of connections."""

    PIPEDRIVE = "pipedrive"
    SERVER = "server"
    EMBEDDED = "embedded"


@commands.command("list")
def show_all(
    format: Annotated[Format, typer.Option("--output", "-o", help="How to write.")] = Format.TABLE,
) -> None:
    """List the connections: of the environment, of the store, and the built-in one."""
    output.write(
        (
            {"name": one.name, "kind": one.kind, "address": one.address, "from": one.origin}
            for one in known.list_connections()
        ),
        format,
    )


@commands.command()
def add(
    name: Annotated[str, typer.Argument(help="The name of the connection.")],
    kind: Annotated[
        ConnectionKindOption,
        typer.Argument(help="Where it leads: Pipedrive, a server, or the CRM in the process itself."),
    ],
    domain: Annotated[
        str | None, typer.Option(help="pipedrive: the company's domain, ACME of ACME.pipedrive.com.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="server: its address.")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="embedded: where the data lie; the user's data folder unless given.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="The API token; - reads it from standard input. Asked for unless given.")
    ] = None,
    timeout: Annotated[float | None, typer.Option(help="How many seconds to wait for an answer.", min=0.1)] = None,
    allow_plain_http: Annotated[
        bool,
        typer.Option("--allow-plain-http", help="server: send the token to another machine without encryption."),
    ] = False,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Let it run only actions that change nothing.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a connection of this name.")] = False,
) -> None:
    """Add a connection; its token is stored encrypted.

    dealwright connections add sales pipedrive --domain acme

    dealwright connections add crm server --url http://localhost:8000

    dealwright connections add sandbox embedded --folder ./sandbox
    """
    for option, value, belongs in (
        ("--domain", domain, ConnectionKindOption.PIPEDRIVE),
        ("--url", url, ConnectionKindOption.SERVER),
        ("--folder", folder, ConnectionKindOption.EMBEDDED),
    ):
        if value is not None and kind is not belongs:
            raise typer.BadParameter(f"{option} belongs to a connection of kind {belongs.value}")
    if allow_plain_http and kind is not ConnectionKindOption.SERVER:
        raise typer.BadParameter("--allow-plain-http belongs to a connection of kind server")
    made = _connection_from_options(name, kind, domain, url, folder, token, timeout)
    permits = Permits(kind="read") if read_only else ALL
    known.add(dataclasses.replace(made, allow_plain_http=allow_plain_http, permits=permits), replace=replace)
    output.say(f"Connection '{name}' is stored; dealwright connections test {name} tries it.", err=True)


@commands.command()
def remove(
    name: Name,
    revoke: Annotated[
        bool | None,
        typer.Option(
            "--revoke/--no-revoke",
            help="OAuth: give the authorisation back to the provider too, which ends it for everybody who uses it. Asked for "
            "on a terminal unless given; else it is left.",
        ),
    ] = None,
) -> None:
    """Remove a connection with its token or its authorisation."""
    one = known.find_stored(name) if revoke is not False else None
    if one is None or one.grant is None:
        if revoke:
            raise typer.BadParameter(
                f"'{name}' is no connection that was authorised by OAuth, so there is nothing to revoke"
            )
    elif revoke or (sys.stdin.isatty() and typer.confirm(f"Revoke it at {one.grant.app.provider} as well?")):
        _revoke_grant(one)
    known.remove(name)


@commands.command()
def show(name: Name) -> None:
    """Show a connection, how it is authorised, and its budget of today; of its token, the last characters only."""
    from dealwright.connectors.budget import Ledger  # noqa: PLC0415 - only this command asks for it

    one = known.get_connection(name)
    record = {"name": one.name, "kind": one.kind, "address": one.address, "from": one.origin}
    if one.token:
        record["token"] = f"…{one.token[-4:]}" if len(one.token) >= 16 else "…"
    if one.grant:
        record |= _describe_grant(one.grant)
    if one.permits != ALL:
        record["may run"] = "only what reads" if one.permits.kind == "read" else "some actions only"
    if one.timeout:
        record["timeout"] = f"{one.timeout:g} s"
    ledger = Ledger(one)
    budget = ledger.read()
    ledger.close()
    record["spent today"] = f"{budget.spent} tokens in {budget.requests} requests from this machine"
    if budget.remaining is not None and budget.told_at is not None:
        of_all = "" if budget.limit is None else f" of {budget.limit}"
        record["left today"] = f"{budget.remaining}{of_all} tokens, as told at {budget.told_at:%H:%M} UTC"
    record["resets at"] = f"{budget.resets_at:%Y-%m-%d %H:%M} UTC"
    output.write_record(record)


@commands.command()
def test(name: Name) -> None:
    """Ask who the token belongs to."""
    from dealwright.connectors.client import Client  # noqa: PLC0415 - only this command sends anything

    with Client(name) as client:
        started = time.monotonic()
        user = client.run("v1.get_users_me")["data"]
        milliseconds = (time.monotonic() - started) * 1000
    company = user.get("company_name") or user.get("company_domain") or "a company without a name"
    output.say(f"{name} works: {user.get('name')} at {company}, {milliseconds:.0f} ms")


@commands.command()
def move(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Which; all that are stored unless given.", autocompletion=connection_names),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="DEALWRIGHT_DATABASE",
            callback=take_password,
            help="Where the server's companies are: a folder, or the URL of a PostgreSQL database. The user's data folder "
            "unless given.",
        ),
    ] = None,
    company: Annotated[
        str | None,
        typer.Option(envvar="DEALWRIGHT_COMPANY", help="The company's domain; the first unless given."),
    ] = None,
    user: Annotated[
        str | None, typer.Option(help="Whose they become: an e-mail address. An admin's unless given.")
    ] = None,
    shared: Annotated[bool, typer.Option("--shared", help="Share them with everybody in the company.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave them here, too.")] = False,
) -> None:
    """Move connections into a company of a server on this machine, where its web app has them.

    dealwright connections move sales --user ada@example.com
    """
    from dealwright.cli import connections_move  # noqa: PLC0415 - only this command needs the server

    connections_move.move(names or [], database, company, user, shared=shared, keep=keep)


def _describe_grant(grant: Grant) -> dict[str, str]:
    """Returns the rows about a grant that are no secret."""
    until = "until it is refused" if grant.expires_at is None else f"until {_format_time(grant.expires_at)}"
    if grant.refused_at is not None:
        until = f"void: the provider has refused to renew it, {_format_time(grant.refused_at)}"
    following = "then renewed" if grant.refresh_token else "then to be authorised anew"
    return {
        "authorised": f"by OAuth 2.0 at {grant.app.provider}, {_format_time(grant.granted_at)}",
        "app": grant.app.client_id,
        "scope": grant.scope or "as registered with the app",
        "access": until if grant.refused_at is not None else f"{until}, {following}",
    }


def _format_time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _revoke_grant(connection: Connection) -> None:
    """Revokes a grant at its provider. When that fails, prints the error and goes on."""
    from dealwright.connectors import authorization  # noqa: PLC0415 - only this command sends it

    try:
        authorization.revoke(connection)
    except TryLater as error:
        print_error(f"{error}; it is removed here only")


def _connection_from_options(
    name: str,
    kind: ConnectionKindOption,
    domain: str | None,
    url: str | None,
    folder: Path | None,
    token: str | None,
    timeout: float | None,
) -> Connection:
    if kind is ConnectionKindOption.EMBEDDED:
        if token is not None or timeout is not None:
            raise typer.BadParameter("an embedded connection has neither token nor time-out")
        return known.embedded(name, folder)
    if kind is ConnectionKindOption.PIPEDRIVE:
        return known.pipedrive(name, _read_token(token), domain, timeout)
    if url is None:
        raise typer.BadParameter("a connection of kind server needs --url")
    return known.server(name, url, _read_token(token), timeout)


def _read_token(option: str | None) -> str:
    if option == "-":
        return sys.stdin.readline()
    if option is None and not sys.stdin.isatty():
        raise typer.BadParameter("give --token, or --token - and the token on standard input")
    token: str = option if option is not None else typer.prompt("API token", hide_input=True)
    return token
