"""Second factors: codes of an app that change every half minute (TOTP, RFC 6238), and recovery codes for who has lost it.

A code works once, and so does a recovery code. The secret that makes the codes is encrypted; recovery codes are long and random, and
stored as hashes. Attempts are limited like those with passwords, on a count of their own that no right password resets.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm.errors import Conflict, Invalid
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins
from dealwright.crm.values.formats import format_time
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Platform, hash_secret
from dealwright.storage.platform_tables import recovery_codes, second_factors, sign_in_rules

ISSUER = "Dealwright"
STEP_SECONDS = 30
ACCEPTED_STEPS = (-1, 0, 1)
"""Clocks of phones may be off by a step."""

MAX_FAILURES = 5
RECOVERY_CODES = 10
_RECOVERY_CODE_LENGTH = 16
_RECOVERY_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

_FACTOR, _CODE = second_factors.c, recovery_codes.c


class State(NamedTuple):
    """Whether a user has a second factor, whether the company asks for one, and how many recovery codes are left."""

    is_on: bool
    is_required: bool
    recovery_codes_left: int


class NewFactor(NamedTuple):
    """What an app for codes needs: the secret, and the same as an address that it reads as a picture."""

    secret: str
    uri: str


def state(platform: Platform, owner: UserRef) -> State:
    """Returns what there is of a user's second factor."""
    with platform.database.read() as db:
        is_on = db.value(sa.select(_FACTOR.is_on).where(_of_factor(owner)))
        left = db.value(sa.select(sa.func.count()).select_from(recovery_codes).where(_of_codes(owner)))
        return State(bool(is_on), _is_required(db, owner.company_id), left)


def owners(platform: Platform, users: Collection[UserRef]) -> list[UserRef]:
    """Returns those of some users who have a second factor."""
    if not users:
        return []
    any_of = sa.or_(*map(_of_factor, users))
    with platform.database.read() as db:
        rows = db.rows(sa.select(_FACTOR.company_id, _FACTOR.user_id).where(any_of, _FACTOR.is_on == sa.true()))
    return [UserRef(*row) for row in rows]


def begin(platform: Platform, owner: UserRef, email: str, company_name: str, now: datetime) -> NewFactor:
    """Returns the secret for an app that is to make codes; it is good for nothing before `switch_on`. Raises `Conflict`."""
    import pyotp  # noqa: PLC0415 - few need it

    secret = pyotp.random_base32()
    values = {
        **owner._asdict(),
        "sealed_secret": platform.cipher.encrypt(secret),
        "is_on": False,
        "last_step": None,
        "add_time": format_time(now),
    }

    def work(db: Transaction) -> None:
        if db.value(sa.select(_FACTOR.is_on).where(_of_factor(owner))):
            raise Conflict("There is a second factor already")
        db.execute(sa.delete(second_factors).where(_of_factor(owner)))
        db.insert_later(second_factors, values)

    platform.run_in_transaction(work)
    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=f"{ISSUER} {company_name}")
    return NewFactor(secret, uri)


def switch_on(platform: Platform, owner: UserRef, code: str, address: str, now: datetime) -> list[str]:
    """Switches a second factor on, with a code that shows that the app has the secret; returns recovery codes.

    Raises `Invalid` for a wrong code, `Conflict` when there is nothing to switch on, and `logins.TooManyFailures`.
    """

    def work(db: Transaction) -> list[str]:
        is_on = db.value(sa.select(_FACTOR.is_on).where(_of_factor(owner)))
        if is_on is None or is_on:
            raise Conflict("There is no second factor that waits to be switched on")
        if not _use_code(platform, db, owner, _normalized(code), now):
            return []
        db.execute(sa.update(second_factors).where(_of_factor(owner)).values(is_on=True))
        return _renew_recovery_codes(db, owner)

    attempt = logins.begin_attempt(platform, _subjects(owner, address), address, now)
    codes = platform.run_in_transaction(work)
    logins.log_attempt(attempt, address, succeeded=bool(codes), account=None, what="code")
    if not codes:
        raise Invalid("is wrong, or has been used", "code")
    logins.forget_attempt(platform, attempt)
    return codes


def renew_recovery_codes(platform: Platform, owner: UserRef) -> list[str]:
    """Returns new recovery codes; those before are void. Raises `Conflict` without a second factor."""

    def work(db: Transaction) -> list[str]:
        if not db.value(sa.select(_FACTOR.is_on).where(_of_factor(owner))):
            raise Conflict("There is no second factor")
        return _renew_recovery_codes(db, owner)

    return platform.run_in_transaction(work)


