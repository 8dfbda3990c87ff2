"""What has to be there before a server can answer: tables, a company, its data, and a token for its admin."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import NamedTuple

import msgspec
import typer

from dealwright.cli import demo_template
from dealwright.crm import founding
from dealwright.crm.errors import Conflict
from dealwright.crm.oauth import apps, scopes
from dealwright.crm.unit import Companies
from dealwright.storage.platform import Platform


class OAuthApp(msgspec.Struct):
    """The OAuth app that a sandbox announces."""

    client_id: str
    client_secret: str
    redirect_uri: str


class Prepared(NamedTuple):
    """The domain of the company that is there, and a token of its admin when one was issued."""

    company: str
    token: str | None


def sandbox(location: str, files: str, app: OAuthApp, *, filled: bool, from_template: bool) -> Prepared:
    """A company that is to be thrown away, in an empty place."""
    is_laid = filled and from_template and demo_template.lay(Path(location), Path(files))
    return company(location, filled=filled and not is_laid, fresh_token=True, app=app)


def company(location: str, *, filled: bool, fresh_token: bool, app: OAuthApp | None = None) -> Prepared:
    """Sets up what is missing at a location."""
    platform = Platform(location)
    try:
        companies = Companies(platform)
        if filled:
            # Seldom needed, and a tenth of the start.
            from dealwright.crm import demo  # noqa: PLC0415

            found, is_new = demo.first(companies)
            if found.domain == "demo":
                # Also a company that was founded, but not filled, because somebody stopped the server.
                with contextlib.suppress(Conflict):
                    demo.fill(companies, found)
        else:
            found, is_new = founding.first(
                companies, "company", name="My company", owner_name="Company Owner", owner_email="admin@example.com"
            )
        if app is not None:
            _register(companies, app)
        token = platform.issue_token(found.id, user_id=1) if fresh_token or is_new else None
        return Prepared(found.domain, token)
    finally:
        platform.close()


def _register(companies: Companies, app: OAuthApp) -> None:
    """Lets the sandbox's app ask for everything."""
    new = apps.NewApp("Sandbox app", [app.redirect_uri], scopes.ALL, None, app.client_id, app.client_secret)
    try:
        apps.register(companies.platform, new, companies.clock(), http_anywhere=True)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
