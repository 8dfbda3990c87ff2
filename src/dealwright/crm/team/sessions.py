"""Sessions of browsers: who has signed in, for how long, and in which of several companies the browser acts.

OAuth's pages and the web app share them. A session is known by a secret of the browser, of which only the hash is stored.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.values.formats import format_time
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Platform, hash_secret
from dealwright.storage.platform_tables import (
    browser_session_users,
    browser_sessions,
    second_factors,
    sign_in_rules,
)

LIFETIME = timedelta(hours=12)
CODE_LIFETIME = timedelta(minutes=10)
"""How long a browser may take for the code of a second factor after the password was right."""

MAX_USER_AGENT_LENGTH = 500
MAX_LISTED = 500


class Session(NamedTuple):
    """A session: its users, who are the same person in several companies, and the company that the browser has chosen.

    One that ``awaits_code`` is for nothing but the code of a second factor. Of those who are ``lacking`` their companies ask for
    a second factor that they have not got yet.
    """

    id: int
    users: tuple[UserRef, ...]
    company_id: int | None
    awaits_code: bool = False
    lacking: frozenset[UserRef] = frozenset()

    @property
    def chosen(self) -> UserRef:
        """The user of the chosen company, or else of the first."""
        return next((owner for owner in self.users if owner.company_id == self.company_id), self.users[0])


class Listed(NamedTuple):
    """A session as its user sees it."""

    id: int
    add_time: str
    expires_at: str
    address: str
    user_agent: str | None


class Browser(NamedTuple):
    """A browser as it shows itself: its network address, and what it calls itself."""

    address: str = ""
    user_agent: str | None = None


# Run for every request of the web app, and composed once.
_OPEN_SESSIONS = (
    sa.select(
        browser_sessions.c.id,
        browser_sessions.c.company_id,
        browser_sessions.c.awaits_code,
        browser_session_users.c.company_id,
        browser_session_users.c.user_id,
        sign_in_rules.c.second_factor_required & second_factors.c.is_on.isnot(sa.true()),
    )
    .join_from(browser_sessions, browser_session_users, browser_session_users.c.session_id == browser_sessions.c.id)
    .outerjoin(sign_in_rules, sign_in_rules.c.company_id == browser_session_users.c.company_id)
    .outerjoin(
        second_factors,
        (second_factors.c.company_id == browser_session_users.c.company_id)
        & (second_factors.c.user_id == browser_session_users.c.user_id),
    )
    .order_by(browser_session_users.c.company_id, browser_session_users.c.user_id)
)
_SESSION = _OPEN_SESSIONS.where(
    browser_sessions.c.token_hash == sa.bindparam("token_hash"), browser_sessions.c.expires_at > sa.bindparam("now")
)


def start(
    platform: Platform,
    users: Sequence[UserRef],
    now: datetime,
    browser: Browser | None = None,
    company_id: int | None = None,
) -> str:
    """Starts a session for users who have signed in, perhaps in a company of their choice; returns its secret."""
    secret = secrets.token_urlsafe(32)
    _insert(platform, secret, users, now, browser or Browser(), LIFETIME, company_id=company_id)
    return secret


def await_code(platform: Platform, secret: str, users: Sequence[UserRef], now: datetime, browser: Browser) -> None:
    """Notes that a browser with a secret of its own still owes the code of a second factor of these users."""
    _insert(platform, secret, users, now, browser, CODE_LIFETIME, awaits_code=True)


def _insert(
    platform: Platform,
    secret: str,
    users: Sequence[UserRef],
    now: datetime,
    browser: Browser,
    lifetime: timedelta,
    *,
    company_id: int | None = None,
    awaits_code: bool = False,
) -> None:
    token_hash = hash_secret(secret)
    values = {
        "token_hash": token_hash,
        "company_id": company_id,
        "add_time": format_time(now),
        "expires_at": format_time(now + lifetime),
        "awaits_code": awaits_code,
        "address": browser.address,
        # PostgreSQL accepts no NUL characters in texts.
        "user_agent": (browser.user_agent or "").replace("\0", "")[:MAX_USER_AGENT_LENGTH] or None,
    }

    def work(db: Transaction) -> None:
        delete(db, browser_sessions.c.token_hash == token_hash)
        session_id = db.insert(browser_sessions, values)
        for owner in users:
            db.insert_later(browser_session_users, {"session_id": session_id, **owner._asdict()})

    platform.run_in_transaction(work)


def find(platform: Platform, secret: str, now: datetime) -> Session | None:
    """Returns the session with a secret; None when it has ended or expired."""
    rows = platform.database.query_once(_SESSION, {"token_hash": hash_secret(secret), "now": format_time(now)})
    return next(iter(_to_sessions(rows).values()), None)


def find_open(platform: Platform, ids: Collection[int], now: datetime) -> dict[int, Session]:
    """Returns those of some sessions that have not ended, by their ids."""
    columns = browser_sessions.c
    still_open = columns.id.in_(sorted(ids)), columns.expires_at > format_time(now)
    with platform.database.read() as db:
        return _to_sessions(db.rows(_OPEN_SESSIONS.where(*still_open)))


def _to_sessions(rows: Iterable[Sequence[Any]]) -> dict[int, Session]:
    """Returns the sessions of rows, one for each of their users, by their ids."""
    found: dict[int, Session] = {}
    for id, company_id, awaits_code, *user, is_lacking in rows:
        before = found.get(id) or Session(id, (), company_id, bool(awaits_code))
        owner = UserRef(*user)
        lacking = before.lacking | {owner} if is_lacking else before.lacking
        found[id] = before._replace(users=(*before.users, owner), lacking=lacking)
    return found


def choose_company(platform: Platform, session: Session, company_id: int) -> None:
    """Has a browser act in one of the companies of its session from now on."""
    choice = sa.update(browser_sessions).where(browser_sessions.c.id == session.id).values(company_id=company_id)
    platform.run_in_transaction(lambda db: db.execute(choice))


def end(platform: Platform, secret: str) -> None:
    """Ends the session with a secret."""
    columns = browser_sessions.c
    platform.run_in_transaction(lambda db: delete(db, columns.token_hash == hash_secret(secret)))


def end_all(platform: Platform, owner: UserRef, *, but: int | None = None) -> None:
    """Ends all sessions of a user, perhaps but one."""
    criterion = is_of_user(owner) if but is None else is_of_user(owner) & (browser_sessions.c.id != but)
    platform.run_in_transaction(lambda db: delete(db, criterion))


def list_all(platform: Platform, owner: UserRef, now: datetime) -> list[Listed]:
    """Returns the sessions of a user that have not ended, the newest first."""
    columns = browser_sessions.c
    statement = (
        sa.select(columns.id, columns.add_time, columns.expires_at, columns.address, columns.user_agent)
        .where(is_of_user(owner), columns.expires_at > format_time(now), columns.awaits_code == sa.false())
        .order_by(columns.id.desc())
        .limit(MAX_LISTED)
    )
    with platform.database.read() as db:
        return [Listed(*row) for row in db.rows(statement)]


def end_one(platform: Platform, owner: UserRef, id: int) -> bool:
    """Ends a session of a user; returns whether there was one."""
    return platform.run_in_transaction(lambda db: delete(db, is_of_user(owner) & (browser_sessions.c.id == id))) > 0


def delete_expired(platform: Platform, now: datetime) -> None:
    """Deletes the sessions that have expired."""
    platform.run_in_transaction(lambda db: delete(db, browser_sessions.c.expires_at <= format_time(now)))


def is_of_user(owner: UserRef) -> sa.ColumnElement[bool]:
    """Returns the criterion for the sessions of a user."""
    columns = browser_session_users.c
    ids = sa.select(columns.session_id).where(columns.company_id == owner.company_id, columns.user_id == owner.user_id)
    return browser_sessions.c.id.in_(ids)


def delete(db: Transaction, criterion: sa.ColumnElement[bool]) -> int:
    """Deletes the sessions that meet a criterion; returns their number."""
    ids = db.values(sa.select(browser_sessions.c.id).where(criterion))
    if ids:
        db.execute(sa.delete(browser_session_users).where(browser_session_users.c.session_id.in_(ids)))
        db.execute(sa.delete(browser_sessions).where(browser_sessions.c.id.in_(ids)))
    return len(ids)
