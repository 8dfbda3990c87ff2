"""Compares what is stored of the amounts of lines and deals with what follows from the lines: for checks and repairs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm.deals import money
from dealwright.crm.deals.deal_amounts import PRICING, Amounts, Number, deal_amounts, line_sum
from dealwright.crm.deals.model import DEAL_DISCOUNT, DEAL_PRODUCT, DealDiscount
from dealwright.crm.kernel.company_data import CompanyData
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import deal_discounts, deal_products, deals
from dealwright.storage.types import next_revision


class WrongAmount(NamedTuple):
    """An amount of a line or a deal that is not what it should be."""

    table: sa.Table
    id: int
    column: str
    stored: Number | None
    right: Number | None


def find(db: Transaction, company_data: CompanyData) -> Iterator[WrongAmount]:
    """Yields the amounts of lines that do not follow from their prices, and those of deals that do not follow from lines."""
    discounts: dict[int, list[DealDiscount]] = {}
    for discount in DEAL_DISCOUNT.to_records(db.rows(sa.select(deal_discounts).order_by(deal_discounts.c.id))):
        discounts.setdefault(discount.deal_id, []).append(discount)
    columns = deals.c
    selected = sa.select(columns.id, columns.currency, *(columns[name] for name in Amounts._fields))
    stored = {row[0]: row[1:] for row in db.rows(selected.where(columns.products_count > 0))}
    ordered = sa.select(deal_products).order_by(deal_products.c.deal_id, deal_products.c.id)
    for deal_id, group in groupby(DEAL_PRODUCT.to_records(db.rows(ordered)), key=lambda line: line.deal_id):
        if deal_id not in stored:
            continue
        currency, *amounts = stored[deal_id]
        digits = money.decimals(company_data, currency)
        lines = list(group)
        for line in lines:
            right = line_sum({name: getattr(line, name) for name in PRICING}, digits)
            if right != line.sum:
                yield WrongAmount(deal_products, line.id, "sum", line.sum, right)
        following = deal_amounts(lines, discounts.get(deal_id, ()), digits)
        for name, kept, now in zip(Amounts._fields, amounts, following, strict=True):
            if kept != now:
                yield WrongAmount(deals, deal_id, name, kept, now)


def write(db: Transaction, wrong: list[WrongAmount]) -> None:
    """Sets amounts to what they should be."""
    for one in wrong:
        values = next_revision(one.table) | {one.column: one.right}
        db.execute(sa.update(one.table).where(one.table.c.id == one.id).values(values))
