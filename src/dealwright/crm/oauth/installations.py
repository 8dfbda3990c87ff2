"""Apps that users have let in: all grants of a user to an app are one installation."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm import users, webhooks
from dealwright.crm.oauth import grants
from dealwright.crm.oauth.apps import App
from dealwright.crm.oauth.grants import Owner
from dealwright.crm.unit import Companies
from dealwright.crm.values import moment
from dealwright.storage.platform import Platform
from dealwright.storage.platform_tables import oauth_apps, oauth_grants


class Installation(NamedTuple):
    """Who has let an app in, since when, and until when unless the app is used again."""

    owner: Owner
    add_time: str
    expires_at: str


def of_app(platform: Platform, app: App, now: datetime) -> list[Installation]:
    """The users who have let an app in."""
    columns = oauth_grants.c
    wanted = (
        sa.select(columns.company_id, columns.user_id, sa.func.min(columns.add_time), sa.func.max(columns.expires_at))
        .where(columns.app_id == app.id, columns.expires_at > moment(now))
        .group_by(columns.company_id, columns.user_id)
        .order_by(columns.company_id, columns.user_id)
    )
    with platform.database.read() as db:
        return [Installation(Owner(row[0], row[1]), *row[2:]) for row in db.rows(wanted)]


def is_let_in(platform: Platform, client_id: str, owner: Owner, now: datetime) -> bool:
    """Whether a user has let an app in, and the app has not let that expire."""
    columns = oauth_grants.c
    wanted = (
        sa.select(columns.id)
        .join_from(oauth_grants, oauth_apps, oauth_apps.c.id == columns.app_id)
        .where(oauth_apps.c.client_id == client_id, columns.expires_at > moment(now))
        .where(columns.company_id == owner.company_id, columns.user_id == owner.user_id)
    )
    with platform.database.read() as db:
        return db.row(wanted.limit(1)) is not None


def uninstall(companies: Companies, app: App, owner: Owner) -> bool:
    """Takes back all that a user granted to an app, its webhooks included; False when that was nothing.

    Every way of uninstalling comes through here, whoever begins it.
    """
    company = companies.platform.company(owner.company_id)
    if company is not None:
        # First, since uninstalling can be done again when it is broken off after this, but not after the other.
        companies.run(
            company,
            users.somebody(company),
            lambda crm: webhooks.delete_of_app(crm, app.client_id, owner.user_id),
            write=True,
        )
    return grants.revoke_all(companies.platform, app, owner)
