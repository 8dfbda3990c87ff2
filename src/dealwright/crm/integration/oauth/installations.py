"""Installations of apps. All grants of a user to an app are one installation."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

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
