"""What has to be there before a server can answer: tables, a company, its data, and a token for its admin."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
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
    """The domain of the company that is there, a token of its admin when one was issued, and SQL that may run later."""

    company: str
    token: str | None
    later: Sequence[str] = ()


def sandbox(location: str, files: str, app: OAuthApp, *, filled: bool) -> Prepared:
    """A company that is to be thrown away, in an empty place."""
    later = demo_template.lay(location, Path(files)) if filled else None
    prepared = company(location, filled=filled and later is None, fresh_token=True, app=app)
    return prepared._replace(later=later or ())


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
