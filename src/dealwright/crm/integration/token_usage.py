"""The daily tokens that the companies of a platform have spent, and the number of their active users."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from dealwright.storage import token_usage
from dealwright.storage.platform import Platform
from dealwright.storage.tables import users


def add_usage(platform: Platform, company_id: int, day: date, tokens: int) -> int:
    """Adds spent tokens to a company's usage; returns its usage of that day, on all machines together."""
    return (
        token_usage.add(platform, company_id, day, tokens)
        if tokens
        else token_usage.get_tokens_spent(platform, company_id, day)
    )


def count_active_users(platform: Platform, company_id: int) -> int:
    """Returns the number of active users of a company."""
    company = platform.find_company(company_id)
    assert company is not None
    active = sa.select(sa.func.count()).where(users.c.is_active, ~users.c.is_deleted)
    with company.database.read() as db:
        counted: int = db.value(active)
    return counted
