"""Installations of apps. All grants of a user to an app are one installation."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm.integration.oauth import scopes as oauth_scopes
from dealwright.crm.integration.oauth.apps import App
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.values.formats import format_time
from dealwright.storage.platform import Platform
from dealwright.storage.platform_tables import oauth_apps, oauth_grants


class Installation(NamedTuple):
    """The installation of an app by a user, since when, and until when unless the app is used again."""

    owner: UserRef
    add_time: str
    expires_at: str


class Connected(NamedTuple):
    """An app to which a user of a company gives access, and to what."""

    app_id: int
    client_id: str
    name: str
    user_id: int
    scopes: tuple[str, ...]
    add_time: str
    expires_at: str


def for_app(platform: Platform, app: App, now: datetime) -> list[Installation]:
    """Returns the installations of an app that have not expired, by company and user."""
    columns = oauth_grants.c
    statement = (
        sa.select(columns.company_id, columns.user_id, sa.func.min(columns.add_time), sa.func.max(columns.expires_at))
        .where(columns.app_id == app.id, columns.expires_at > format_time(now))
        .group_by(columns.company_id, columns.user_id)
        .order_by(columns.company_id, columns.user_id)
    )
    with platform.database.read() as db:
        return [Installation(UserRef(row[0], row[1]), *row[2:]) for row in db.rows(statement)]


def in_company(platform: Platform, company_id: int, now: datetime, *, user_id: int | None = None) -> list[Connected]:
    """Returns the apps that users of a company, or one of them, give access to, by their names."""
    columns = oauth_grants.c
    statement = (
        sa.select(oauth_apps.c.id, oauth_apps.c.client_id, oauth_apps.c.name, columns.user_id)
        .add_columns(columns.scopes, columns.add_time, columns.expires_at)
        .join_from(oauth_grants, oauth_apps, oauth_apps.c.id == columns.app_id)
        .where(columns.company_id == company_id, columns.expires_at > format_time(now))
        .order_by(columns.id)
    )
    if user_id is not None:
        statement = statement.where(columns.user_id == user_id)
    found: dict[tuple[int, int], Connected] = {}
    with platform.database.read() as db:
        for app_id, client_id, name, owner_id, scopes, add_time, expires_at in db.rows(statement):
            # A program on two machines has two grants.
            before = found.get((app_id, owner_id))
            granted = oauth_scopes.normalize({*scopes.split(","), *(before.scopes if before else ())})
            since = before.add_time if before else add_time
            until = max(before.expires_at, expires_at) if before else expires_at
            found[app_id, owner_id] = Connected(app_id, client_id, name, owner_id, granted, since, until)
    return sorted(found.values(), key=lambda one: (one.name.casefold(), one.app_id, one.user_id))


def count_users(platform: Platform, company_id: int, now: datetime) -> dict[int, int]:
    """Returns how many users have let each of a company's apps in, by the ids of the apps; those without are missing."""
    columns = oauth_grants.c
    installed = (
        sa.select(columns.app_id, columns.company_id, columns.user_id)
        .join_from(oauth_grants, oauth_apps, oauth_apps.c.id == columns.app_id)
        .where(oauth_apps.c.company_id == company_id, columns.expires_at > format_time(now))
        .distinct()
        .subquery()
    )
    with platform.database.read() as db:
        return dict(db.rows(sa.select(installed.c.app_id, sa.func.count()).group_by(installed.c.app_id)))


def is_installed(platform: Platform, client_id: str, owner: UserRef, now: datetime) -> bool:
    """Whether a user has an installation of an app that has not expired."""
    columns = oauth_grants.c
    statement = (
        sa.select(columns.id)
        .join_from(oauth_grants, oauth_apps, oauth_apps.c.id == columns.app_id)
        .where(oauth_apps.c.client_id == client_id, columns.expires_at > format_time(now))
        .where(columns.company_id == owner.company_id, columns.user_id == owner.user_id)
    )
    with platform.database.read() as db:
        return db.row(statement.limit(1)) is not None
