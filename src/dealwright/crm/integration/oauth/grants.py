"""Grants of users to apps: codes to exchange once, grants with their refresh tokens, access tokens.

A grant expires 60 days after it was last refreshed. A user may give an app several grants: a program on two machines
has two.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm.integration.oauth import scopes as oauth_scopes
from dealwright.crm.integration.oauth.apps import App
from dealwright.crm.kernel.unit_of_work import AppAccess, Principal, UserRef
from dealwright.crm.values.formats import format_time
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Platform, hash_secret
from dealwright.storage.platform_tables import oauth_access_tokens, oauth_apps, oauth_codes, oauth_grants

CODE_LIFETIME = timedelta(minutes=5)
ACCESS_LIFETIME = timedelta(minutes=60)
REFRESH_LIFETIME = timedelta(days=60)
# Used codes are kept for as long as the tokens that they gave may be abused.
USED_CODE_LIFETIME = timedelta(days=1)


class Code(NamedTuple):
    """An authorization code that was issued."""

    app_id: int
    owner: UserRef
    redirect_uri: str
    scopes: str
    code_challenge: str | None
    expires_at: str
    grant_id: int | None
    resource: str | None = None


class Grant(NamedTuple):
    """The grant that a refresh token belongs to."""

    id: int
    app_id: int
    owner: UserRef
    scopes: str
    expires_at: str


class InvalidGrant(Exception):
    """Raised for a code or a grant that is not valid, or no longer."""


def new_code(owner: UserRef) -> str:
    """Returns a new authorization code."""
    return f"{owner.company_id}.{owner.user_id}.{secrets.token_hex(20)}"


def new_refresh_token(owner: UserRef) -> str:
    """Returns a new refresh token."""
    return f"{owner.company_id}:{owner.user_id}:{secrets.token_hex(20)}"


def new_access_token() -> str:
    """Returns a new access token."""
    return f"v1u:{secrets.token_urlsafe(48)}"


def issue_code(
    platform: Platform,
    app: App,
    owner: UserRef,
    code: str,
    redirect_uri: str,
    challenge: str | None,
    now: datetime,
    resource: str | None = None,
) -> None:
    """Stores an authorization code that an app may exchange, for tokens for a ``resource`` or, without one, for the API."""
    values = {
        "code_hash": hash_secret(code),
        "app_id": app.id,
        **owner._asdict(),
        "redirect_uri": redirect_uri,
        "scopes": ",".join(app.scopes),
        "code_challenge": challenge,
        "expires_at": format_time(now + CODE_LIFETIME),
        "resource": resource,
    }
    stale = sa.delete(oauth_codes).where(oauth_codes.c.expires_at < format_time(now - USED_CODE_LIFETIME))

    def work(db: Transaction) -> None:
        db.execute(stale)
        db.insert_later(oauth_codes, values)

    platform.run_in_transaction(work)


def find_code(platform: Platform, code: str) -> Code | None:
    """Returns a code that was issued, used or not; None when it is unknown."""
    columns = oauth_codes.c
    statement = sa.select(
        *(columns.app_id, columns.company_id, columns.user_id),
        *(columns.redirect_uri, columns.scopes, columns.code_challenge, columns.expires_at, columns.grant_id),
        columns.resource,
    ).where(columns.code_hash == hash_secret(code))
    with platform.database.read() as db:
        row = db.row(statement)
    return Code(row[0], UserRef(row[1], row[2]), *row[3:]) if row else None


def exchange_code(
    platform: Platform, code: str, app: App, access_token: str, refresh_token: str, now: datetime
) -> None:
    """Exchanges a code for a grant with its tokens, once. Raises `InvalidGrant` when it is unknown or used."""
    is_code = oauth_codes.c.code_hash == hash_secret(code)

    def work(db: Transaction) -> None:
        names = ("company_id", "user_id", "scopes", "resource")
        known = db.row(sa.select(*(oauth_codes.c[name] for name in names)).where(is_code))
        if known is None:
            raise InvalidGrant
        company_id, user_id, scopes, resource = known
        owner = UserRef(company_id, user_id)
        grant_id = _add_grant(db, app, owner, scopes, access_token, refresh_token, now, resource)
        unused = is_code & oauth_codes.c.grant_id.is_(None)
        if not db.execute(sa.update(oauth_codes).where(unused).values(grant_id=grant_id)):
            raise InvalidGrant

    platform.run_in_transaction(work)


def create_grant(
    platform: Platform, app: App, owner: UserRef, access_token: str, refresh_token: str, now: datetime
) -> None:
    """Adds a grant for an app, without a code."""
    scopes = ",".join(app.scopes)
    platform.run_in_transaction(lambda db: _add_grant(db, app, owner, scopes, access_token, refresh_token, now))


def _add_grant(
    db: Transaction,
    app: App,
    owner: UserRef,
    scopes: str,
    access_token: str,
    refresh_token: str,
    now: datetime,
    resource: str | None = None,
) -> int:
    _remove_grants(db, (oauth_grants.c.app_id == app.id) & (oauth_grants.c.expires_at <= format_time(now)))
    grant_id = db.insert(
        oauth_grants,
        {
            "app_id": app.id,
            **owner._asdict(),
            "refresh_hash": hash_secret(refresh_token),
            "scopes": scopes,
            "add_time": format_time(now),
            "expires_at": format_time(now + REFRESH_LIFETIME),
            "resource": resource,
        },
    )
    _add_access_token(db, grant_id, access_token, now)
    return grant_id


def _add_access_token(db: Transaction, grant_id: int, access_token: str, now: datetime) -> None:
    stale = oauth_access_tokens.c.expires_at < format_time(now)
    db.execute(sa.delete(oauth_access_tokens).where(oauth_access_tokens.c.grant_id == grant_id, stale))
    expires_at = format_time(now + ACCESS_LIFETIME)
    values = {"token_hash": hash_secret(access_token), "grant_id": grant_id, "expires_at": expires_at}
    db.insert_later(oauth_access_tokens, values)


def find_grant(platform: Platform, refresh_token: str, now: datetime) -> Grant | None:
    """Returns the grant of a refresh token; None when it is unknown or has expired."""
    columns = oauth_grants.c
    statement = sa.select(
        columns.id, columns.app_id, columns.company_id, columns.user_id, columns.scopes, columns.expires_at
    ).where(columns.refresh_hash == hash_secret(refresh_token), columns.expires_at > format_time(now))
    with platform.database.read() as db:
        row = db.row(statement)
    return Grant(row[0], row[1], UserRef(row[2], row[3]), *row[4:]) if row else None


def revoke_replayed(platform: Platform, refresh_token: str) -> Grant | None:
    """Revokes the grant whose refresh token was replaced by another one, and returns it; None when there is none.

    Whoever comes with the replaced one, or whoever has the other one, has stolen it.
    """
    columns = oauth_grants.c
    names = (columns.id, columns.app_id, columns.company_id, columns.user_id, columns.scopes, columns.expires_at)

    def work(db: Transaction) -> Grant | None:
        row = db.row(sa.select(*names).where(columns.previous_refresh_hash == hash_secret(refresh_token)))
        if row is None:
            return None
        _remove_grants(db, columns.id == row[0])
        return Grant(row[0], row[1], UserRef(row[2], row[3]), *row[4:])

    return platform.run_in_transaction(work)


def refresh_grant(
    platform: Platform, grant: Grant, access_token: str, now: datetime, *, replaced: tuple[str, str] | None = None
) -> None:
    """Adds an access token to a grant, which is valid for another 60 days.

    ``replaced`` are the refresh token that is void from now on, and the one in its place. Raises `InvalidGrant` when the grant is gone,
    or its refresh token is another one by now.
    """
    columns = oauth_grants.c
    values, these = {"expires_at": format_time(now + REFRESH_LIFETIME)}, columns.id == grant.id
    if replaced is not None:
        before, after = map(hash_secret, replaced)
        values |= {"refresh_hash": after, "previous_refresh_hash": before}
        these &= columns.refresh_hash == before
    statement = sa.update(oauth_grants).where(these).values(values)

    def work(db: Transaction) -> None:
        if not db.execute(statement):
            raise InvalidGrant
        _add_access_token(db, grant.id, access_token, now)

    platform.run_in_transaction(work)


def authenticate(platform: Platform, access_token: str, now: datetime, resource: str | None = None) -> Principal | None:
    """Returns the user and the app that an access token stands for; None when it is unknown, revoked or expired.

    One that was given for a ``resource`` is valid there and nowhere else, and all others for the API alone.
    """
    parameters = {"token_hash": hash_secret(access_token), "now": format_time(now)}
    rows = platform.database.query_once(_ACCESS_QUERY, parameters)
    if not rows:
        return None
    company_id, user_id, app_id, client_id, scopes, given_for = rows[0]
    if given_for != resource:
        return None
    company = platform.find_company(company_id)
    return Principal(company, user_id, AppAccess(app_id, client_id, oauth_scopes.expand(scopes))) if company else None


def _access_query() -> sa.Executable:
    tokens, grants, apps = oauth_access_tokens.c, oauth_grants.c, oauth_apps.c
    return (
        sa.select(grants.company_id, grants.user_id, apps.id, apps.client_id, grants.scopes, grants.resource)
        .join_from(oauth_access_tokens, oauth_grants, grants.id == tokens.grant_id)
        .join(oauth_apps, apps.id == grants.app_id)
        .where(tokens.token_hash == sa.bindparam("token_hash"), tokens.expires_at > sa.bindparam("now"))
    )


# Composed once, because it runs for every request of an app.
_ACCESS_QUERY = _access_query()


def revoke_access_token(platform: Platform, app: App, access_token: str) -> bool:
    """Revokes an access token of an app; returns False when there is none."""
    its_grants = sa.select(oauth_grants.c.id).where(oauth_grants.c.app_id == app.id)
    deletion = sa.delete(oauth_access_tokens).where(
        oauth_access_tokens.c.token_hash == hash_secret(access_token), oauth_access_tokens.c.grant_id.in_(its_grants)
    )
    return bool(platform.run_in_transaction(lambda db: db.execute(deletion)))


def revoke_grant(platform: Platform, grant_id: int) -> None:
    """Revokes a grant with its tokens."""
    platform.run_in_transaction(lambda db: _remove_grants(db, oauth_grants.c.id == grant_id))


def revoke_all(platform: Platform, app: App, owner: UserRef) -> bool:
    """Revokes all codes and grants that an app has from a user; returns False when it had no grants."""

    def work(db: Transaction) -> bool:
        db.execute(sa.delete(oauth_codes).where(*_grant_criteria(oauth_codes, app, owner)))
        return _remove_grants(db, sa.and_(*_grant_criteria(oauth_grants, app, owner)))

    return platform.run_in_transaction(work)


def _grant_criteria(table: sa.Table, app: App, owner: UserRef) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        table.c.app_id == app.id,
        table.c.company_id == owner.company_id,
        table.c.user_id == owner.user_id,
    )


def _remove_grants(db: Transaction, which: sa.ColumnElement[bool]) -> bool:
    ids = db.values(sa.select(oauth_grants.c.id).where(which))
    db.execute(sa.delete(oauth_access_tokens).where(oauth_access_tokens.c.grant_id.in_(ids)))
    return bool(db.execute(sa.delete(oauth_grants).where(oauth_grants.c.id.in_(ids))))
