"""Log-ins of people: a password for a user's e-mail address, and the sessions of their browsers.

Who fails too often has to wait: the account (so that nobody tries one account from everywhere) and the network address
(so that nobody tries every account from one place). An attempt counts before its password is looked at, so that many at
the same time count as many.
"""

from __future__ import annotations

import functools
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dealwright.crm.oauth.grants import Owner
from dealwright.crm.values import instant, moment
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Platform, hashed
from dealwright.storage.platform_tables import browser_sessions, login_failures, logins

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1000
SESSION_LIFETIME = timedelta(hours=12)
WINDOW = timedelta(minutes=15)
FAILURES_OF_ACCOUNT = 10
FAILURES_OF_ADDRESS = 100


class TooManyFailures(Exception):
    """The account or the address has to wait, for so many ``seconds``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many failed attempts; wait {seconds} seconds")
        self.seconds = seconds


def set_password(platform: Platform, owner: Owner, email: str, password: str) -> None:
    """Sets the password with which a user logs in; sessions of the user end. Raises ValueError for a poor one."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ValueError(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    columns = logins.c
    is_owner = (columns.company_id == owner.company_id) & (columns.user_id == owner.user_id)
    values = {**owner._asdict(), "email": email.strip().casefold(), "password_hash": _hasher().hash(password)}

    def work(db: Transaction) -> None:
        db.execute(sa.delete(logins).where(is_owner))
        db.insert(logins, values)
        for token_hash, users in db.rows(sa.select(browser_sessions.c.token_hash, browser_sessions.c.users)):
            if owner in _users(users):
                db.execute(sa.delete(browser_sessions).where(browser_sessions.c.token_hash == token_hash))

    platform.change(work)


def log_in(platform: Platform, email: str, password: str, address: str, now: datetime) -> list[Owner]:
    """The users whom e-mail address and password fit: none, or one for each company. Raises `TooManyFailures`."""
    # PostgreSQL takes no text with the character that ends one in C.
    account = email.strip().casefold().replace("\0", "")
    subjects = {f"account {hashed(account)}": FAILURES_OF_ACCOUNT, f"address {address}": FAILURES_OF_ADDRESS}
    with platform.database.write(alone=True) as db:
        attempts = _begin_attempt(db, subjects, now)
    columns = logins.c
    with platform.database.read() as db:
        known = db.rows(
            sa.select(columns.company_id, columns.user_id, columns.password_hash)
            .where(columns.email == account)
            .order_by(columns.company_id, columns.user_id)
        )
    fitting = [Owner(*row[:2]) for row in known if _fits(row[2], password)]
    if not known:
        # Nobody learns from the time that it takes whether an account exists.
        _fits(_nobodys_hash(), password)
    if fitting:
        platform.change(lambda db: db.execute(sa.delete(login_failures).where(login_failures.c.id.in_(attempts))))
    return fitting


def _begin_attempt(db: Transaction, subjects: dict[str, int], now: datetime) -> list[int]:
    columns = login_failures.c
    db.execute(sa.delete(login_failures).where(columns.time <= moment(now - WINDOW)))
    for subject, allowed in subjects.items():
        times = db.values(sa.select(columns.time).where(columns.subject == subject).order_by(columns.time))
        if len(times) >= allowed:
            wait = instant(times[-allowed]) + WINDOW - now
            raise TooManyFailures(max(1, round(wait.total_seconds())))
    return [db.insert(login_failures, {"subject": subject, "time": moment(now)}) for subject in subjects]


def _fits(password_hash: str, password: str) -> bool:
    from argon2.exceptions import VerificationError  # noqa: PLC0415 - only who logs in pays for it

    try:
        return len(password) <= LONGEST_PASSWORD and _hasher().verify(password_hash, password)
    except VerificationError:
        return False


@functools.cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # noqa: PLC0415 - only who logs in pays for it

    return PasswordHasher()


@functools.cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_hex(16))


def open_session(platform: Platform, users: list[Owner], now: datetime) -> str:
    """A session of a browser for users who logged in: its token."""
    token = secrets.token_urlsafe(32)
    text = " ".join(f"{owner.company_id}.{owner.user_id}" for owner in users)
    values = {"token_hash": hashed(token), "users": text, "expires_at": moment(now + SESSION_LIFETIME)}
    stale = sa.delete(browser_sessions).where(browser_sessions.c.expires_at < moment(now))

    def work(db: Transaction) -> None:
        db.execute(stale)
        db.insert(browser_sessions, values)

    platform.change(work)
    return token


def session_users(platform: Platform, token: str, now: datetime) -> list[Owner]:
    """Who logged in in a session; nobody when it is over."""
    columns = browser_sessions.c
    is_session = (columns.token_hash == hashed(token)) & (columns.expires_at > moment(now))
    with platform.database.read() as db:
        return _users(db.value(sa.select(columns.users).where(is_session)) or "")


def close_session(platform: Platform, token: str) -> None:
    """Ends a session."""
    over = sa.delete(browser_sessions).where(browser_sessions.c.token_hash == hashed(token))
    platform.change(lambda db: db.execute(over))


def _users(text: str) -> list[Owner]:
    return [Owner(*map(int, one.split("."))) for one in text.split()]
