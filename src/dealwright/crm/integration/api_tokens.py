"""API tokens: a user has one, or none. Only the hash of a token is stored."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.values.formats import format_time
from dealwright.storage.platform import Platform
from dealwright.storage.platform_tables import api_tokens


class ApiToken(NamedTuple):
    """That a user has a token, and since when; None when that is not known."""

    user_id: int
    add_time: str | None


def list_all(platform: Platform, company_id: int, *, user_id: int | None = None) -> list[ApiToken]:
    """Returns the tokens of a company's users, or of one of them."""
    columns = api_tokens.c
    statement = sa.select(columns.user_id, columns.add_time).where(columns.company_id == company_id)
    if user_id is not None:
        statement = statement.where(columns.user_id == user_id)
    with platform.database.read() as db:
        return [ApiToken(*row) for row in db.rows(statement.order_by(columns.user_id))]


def issue(platform: Platform, owner: UserRef, now: datetime) -> str:
    """Returns a new token of a user; the one before is void."""
    return platform.issue_token(*owner, format_time(now))


def revoke(platform: Platform, owner: UserRef) -> bool:
    """Makes the token of a user void; returns whether there was one."""
    columns = api_tokens.c
    is_owner = (columns.company_id == owner.company_id) & (columns.user_id == owner.user_id)
    return bool(platform.run_in_transaction(lambda db: db.execute(sa.delete(api_tokens).where(is_owner))))
