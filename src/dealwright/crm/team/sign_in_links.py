"""One-time links: each signs its user in, or lets its user set a password, once and for a while."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.values.formats import format_time
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Platform, hash_secret
from dealwright.storage.platform_tables import sign_in_links

Purpose = Literal["sign_in", "password"]

LIFETIMES: dict[Purpose, timedelta] = {"sign_in": timedelta(hours=1), "password": timedelta(days=7)}


def create(platform: Platform, owner: UserRef, purpose: Purpose, now: datetime) -> str:
    """Returns the token of a new link for a user."""
    token = secrets.token_urlsafe(32)
    values = {
        "token_hash": hash_secret(token),
        "purpose": purpose,
        **owner._asdict(),
        "expires_at": format_time(now + LIFETIMES[purpose]),
    }
    platform.run_in_transaction(lambda db: db.insert_later(sign_in_links, values))
    return token


def use(platform: Platform, token: str, purpose: Purpose, now: datetime) -> UserRef | None:
    """Returns the user of a link, which is void from now on; None for one that is unknown, used, expired or another."""
    columns = sign_in_links.c
    criterion = (columns.token_hash == hash_secret(token)) & (columns.purpose == purpose)

    def work(db: Transaction) -> UserRef | None:
        row = db.row(
            sa.select(columns.company_id, columns.user_id).where(criterion, columns.expires_at > format_time(now))
        )
        # Of several that use a link at once, one deletes it.
        return UserRef(*row) if row and db.execute(sa.delete(sign_in_links).where(criterion)) else None

    return platform.run_in_transaction(work)


def withdraw(platform: Platform, owner: UserRef, *purposes: Purpose) -> None:
    """Makes the links of a user void."""
    columns = sign_in_links.c
    of_user = (columns.company_id == owner.company_id) & (columns.user_id == owner.user_id)
    platform.run_in_transaction(
        lambda db: db.execute(sa.delete(sign_in_links).where(of_user, columns.purpose.in_(purposes)))
    )


def delete_expired(platform: Platform, now: datetime) -> None:
    """Deletes the links that have expired."""
    old = sign_in_links.c.expires_at <= format_time(now)
    platform.run_in_transaction(lambda db: db.execute(sa.delete(sign_in_links).where(old)))
