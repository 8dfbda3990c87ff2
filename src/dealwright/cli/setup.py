"""Creates what a server needs before it can answer: tables, a company, its data, and a token for its admin."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import typer

from dealwright.cli import demo_template
from dealwright.crm import provisioning
from dealwright.crm.companies import Companies
from dealwright.crm.errors import Conflict
from dealwright.crm.integration.oauth import apps, scopes
from dealwright.storage.platform import Platform


class OAuthApp(msgspec.Struct):
    """The OAuth app that a sandbox announces."""

    client_id: str
    client_secret: str
    redirect_uri: str


class ServerSetup(NamedTuple):
    """The domain of the company, a token of its admin if one was issued, and SQL that may run later."""

    company: str
    token: str | None
    deferred_sql: Sequence[str] = ()


def set_up_sandbox(location: str, files: str, app: OAuthApp, *, with_demo_data: bool) -> ServerSetup:
    """Sets up a throw-away company in an empty location."""
    deferred_sql = demo_template.copy_to(location, Path(files)) if with_demo_data else None
    setup = set_up_company(location, with_demo_data=with_demo_data and deferred_sql is None, fresh_token=True, app=app)
    return setup._replace(deferred_sql=deferred_sql or ())


def set_up_company(
    location: str, *, with_demo_data: bool, fresh_token: bool, app: OAuthApp | None = None
) -> ServerSetup:
    """Creates what is missing at a location.

    Returns the domain, and a token if the company is new or for ``fresh_token``.
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
        token = platform.issue_token(found.id, user_id=1) if fresh_token or is_new else None
        return ServerSetup(found.domain, token)
    finally:
        platform.close()


def _register_app(companies: Companies, app: OAuthApp) -> None:
    """Registers the sandbox's app with all scopes."""
    new = apps.NewApp("Sandbox app", [app.redirect_uri], scopes.ALL, None, app.client_id, app.client_secret)
    try:
        apps.register(companies.platform, new, companies.clock(), allow_insecure_http=True)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
