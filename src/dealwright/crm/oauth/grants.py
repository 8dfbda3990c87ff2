"""What users granted to apps: codes to exchange once, grants with their refresh token, access tokens.

A grant is good until nobody has refreshed it for 60 days. A user may have given an app several: a program on two machines
has two.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm.oauth import scopes as scopes_of
from dealwright.crm.oauth.apps import App
from dealwright.crm.values import moment
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Platform, hashed
from dealwright.storage.platform_tables import oauth_access_tokens, oauth_apps, oauth_codes, oauth_grants

CODE_LIFETIME = timedelta(minutes=5)
ACCESS_LIFETIME = timedelta(minutes=60)
REFRESH_LIFETIME = timedelta(days=60)
# A used code is known for as long as what it gave may be abused.
USED_CODE_LIFETIME = timedelta(days=1)


class Owner(NamedTuple):
    """Who grants: a user of a company."""

    company_id: int
    user_id: int


class Code(NamedTuple):
    """An authorization code as it was issued."""

    app_id: int
    owner: Owner
    redirect_uri: str
    scopes: str
    code_challenge: str | None
    expires_at: str
    grant_id: int | None


class Grant(NamedTuple):
    """What a refresh token stands for."""

    id: int
    app_id: int
    owner: Owner
    scopes: str
    expires_at: str


class Access(NamedTuple):
    """What an access token stands for: an app that acts for a user within its scopes."""

    app_id: int
    client_id: str
    scopes: frozenset[str]


class Spent(Exception):
    """A code or a grant that is no longer good."""


def new_code(owner: Owner) -> str:
    """A code to issue."""
    return f"{owner.company_id}.{owner.user_id}.{secrets.token_hex(20)}"


def new_refresh_token(owner: Owner) -> str:
    """A refresh token to issue."""
    return f"{owner.company_id}:{owner.user_id}:{secrets.token_hex(20)}"


def new_access_token() -> str:
    """An access token to issue."""
    return f"v1u:{secrets.token_urlsafe(48)}"


def issue_code(
    platform: Platform, app: App, owner: Owner, code: str, redirect_uri: str, challenge: str | None, now: datetime
) -> None:
    """Keeps a code that an app may exchange."""
    values = {
        "code_hash": hashed(code),
        "app_id": app.id,
        **owner._asdict(),
        "redirect_uri": redirect_uri,
        "scopes": ",".join(app.scopes),
        "code_challenge": challenge,
        "expires_at": moment(now + CODE_LIFETIME),
    }
    stale = sa.delete(oauth_codes).where(oauth_codes.c.expires_at < moment(now - USED_CODE_LIFETIME))

    def work(db: Transaction) -> None:
        db.execute(stale)
        db.insert(oauth_codes, values)

    platform.change(work)


def find_code(platform: Platform, code: str) -> Code | None:
    """A code that was issued, used or not."""
    columns = oauth_codes.c
    wanted = sa.select(
        *(columns.app_id, columns.company_id, columns.user_id),
        *(columns.redirect_uri, columns.scopes, columns.code_challenge, columns.expires_at, columns.grant_id),
    ).where(columns.code_hash == hashed(code))
    with platform.database.read() as db:
        row = db.row(wanted)
    return Code(row[0], Owner(row[1], row[2]), *row[3:]) if row else None


def redeem(platform: Platform, code: str, app: App, access_token: str, refresh_token: str, now: datetime) -> None:
    """Lets a code give its tokens, once. Raises `Spent` when it has."""
    is_code = oauth_codes.c.code_hash == hashed(code)

    def work(db: Transaction) -> None:
        known = db.row(sa.select(oauth_codes.c.company_id, oauth_codes.c.user_id, oauth_codes.c.scopes).where(is_code))
        if known is None:
            raise Spent
        company_id, user_id, scopes = known
        grant_id = _add_grant(db, app, Owner(company_id, user_id), scopes, access_token, refresh_token, now)
        unused = is_code & oauth_codes.c.grant_id.is_(None)
        if not db.execute(sa.update(oauth_codes).where(unused).values(grant_id=grant_id)):
            raise Spent

    platform.change(work)


def give(platform: Platform, app: App, owner: Owner, access_token: str, refresh_token: str, now: datetime) -> None:
    """Grants an app access without a code."""
    scopes = ",".join(app.scopes)
    platform.change(lambda db: _add_grant(db, app, owner, scopes, access_token, refresh_token, now))


def _add_grant(
    db: Transaction, app: App, owner: Owner, scopes: str, access_token: str, refresh_token: str, now: datetime
) -> int:
    _remove_grants(db, (oauth_grants.c.app_id == app.id) & (oauth_grants.c.expires_at <= moment(now)))
    grant_id = db.insert(
        oauth_grants,
        {
            "app_id": app.id,
            **owner._asdict(),
            "refresh_hash": hashed(refresh_token),
            "scopes": scopes,
            "add_time": moment(now),
            "expires_at": moment(now + REFRESH_LIFETIME),
        },
    )
    _add_access_token(db, grant_id, access_token, now)
    return grant_id


def _add_access_token(db: Transaction, grant_id: int, access_token: str, now: datetime) -> None:
    stale = oauth_access_tokens.c.expires_at < moment(now)
    db.execute(sa.delete(oauth_access_tokens).where(oauth_access_tokens.c.grant_id == grant_id, stale))
    expires_at = moment(now + ACCESS_LIFETIME)
    values = {"token_hash": hashed(access_token), "grant_id": grant_id, "expires_at": expires_at}
    db.insert(oauth_access_tokens, values)


def find_grant(platform: Platform, refresh_token: str, now: datetime) -> Grant | None:
    """What a refresh token stands for, unless it has expired."""
    columns = oauth_grants.c
    wanted = sa.select(
        columns.id, columns.app_id, columns.company_id, columns.user_id, columns.scopes, columns.expires_at
    ).where(columns.refresh_hash == hashed(refresh_token), columns.expires_at > moment(now))
    with platform.database.read() as db:
        row = db.row(wanted)
    return Grant(row[0], row[1], Owner(row[2], row[3]), *row[4:]) if row else None


def renew(platform: Platform, grant: Grant, access_token: str, now: datetime) -> None:
    """A new access token for a grant, which is good for another 60 days. Raises `Spent` when it is gone."""
    expires_at = moment(now + REFRESH_LIFETIME)
    change = sa.update(oauth_grants).where(oauth_grants.c.id == grant.id).values(expires_at=expires_at)

    def work(db: Transaction) -> None:
        if not db.execute(change):
            raise Spent
        _add_access_token(db, grant.id, access_token, now)

    platform.change(work)


def access(platform: Platform, access_token: str, now: datetime) -> tuple[Owner, Access] | None:
    """For whom an access token speaks, and what it may; None for one that is unknown, revoked or has expired."""
    rows = platform.database.look_up(_ACCESS, {"token_hash": hashed(access_token), "now": moment(now)})
    if not rows:
        return None
    company_id, user_id, app_id, client_id, scopes = rows[0]
    return Owner(company_id, user_id), Access(app_id, client_id, scopes_of.granted(scopes))


def _access() -> sa.Executable:
    tokens, grants, apps = oauth_access_tokens.c, oauth_grants.c, oauth_apps.c
    return (
        sa.select(grants.company_id, grants.user_id, apps.id, apps.client_id, grants.scopes)
        .join_from(oauth_access_tokens, oauth_grants, grants.id == tokens.grant_id)
        .join(oauth_apps, apps.id == grants.app_id)
        .where(tokens.token_hash == sa.bindparam("token_hash"), tokens.expires_at > sa.bindparam("now"))
    )


# Asked for every request of an app, and composed once.
_ACCESS = _access()


def revoke_access_token(platform: Platform, app: App, access_token: str) -> bool:
    """Makes an access token of an app void; False when there is none."""
    its_grants = sa.select(oauth_grants.c.id).where(oauth_grants.c.app_id == app.id)
    found = sa.delete(oauth_access_tokens).where(
        oauth_access_tokens.c.token_hash == hashed(access_token), oauth_access_tokens.c.grant_id.in_(its_grants)
    )
    return bool(platform.change(lambda db: db.execute(found)))


def revoke_grant(platform: Platform, grant_id: int) -> None:
    """Makes the tokens of one grant void."""
    platform.change(lambda db: _remove_grants(db, oauth_grants.c.id == grant_id))


def revoke_all(platform: Platform, app: App, owner: Owner) -> bool:
    """Makes all codes and tokens void that an app has from a user; False when it had no tokens."""

    def work(db: Transaction) -> bool:
        db.execute(sa.delete(oauth_codes).where(*_from(oauth_codes, app, owner)))
        return _remove_grants(db, sa.and_(*_from(oauth_grants, app, owner)))

    return platform.change(work)


def _from(table: sa.Table, app: App, owner: Owner) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        table.c.app_id == app.id,
        table.c.company_id == owner.company_id,
        table.c.user_id == owner.user_id,
    )


def _remove_grants(db: Transaction, which: sa.ColumnElement[bool]) -> bool:
    ids = db.values(sa.select(oauth_grants.c.id).where(which))
    db.execute(sa.delete(oauth_access_tokens).where(oauth_access_tokens.c.grant_id.in_(ids)))
    return bool(db.execute(sa.delete(oauth_grants).where(oauth_grants.c.id.in_(ids))))
