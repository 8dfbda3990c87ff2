"""Creates what a server needs before it can answer: tables, a company, its data, and how its admin gets in."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import typer

from dealwright.cli import demo_template
from dealwright.crm import provisioning
from dealwright.crm.companies import Companies
from dealwright.crm.errors import Conflict
from dealwright.crm.integration.oauth import apps, scopes
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins, sign_in_links, users
from dealwright.storage.platform import Platform


class OAuthApp(msgspec.Struct):
    """The OAuth app that a sandbox announces."""

    client_id: str
    client_secret: str
    redirect_uri: str


class Login(NamedTuple):
    """An e-mail address and its password."""

    email: str
    password: str


class ServerSetup(NamedTuple):
    """The domain of the company, and how its admin gets in: a token and a link if they were issued, and a log-in in a sandbox.

    ``deferred_sql`` may run later.
    """

    company: str
    token: str | None
    link_token: str | None = None
    login: Login | None = None
    deferred_sql: Sequence[str] = ()


LinkWish = Literal["new", "always", "never"]
"""Whether a link that signs the admin in is wanted: for a new company (or with ``fresh_token``), for any, or for none."""


def set_up_sandbox(location: str, files: str, app: OAuthApp, *, with_demo_data: bool, link: LinkWish) -> ServerSetup:
    """Sets up a throw-away company in an empty location."""
    deferred_sql = demo_template.copy_to(location, Path(files)) if with_demo_data else None
    setup = set_up_company(
        location, with_demo_data=with_demo_data and deferred_sql is None, fresh_token=True, link=link, app=app
    )
    return setup._replace(deferred_sql=deferred_sql or ())


def set_up_company(
    location: str, *, with_demo_data: bool, fresh_token: bool, link: LinkWish, app: OAuthApp | None = None
) -> ServerSetup:
    """Creates what is missing at a location.

    Returns the domain, and a token if the company is new or for ``fresh_token``. With an app, the admin gets a password.
    """
    platform = Platform(location)
    try:
        companies = Companies(platform)
        if with_demo_data:
            # Seldom needed, and a tenth of the start-up time.
            from dealwright.crm import demo  # noqa: PLC0415

            found, is_new = demo.get_or_create_demo_company(companies)
            if found.domain == "demo":
                # Also fills a company that was created, but not filled, because the server was stopped.
                with contextlib.suppress(Conflict):
                    demo.fill(companies, found)
        else:
            found, is_new = provisioning.get_or_create_first_company(
                companies, "company", name="My company", owner_name="Company Owner", owner_email="admin@example.com"
            )
        if app is not None:
            _register_app(companies, app)
        is_fresh = fresh_token or is_new
        token = platform.issue_token(found.id, user_id=1) if is_fresh else None
        link_token = None
        if link == "always" or (link == "new" and is_fresh):
            admin = UserRef(found.id, users.any_active_admin_id(found) or users.any_active_user_id(found))
            link_token = sign_in_links.create(platform, admin, "sign_in", companies.clock())
        login = _set_password(companies, UserRef(found.id, 1)) if app is not None else None
        return ServerSetup(found.domain, token, link_token, login)
    finally:
        platform.close()


def _set_password(companies: Companies, owner: UserRef) -> Login:
    """Gives a user a password at random."""
    company = companies.platform.find_company(owner.company_id)
    assert company is not None
    with companies.unit_of_work(company, owner.user_id, write=False) as crm:
        login = Login(crm.actor.email, secrets.token_urlsafe(12))
    logins.set_password(companies.platform, owner, login.email, login.password)
    return login


def _register_app(companies: Companies, app: OAuthApp) -> None:
    """Registers the sandbox's app with all scopes."""
    new = apps.NewApp("Sandbox app", [app.redirect_uri], scopes.ALL, None, app.client_id, app.client_secret)
    try:
        apps.register(companies.platform, new, companies.clock(), allow_insecure_http=True)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
