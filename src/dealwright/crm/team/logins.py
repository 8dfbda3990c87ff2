"""Log-ins of users: a password for a user's e-mail address.

Too many failures block the account for a while (against guesses at one account from many network addresses), and the
network address (against guesses at many accounts from one address). An attempt counts before its password is verified,
so that simultaneous attempts all count.
"""

from __future__ import annotations

import functools
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

import sqlalchemy as sa

from dealwright import _metrics
from dealwright._limit_log import limit_log
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import sessions
from dealwright.crm.values.formats import format_time, parse_time
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Platform, hash_secret
from dealwright.storage.platform_tables import login_failures, logins

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 1000
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
    values = {**owner._asdict(), "email": email.strip().casefold(), "password_hash": _hasher().hash(password)}

    def work(db: Transaction) -> None:
        db.execute(sa.delete(logins).where(_is_owner(owner)))
        db.insert_later(logins, values)
        sessions.delete(db, sessions.is_of_user(owner))

    platform.run_in_transaction(work)


def log_in(platform: Platform, email: str, password: str, address: str, now: datetime) -> list[UserRef]:
    """Returns the users whom e-mail address and password fit: at most one per company. Raises `TooManyFailures`."""
    # PostgreSQL accepts no NUL characters in texts.
    account = email.strip().casefold().replace("\0", "")
    attempt = begin_attempt(platform, _subjects(account, address), address, now)
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
    log_attempt(attempt, address, succeeded=bool(matching), account=account if known else None)
    if matching:
        forget_attempt(platform, attempt)
    return matching


def has_password(platform: Platform, owner: UserRef) -> bool:
    """Whether a user has a password; who was given a link has none at first."""
    with platform.database.read() as db:
        return db.row(sa.select(logins.c.email).where(_is_owner(owner))) is not None


def check_password(platform: Platform, owner: UserRef, password: str, address: str, now: datetime) -> bool:
    """Whether a password is that of a user who has signed in. Attempts count like log-ins. Raises `TooManyFailures`."""
    with platform.database.read() as db:
        row = db.row(sa.select(logins.c.email, logins.c.password_hash).where(_is_owner(owner)))
    if row is None:
        return False
    account, password_hash = row
    attempt = begin_attempt(platform, _subjects(account, address), address, now)
    is_right = _verify_password(password_hash, password)
    log_attempt(attempt, address, succeeded=is_right, account=account, what="password")
    if is_right:
        forget_attempt(platform, attempt)
    return is_right


def _is_owner(owner: UserRef) -> sa.ColumnElement[bool]:
    return (logins.c.company_id == owner.company_id) & (logins.c.user_id == owner.user_id)


def _subjects(account: str, address: str) -> dict[str, int]:
    return {
        f"account {hash_secret(account)}": MAX_FAILURES_PER_ACCOUNT,
        f"address {address}": MAX_FAILURES_PER_ADDRESS,
    }


def begin_attempt(platform: Platform, subjects: Mapping[str, int], address: str, now: datetime) -> Attempt:
    """Counts an attempt for each of its subjects, which has so many failures at most. Raises `TooManyFailures`."""
    try:
        with platform.database.write(exclusive=True) as db:
            return _record_attempt(db, subjects, now)
    except TooManyFailures:
        _metrics.LOGINS.add("blocked")
        limit_log.report("log-ins to a locked account, or from a locked address", address)
        raise


def forget_attempt(platform: Platform, attempt: Attempt) -> None:
    """Takes back the count of an attempt that was none: it succeeded."""
    deletion = sa.delete(login_failures).where(login_failures.c.id.in_(attempt.ids))
    platform.run_in_transaction(lambda db: db.execute(deletion))


def log_attempt(
    attempt: Attempt,
    address: str,
    *,
    succeeded: bool,
    account: str | None,
    what: Literal["log-in", "password", "code"] = "log-in",
) -> None:
    """Logs an attempt. An e-mail address that is nobody's is left out: people enter passwords there by mistake."""
    extra = {"account": account or "(unknown)", "client": address}
    if what == "log-in" or not succeeded:
        _metrics.LOGINS.add("succeeded" if succeeded else "failed")
    if succeeded:
        log.info("A user has logged in" if what == "log-in" else f"A {what} was right", extra=extra)
        return
    log.warning("A log-in has failed" if what == "log-in" else f"A {what} was wrong", extra=extra)
    for subject in attempt.now_locked:
        log.warning("The %s is locked after too many failed log-ins", subject, extra=extra)


class Attempt(NamedTuple):
    """The rows of an attempt, and what is locked if it fails: ``account``, ``address``."""

    ids: list[int]
    now_locked: list[str]


def _record_attempt(db: Transaction, subjects: Mapping[str, int], now: datetime) -> Attempt:
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
    return Attempt(ids, now_locked)


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
