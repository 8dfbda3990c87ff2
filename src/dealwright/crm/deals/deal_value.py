"""The value of a deal that has lines: it follows from them, from the discounts on the deal and from its currency."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.crm.deals import money
from dealwright.crm.deals.deal_amounts import PRICING, deal_amounts, line_sum
from dealwright.crm.deals.model import DEAL, DEAL_DISCOUNT, DEAL_PRODUCT, Deal, DealDiscount, DealProduct
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import records
from dealwright.crm.kernel.criteria import Criterion
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.storage.tables import deal_discounts, deal_products, deals


def lines_of(crm: UnitOfWork, deal_id: int) -> list[DealProduct]:
    """Returns all lines of a deal, the oldest first."""
    return records.select(crm, DEAL_PRODUCT, deal_products.c.deal_id == deal_id)


def discounts_of(crm: UnitOfWork, deal_id: int) -> list[DealDiscount]:
    """Returns all discounts on a deal, the oldest first."""
    return records.select(crm, DEAL_DISCOUNT, deal_discounts.c.deal_id == deal_id)


def of_live_deals(table: sa.Table, deal_ids: list[int]) -> list[Criterion]:
    """Returns the criteria for rows that belong to some deals, unless these are deleted."""
    link = table.c.deal_id
    return [link.in_(deal_ids), sa.exists().where(deals.c.id == link, deals.c.is_deleted == sa.false())]


def recalculate(crm: UnitOfWork, deal: Deal) -> Deal:
    """Sets the amounts of a deal to those that follow from its lines, and its time of change; returns the deal.

    Without lines the value is 0. Lines are priced anew as well: their tax method or the decimals of the currency may be
    others now. Raises `Invalid` when the amounts are too much.
    """
    digits = money.decimals(crm.company_data, deal.currency)
    lines = []
    for line in lines_of(crm, deal.id):
        amount = line_sum({name: getattr(line, name) for name in PRICING}, digits)
        lines.append(line if amount == line.sum else records.update(crm, DEAL_PRODUCT, line, {"sum": amount}))
    amounts: Values = deal_amounts(lines, discounts_of(crm, deal.id) if lines else (), digits)._asdict()
    return records.update(crm, DEAL, deal, {**amounts, "update_time": crm.now})


def without_own_value(deal: Deal, values: Values) -> Values:
    """Returns values for a deal without a ``value`` that it has anyway because of its lines; null counts as that.

    Raises `Invalid` for any other value of a deal that has lines.
    """
    if "value" not in values or not deal.products_count:
        return values
    if values["value"] not in (None, deal.value):
        raise Invalid("follows from the products of the deal and cannot be set", "value")
    return {name: value for name, value in values.items() if name != "value"}
