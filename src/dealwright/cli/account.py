"""``dealwright account``: settings of users, permission sets, and the add-ons of a company: the API only shows these."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from dealwright._json import Json
from dealwright.cli import output
from dealwright.cli.company_work import run_in_company
from dealwright.cli.locations import Domain, Location
from dealwright.cli.output import Format
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import account, permission_sets, user_provider_links
from dealwright.crm.values.formats import loads

commands = typer.Typer(help="Look after settings of users, permission sets, and add-ons.", no_args_is_help=True)

User = Annotated[int, typer.Argument(help="The id of the user.")]
Code = Annotated[str, typer.Argument(help="The code of the add-on, as leadbooster_v2.")]
SetId = Annotated[str, typer.Argument(help="The id of the permission set.")]
Permissions = Annotated[list[str], typer.Argument(help="Permissions, as can_delete_deals.")]
Output = Annotated[Format, typer.Option("--output", "-o", help="How to write.")]


@commands.command("settings")
def list_settings(user: User, database: Location = None, company: Domain = None, format: Output = Format.TABLE) -> None:
    """List the settings of a user."""
    found = run_in_company(database, company, account.settings, write=False, user=user)
    output.write(({"setting": name, "value": value} for name, value in found.items()), format)


@commands.command("set")
def change_setting(
    user: User,
    setting: Annotated[str, typer.Argument(help="The name of the setting, as list_limit.")],
    value: Annotated[str, typer.Argument(help="A text, a number, true or false.")],
    database: Location = None,
    company: Domain = None,
) -> None:
    """Change a setting of a user."""
    given = _parse(value)
    run_in_company(database, company, lambda crm: account.change_setting(crm, setting, given), write=True, user=user)


@commands.command()
def connect(
    user: User,
    account_id: Annotated[str, typer.Argument(help="The id of the user's account at Google.")],
    database: Location = None,
    company: Domain = None,
) -> None:
    """Connect a user to an account at Google."""
    run_in_company(database, company, lambda crm: account.connect(crm, "google", account_id), write=True, user=user)


@commands.command()
def disconnect(user: User, database: Location = None, company: Domain = None) -> None:
    """Connect a user to no account at Google."""
    run_in_company(database, company, lambda crm: account.connect(crm, "google", None), write=True, user=user)


@commands.command("links")
def list_links(user: User, database: Location = None, company: Domain = None, format: Output = Format.TABLE) -> None:
    """List the links of a user to apps for video calls."""
    found = run_in_company(database, company, user_provider_links.list_of_actor, write=False, user=user)
    output.write(({"user_provider_id": id, "client_id": client_id} for id, client_id in found), format)


@commands.command("addons")
def list_addons(database: Location = None, company: Domain = None, format: Output = Format.TABLE) -> None:
    """List the add-ons of a company."""
    found = run_in_company(database, company, account.addon_codes, write=False)
    output.write(({"code": code} for code in found), format)


@commands.command()
def book(code: Code, database: Location = None, company: Domain = None) -> None:
    """Book an add-on for a company."""
    run_in_company(database, company, lambda crm: account.book_addon(crm, code), write=True)


@commands.command()
def cancel(code: Code, database: Location = None, company: Domain = None) -> None:
    """Cancel an add-on of a company."""
    run_in_company(database, company, lambda crm: account.cancel_addon(crm, code), write=True)


@commands.command("permission-sets")
def list_permission_sets(database: Location = None, company: Domain = None, format: Output = Format.TABLE) -> None:
    """List the permission sets of a company, and the number of users with each."""

    def rows(crm: UnitOfWork) -> list[dict[str, object]]:
        users = permission_sets.users_by_set(crm)
        return [
            {
                "id": one.id,
                "app": one.app,
                "type": one.type,
                "name": one.name,
                "users": len(users.get(one.id, ())),
                "permissions": " ".join(loads(one.contents)),
            }
            for one in permission_sets.list_all(crm)
        ]

    output.write(run_in_company(database, company, rows, write=False), format)


@commands.command()
def add_permission_set(
    name: Annotated[str, typer.Argument(help="Its name.")],
    app: Annotated[str, typer.Option(help="The app that it is for.")] = "sales",
    permission: Annotated[
        list[str] | None, typer.Option(help="What it permits, as can_delete_deals. May be repeated.")
    ] = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    database: Location = None,
    company: Domain = None,
) -> None:
    """Add a permission set, and print its id."""
    made = run_in_company(
        database,
        company,
        lambda crm: permission_sets.create(crm, name, app, permission or (), description),
        write=True,
    )
    output.say(made.id)


@commands.command()
def permit(set_id: SetId, permissions: Permissions, database: Location = None, company: Domain = None) -> None:
    """Add permissions to a set; whoever has it may do these from the next request on."""
    run_in_company(database, company, lambda crm: permission_sets.change(crm, set_id, permit=permissions), write=True)


@commands.command()
def forbid(set_id: SetId, permissions: Permissions, database: Location = None, company: Domain = None) -> None:
    """Remove permissions from a set."""
    run_in_company(database, company, lambda crm: permission_sets.change(crm, set_id, forbid=permissions), write=True)


@commands.command()
def give(user: User, set_id: SetId, database: Location = None, company: Domain = None) -> None:
    """Give a user a permission set, in place of the one for the same app."""
    run_in_company(database, company, lambda crm: permission_sets.give(crm, set_id, user), write=True)


def _parse(text: str) -> Json:
    """Returns the number or the flag that a text is, or else the text."""
    try:
        value: Json = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, bool | int) else text
