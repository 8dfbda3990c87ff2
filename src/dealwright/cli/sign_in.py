"""``dealwright sign-in``: a link with which a user gets into the web app without a password."""

from __future__ import annotations

from typing import Annotated

import typer

from dealwright.cli import output
from dealwright.cli.company_work import find_user
from dealwright.cli.locations import Domain, Location, PublicUrl, get_company, open_platform
from dealwright.crm.companies import Companies
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import second_factors, sign_in_links, users
from dealwright.server import urls

DEFAULT_URL = "http://127.0.0.1:8000"


def sign_in(
    user: Annotated[
        str | None, typer.Option(help="The e-mail address of the user; an admin of the company unless given.")
    ] = None,
    company: Domain = None,
    database: Location = None,
    public_url: PublicUrl = None,
    url: Annotated[
        str, typer.Option(help="Where this machine reaches the server, unless it has a public address.")
    ] = DEFAULT_URL,
    without_second_factor: Annotated[
        bool, typer.Option("--without-second-factor", help="Remove the user's second factor, which has been lost.")
    ] = False,
) -> None:
    """Print a link that signs a user in, once, within an hour."""
    with open_platform(database) as platform:
        found = get_company(platform, company)
        companies = Companies(platform)
        if user is None:
            user_id = users.any_active_admin_id(found)
            if user_id is None:
                raise typer.BadParameter(f"{found.domain} has no active admin; name a user with --user")
        else:
            user_id, _ = find_user(found, user)
        owner = UserRef(found.id, user_id)
        if not companies.is_active(owner):
            raise typer.BadParameter(f"{user} has been deactivated")
        if without_second_factor:
            second_factors.switch_off(platform, owner)
        token = sign_in_links.create(platform, owner, "sign_in", companies.clock())
        output.say(sign_in_url(public_url or url.rstrip("/"), token))


def sign_in_url(base_url: str, token: str) -> str:
    """Returns the address of a link."""
    return f"{base_url}{urls.SIGN_IN_PAGE}?token={token}"
