"""What the companies of a platform have spent of their daily budgets of tokens, on all machines together."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Platform
from dealwright.storage.platform_tables import token_spending

KEPT = timedelta(days=30)
"""For how long it is known what a company has spent on a day."""


def spent(platform: Platform, company_id: int, day: date) -> int:
    """How many tokens a company has spent on a day."""
    columns = token_spending.c
    known = sa.select(columns.tokens).where(columns.company_id == company_id, columns.day == day.isoformat())
    with platform.database.read() as db:
        tokens: int | None = db.value(known)
    return tokens or 0


def add(platform: Platform, company_id: int, day: date, tokens: int) -> int:
    """Adds to what a company has spent on a day; how many tokens that are now."""

    def work(db: Transaction) -> int:
        columns = token_spending.c
        insert = postgresql.insert if db.dialect == "postgresql" else sqlite.insert
        row = insert(token_spending).values(company_id=company_id, day=day.isoformat(), tokens=tokens)
        adding = row.on_conflict_do_update(
            index_elements=["company_id", "day"], set_={"tokens": columns.tokens + row.excluded.tokens}
        )
        total: int = db.value(adding.returning(columns.tokens))
        if total == tokens:
            # It is the first of the day.
            old = columns.day < (day - KEPT).isoformat()
            db.execute(sa.delete(token_spending).where(columns.company_id == company_id, old))
        return total

    return platform.change(work)
