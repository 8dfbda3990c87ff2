"""``dealwright apps``: the OAuth apps that may ask users of a platform for access."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from dealwright.cli import output
from dealwright.cli.locations import Domain, Location, get_company, open_platform
from dealwright.cli.output import Format
from dealwright.crm.companies import Companies, system_clock
from dealwright.crm.integration.oauth import apps, installations, manifests, scopes
from dealwright.crm.integration.oauth.apps import App
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.uninstall import remove_app
from dealwright.server.oauth import uninstall as uninstalling
from dealwright.storage.platform import Platform

commands = typer.Typer(help="Look after the OAuth apps of the CRM.", no_args_is_help=True)

ClientId = Annotated[str, typer.Argument(help="The client id of the app.")]
Output = Annotated[
    Format | None, typer.Option("--output", "-o", help="How to write; a table on a terminal, else JSON.")
]


@commands.command()
def add(
    name: Annotated[str, typer.Argument(help="What users read when they are asked.")],
    redirect_uri: Annotated[
        list[str], typer.Option(help="Where the app is called back; https, or http on this machine. May be repeated.")
    ],
    scope: Annotated[
        list[str] | None, typer.Option(help="A scope, as deals:read; base is always there. May be repeated.")
    ] = None,
    all_scopes: Annotated[bool, typer.Option("--all-scopes", help="Let the app ask for everything.")] = False,
    uninstall_url: Annotated[
        str | None, typer.Option(help="What is called when a user removes the app; the redirect URI unless given.")
    ] = None,
    client_id: Annotated[str | None, typer.Option(help="The client id; made up unless given.")] = None,
    database: Location = None,
    format: Output = None,
) -> None:
    """Register an app. Its secret is shown only now.

    dealwright apps add "Invoice Sync" --redirect-uri https://invoices.example.com/callback --scope deals:read
    """
    requested_scopes = scopes.ALL if all_scopes else scope or ()
    with open_platform(database) as platform:
        try:
            new = apps.NewApp(name, redirect_uri, requested_scopes, uninstall_url, client_id)
            app, secret = apps.register(platform, new, system_clock())
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    _write({"client_id": app.client_id, "client_secret": secret, "scopes": ",".join(app.scopes)}, format)


@commands.command("list")
def list_apps(database: Location = None, format: Output = None) -> None:
    """List the apps."""
    with open_platform(database) as platform:
        now = system_clock()
        rows = [
            {"client_id": app.client_id, "name": app.name, "users": len(installations.for_app(platform, app, now))}
            for app in apps.list_all(platform)
        ]
    output.write(rows, format or output.default_format())


@commands.command()
def show(client_id: ClientId, database: Location = None, format: Output = None) -> None:
    """Show an app, and the users who have let it in as company.user."""
    with open_platform(database) as platform:
        app = _get_app(platform, client_id)
        installed = installations.for_app(platform, app, system_clock())
    record = {
        "client_id": app.client_id,
        "name": app.name,
        "scopes": ",".join(app.scopes),
        "redirect_uris": " ".join(app.redirect_uris),
        "uninstall_url": app.uninstall_url,
        "users": " ".join(f"{one.owner.company_id}.{one.owner.user_id}" for one in installed),
    }
    _write(record, format)


@commands.command()
def manifest(
    client_id: ClientId,
    file: Annotated[
        Path | None, typer.Argument(help="A manifest as JSON, to give the app; none shows the one it has.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the manifest from the app.")] = False,
    database: Location = None,
) -> None:
    """Show, give or remove the manifest of an app that is a messenger: where it offers what its channels hold."""
    with open_platform(database) as platform:
        app = _get_app(platform, client_id)
        if remove:
            manifests.store(platform, app, None)
        elif file is not None:
            try:
                manifests.store(platform, app, manifests.parse(file.read_bytes()))
            except ValueError as error:
                raise typer.BadParameter(f"{file}: {error}") from None
        elif (found := manifests.find(platform, app)) is not None:
            output.write_value(msgspec.to_builtins(found))


@commands.command()
def remove(client_id: ClientId, database: Location = None) -> None:
    """Remove an app with its webhooks; all of its tokens are void from then on."""
    with open_platform(database) as platform:
        app = _get_app(platform, client_id)
        remove_app(Companies(platform), app)
    output.say(f"{app.name} is gone")


@commands.command()
def rotate_secret(client_id: ClientId, database: Location = None, format: Output = None) -> None:
    """Give an app a new secret; the one before is void from then on."""
    with open_platform(database) as platform:
        app = _get_app(platform, client_id)
        _write({"client_id": app.client_id, "client_secret": apps.rotate_secret(platform, app)}, format)


@commands.command()
def uninstall(
    client_id: ClientId,
    user: Annotated[int, typer.Option(help="The id of the user who had let the app in.")],
    company: Domain = None,
    database: Location = None,
) -> None:
    """Take back what a user granted to an app, and tell the app."""
    with open_platform(database) as platform:
        app, found = _get_app(platform, client_id), get_company(platform, company)
        was_notified = uninstalling.uninstall(Companies(platform), app, UserRef(found.id, user))
    if was_notified is None:
        raise typer.BadParameter(f"user {user} of {found.domain} has not let {app.name} in")
    output.say(f"{app.name} is uninstalled{'' if was_notified else '; it could not be told'}")


def _get_app(platform: Platform, client_id: str) -> App:
    app = apps.find(platform, client_id)
    if app is None:
        raise typer.BadParameter(f"there is no app {client_id}")
    return app


def _write(record: dict[str, str], format: Format | None) -> None:
    if (format or output.default_format()) is Format.TABLE:
        output.write_record(record)
    else:
        output.write_value(record)
