"""Log-ins of users: a password for a user's e-mail address, and the sessions of their browsers.

Too many failures block the account for a while (against guesses at one account from many network addresses), and the
network address (against guesses at many accounts from one address). An attempt counts before its password is verified,
so that simultaneous attempts all count.
"""

from __future__ import annotations

import functools
import logging
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from dealwright import _metrics
from dealwright._limit_log import limit_log
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.values.formats import format_time, parse_time
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Platform, hash_secret
from dealwright.storage.platform_tables import browser_sessions, login_failures, logins

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 1000
SESSION_LIFETIME = timedelta(hours=12)
FAILURE_WINDOW = timedelta(minutes=15)
MAX_FAILURES_PER_ACCOUNT = 10
MAX_FAILURES_PER_ADDRESS = 100

log = logging.getLogger(__name__)


class TooManyFailures(Exception):
    """Raised when the account or the network address has to wait, for so many ``seconds``."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many failed attempts; wait {seconds} seconds")
        self.seconds = seconds


def set_password(platform: Platform, owner: UserRef, email: str, password: str) -> None:
    """Sets the password of a user, and ends the user's sessions. Raises ValueError when it is too short or too long."""
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise ValueError(f"A password has {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters")
    columns = logins.c
    is_owner = (columns.company_id == owner.company_id) & (columns.user_id == owner.user_id)
    values = {**owner._asdict(), "email": email.strip().casefold(), "password_hash": _hasher().hash(password)}

    def work(db: Transaction) -> None:
        db.execute(sa.delete(logins).where(is_owner))
        db.insert_later(logins, values)
        for token_hash, users in db.rows(sa.select(browser_sessions.c.token_hash, browser_sessions.c.users)):
            if owner in _parse_users(users):
                db.execute(sa.delete(browser_sessions).where(browser_sessions.c.token_hash == token_hash))

    platform.run_in_transaction(work)


def log_in(platform: Platform, email: str, password: str, address: str, now: datetime) -> list[UserRef]:
    """Returns the users whom e-mail address and password fit: at most one per company. Raises `TooManyFailures`."""
    # PostgreSQL accepts no NUL characters in texts.
    account = email.strip().casefold().replace("\0", "")
    subjects = {
        f"account {hash_secret(account)}": MAX_FAILURES_PER_ACCOUNT,
        f"address {address}": MAX_FAILURES_PER_ADDRESS,
    }
    try:
        with platform.database.write(exclusive=True) as db:
            attempts = _record_attempt(db, subjects, now)
    except TooManyFailures:
        _metrics.LOGINS.add("blocked")
        limit_log.report("log-ins to a locked account, or from a locked address", address)
        raise
    columns = logins.c
    with platform.database.read() as db:
        known = db.rows(
            sa.select(columns.company_id, columns.user_id, columns.password_hash)
            .where(columns.email == account)
            .order_by(columns.company_id, columns.user_id)
        )
    matching = [UserRef(*row[:2]) for row in known if _verify_password(row[2], password)]
    if not known:
        # Takes as long as for an account that exists, so that the time does not tell which accounts exist.
        _verify_password(_dummy_hash(), password)
    _log_attempt(bool(matching), account if known else None, address, attempts)
    if matching:
        platform.run_in_transaction(
            lambda db: db.execute(sa.delete(login_failures).where(login_failures.c.id.in_(attempts.ids)))
        )
    return matching


def _log_attempt(succeeded: bool, account: str | None, address: str, attempts: _Attempts) -> None:
    """Logs an attempt. An e-mail address that is nobody's is left out: people enter passwords there by mistake."""
    _metrics.LOGINS.add("succeeded" if succeeded else "failed")
    extra = {"account": account or "(unknown)", "client": address}
    if succeeded:
        log.info("A user has logged in", extra=extra)
        return
    log.warning("A log-in has failed", extra=extra)
    for subject in attempts.now_locked:
        log.warning("The %s is locked after too many failed log-ins", subject, extra=extra)


class _Attempts(NamedTuple):
    """The rows of an attempt, and what is locked if it fails: ``account``, ``address``."""

    ids: list[int]
    now_locked: list[str]


def _record_attempt(db: Transaction, subjects: dict[str, int], now: datetime) -> _Attempts:
    columns = login_failures.c
    now_locked = []
    db.execute(sa.delete(login_failures).where(columns.time <= format_time(now - FAILURE_WINDOW)))
    for subject, allowed in subjects.items():
        times = db.values(sa.select(columns.time).where(columns.subject == subject).order_by(columns.time))
        if len(times) >= allowed:
            wait = parse_time(times[-allowed]) + FAILURE_WINDOW - now
            raise TooManyFailures(max(1, round(wait.total_seconds())))
        if len(times) + 1 == allowed:
            now_locked.append(subject.partition(" ")[0])
    ids = [db.insert(login_failures, {"subject": subject, "time": format_time(now)}) for subject in subjects]
    return _Attempts(ids, now_locked)


def _verify_password(password_hash: str, password: str) -> bool:
    from argon2.exceptions import VerificationError  # noqa: PLC0415 - only log-ins need it

    try:
        return len(password) <= MAX_PASSWORD_LENGTH and _hasher().verify(password_hash, password)
    except VerificationError:
        return False


@functools.cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # noqa: PLC0415 - only log-ins need it

    return PasswordHasher()


@functools.cache
def _dummy_hash() -> str:
    return _hasher().hash(secrets.token_hex(16))


def open_session(platform: Platform, users: list[UserRef], now: datetime) -> str:
    """Opens a browser session for users who have logged in; returns its token."""
    token = secrets.token_urlsafe(32)
    text = " ".join(f"{owner.company_id}.{owner.user_id}" for owner in users)
    values = {"token_hash": hash_secret(token), "users": text, "expires_at": format_time(now + SESSION_LIFETIME)}
    stale = sa.delete(browser_sessions).where(browser_sessions.c.expires_at < format_time(now))

    def work(db: Transaction) -> None:
        db.execute(stale)
        db.insert_later(browser_sessions, values)

    platform.run_in_transaction(work)
    return token


def session_users(platform: Platform, token: str, now: datetime) -> list[UserRef]:
    """Returns the users who logged in in a session; none when it has ended or expired."""
    columns = browser_sessions.c
    is_session = (columns.token_hash == hash_secret(token)) & (columns.expires_at > format_time(now))
    with platform.database.read() as db:
        return _parse_users(db.value(sa.select(columns.users).where(is_session)) or "")


def close_session(platform: Platform, token: str) -> None:
    """Ends a session."""
    deletion = sa.delete(browser_sessions).where(browser_sessions.c.token_hash == hash_secret(token))
    platform.run_in_transaction(lambda db: db.execute(deletion))


def _parse_users(text: str) -> list[UserRef]:
    return [UserRef(*map(int, one.split("."))) for one in text.split()]
