"""How the users of a company sign in: what an admin sees of it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm.values.formats import format_time
from dealwright.storage.platform import Platform
from dealwright.storage.platform_tables import browser_session_users, browser_sessions, logins, second_factors


class SignInState(NamedTuple):
    """Whether a user has a password and a second factor, and how many sessions are open."""

    has_password: bool = False
    has_second_factor: bool = False
    sessions: int = 0


def of_company(platform: Platform, company_id: int, now: datetime) -> dict[int, SignInState]:
    """Returns how the users of a company sign in, by their ids; those of whom there is nothing to say are missing."""
    members = browser_session_users.c
    open_sessions = (
        sa.select(members.user_id, sa.func.count())
        .join_from(browser_session_users, browser_sessions, browser_sessions.c.id == members.session_id)
        .where(members.company_id == company_id, browser_sessions.c.expires_at > format_time(now))
        .where(browser_sessions.c.awaits_code == sa.false())
        .group_by(members.user_id)
    )
    is_on = (second_factors.c.company_id == company_id) & (second_factors.c.is_on == sa.true())
    with platform.database.read() as db:
        passwords = set(db.values(sa.select(logins.c.user_id).where(logins.c.company_id == company_id)))
        factors = set(db.values(sa.select(second_factors.c.user_id).where(is_on)))
        counts: dict[int, int] = dict(db.rows(open_sessions))
    ids = passwords | factors | counts.keys()
    return {id: SignInState(id in passwords, id in factors, counts.get(id, 0)) for id in ids}
