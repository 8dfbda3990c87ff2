"""The daily budget tokens that the companies of a platform have used, on all machines together."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Platform
from dealwright.storage.platform_tables import token_spending

RETENTION = timedelta(days=30)
"""The time for which the usage of a day is kept."""


def get_tokens_spent(platform: Platform, company_id: int, day: date) -> int:
    """Returns how many tokens a company has spent on a day."""
    columns = token_spending.c
    known = sa.select(columns.tokens).where(columns.company_id == company_id, columns.day == day.isoformat())
    with platform.database.read() as db:
        tokens: int | None = db.value(known)
    return tokens or 0


def add(platform: Platform, company_id: int, day: date, tokens: int) -> int:
    """Adds to the tokens that a company has spent on a day; returns the new sum."""

    def work(db: Transaction) -> int:
        columns = token_spending.c
        insert = postgresql.insert if db.dialect == "postgresql" else sqlite.insert
        row = insert(token_spending).values(company_id=company_id, day=day.isoformat(), tokens=tokens)
        adding = row.on_conflict_do_update(
            index_elements=["company_id", "day"], set_={"tokens": columns.tokens + row.excluded.tokens}
        )
        total: int = db.value(adding.returning(columns.tokens))
        if total == tokens:
            # This is the first entry of the day.
            old = columns.day < (day - RETENTION).isoformat()
            db.execute(sa.delete(token_spending).where(columns.company_id == company_id, old))
        return total

    return platform.run_in_transaction(work)
