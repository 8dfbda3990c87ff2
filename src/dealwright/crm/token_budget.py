"""What the companies of a platform have spent of their daily tokens, and for how many users each of them pays."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from dealwright.crm.unit import Companies
from dealwright.storage import spending
from dealwright.storage.tables import users


def spend(companies: Companies, company_id: int, day: date, tokens: int) -> int:
    """Writes down that a company has spent tokens; what it has spent on that day, on all machines together."""
    platform = companies.platform
    return spending.add(platform, company_id, day, tokens) if tokens else spending.spent(platform, company_id, day)


def active_users(companies: Companies, company_id: int) -> int:
    """How many users of a company are active."""
    company = companies.platform.company(company_id)
    assert company is not None
    active = sa.select(sa.func.count()).where(users.c.is_active, ~users.c.is_deleted)
    with company.database.read() as db:
        counted: int = db.value(active)
    return counted