def switch_off(platform: Platform, owner: UserRef) -> bool:
    """Removes a user's second factor with its recovery codes; returns whether there was one."""

    def work(db: Transaction) -> bool:
        db.execute(sa.delete(recovery_codes).where(_of_codes(owner)))
        return db.execute(sa.delete(second_factors).where(_of_factor(owner))) > 0

    return platform.run_in_transaction(work)


def check_code(platform: Platform, users: Sequence[UserRef], code: str, address: str, now: datetime) -> list[UserRef]:
    """Returns the users whose code it is, after which it is used; none when it is wrong. Raises `logins.TooManyFailures`."""
    attempt = logins.begin_attempt(platform, _subjects(min(users), address), address, now)
    normalized = _normalized(code)
    found = platform.run_in_transaction(
        lambda db: [owner for owner in users if _use_any_code(platform, db, owner, normalized, now)]
    )
    logins.log_attempt(attempt, address, succeeded=bool(found), account=None, what="code")
    if found:
        logins.forget_attempt(platform, attempt)
    return found


def is_required(platform: Platform, company_id: int) -> bool:
    """Whether a company asks for a second factor."""
    with platform.database.read() as db:
        return _is_required(db, company_id)


def require(platform: Platform, company_id: int, required: bool) -> None:
    """Has a company ask for a second factor, or not."""
    columns = sign_in_rules.c

    def work(db: Transaction) -> None:
        db.execute(sa.delete(sign_in_rules).where(columns.company_id == company_id))
        db.insert_later(sign_in_rules, {"company_id": company_id, "second_factor_required": required})

    platform.run_in_transaction(work)


def _subjects(owner: UserRef, address: str) -> dict[str, int]:
    return {
        f"code {owner.company_id}.{owner.user_id}": MAX_FAILURES,
        f"address {address}": logins.MAX_FAILURES_PER_ADDRESS,
    }


def _use_any_code(platform: Platform, db: Transaction, owner: UserRef, code: str, now: datetime) -> bool:
    if len(code) == _RECOVERY_CODE_LENGTH:
        return _use_recovery_code(db, owner, code)
    is_on = db.value(sa.select(_FACTOR.is_on).where(_of_factor(owner)))
    return bool(is_on) and _use_code(platform, db, owner, code, now)


def _use_recovery_code(db: Transaction, owner: UserRef, code: str) -> bool:
    is_code = _of_codes(owner) & (_CODE.code_hash == hash_secret(code))
    return db.execute(sa.delete(recovery_codes).where(is_code)) > 0


def _use_code(platform: Platform, db: Transaction, owner: UserRef, code: str, now: datetime) -> bool:
    """Whether a code is one of now that has not been used; it is used from now on."""
    import pyotp  # noqa: PLC0415 - few need it

    sealed = db.value(sa.select(_FACTOR.sealed_secret).where(_of_factor(owner)))
    totp, step = pyotp.TOTP(platform.cipher.decrypt(sealed)), int(now.timestamp()) // STEP_SECONDS
    # All are compared, so that the time does not tell which one it is.
    matching = [
        step + offset
        for offset in ACCEPTED_STEPS
        if hmac.compare_digest(totp.generate_otp(step + offset).encode(), code.encode())
    ]
    if not matching:
        return False
    unused = _of_factor(owner) & (_FACTOR.last_step.is_(None) | (_FACTOR.last_step < matching[0]))
    return db.execute(sa.update(second_factors).where(unused).values(last_step=matching[0])) > 0


def _renew_recovery_codes(db: Transaction, owner: UserRef) -> list[str]:
    codes = [
        "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_CODE_LENGTH)) for _ in range(RECOVERY_CODES)
    ]
    db.execute(sa.delete(recovery_codes).where(_of_codes(owner)))
    for code in codes:
        db.insert_later(recovery_codes, {**owner._asdict(), "code_hash": hash_secret(code)})
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in codes]


def _normalized(code: str) -> str:
    """Returns a code without what people put between its characters. PostgreSQL accepts no NUL characters in texts."""
    return "".join(one for one in code.upper() if one.isalnum())


def _is_required(db: Transaction, company_id: int) -> bool:
    columns = sign_in_rules.c
    return bool(db.value(sa.select(columns.second_factor_required).where(columns.company_id == company_id)))


def _of_factor(owner: UserRef) -> sa.ColumnElement[bool]:
    return (_FACTOR.company_id == owner.company_id) & (_FACTOR.user_id == owner.user_id)


def _of_codes(owner: UserRef) -> sa.ColumnElement[bool]:
    return (_CODE.company_id == owner.company_id) & (_CODE.user_id == owner.user_id)
