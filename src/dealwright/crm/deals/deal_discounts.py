"""Discounts on whole deals, beside those of their lines: they lower what is paid once."""

from __future__ import annotations

import uuid

from dealwright.crm.deals.deal_value import recalculate
from dealwright.crm.deals.model import DEAL, DEAL_DISCOUNT, Deal, DealDiscount
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kernel import records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.storage.tables import deal_discounts

_MAX_PERCENTAGE = 100


def create(crm: UnitOfWork, deal_id: int, values: Values) -> DealDiscount:
    """Gives a discount on a deal, whose value follows when it has lines. Raises `NotFound` and `Invalid`."""
    deal = records.get(crm, DEAL, deal_id)
    _check(values, None)
    user_id = crm.actor.id
    new: Values = {**values, "uuid": str(uuid.uuid4()), "deal_id": deal.id}
    new |= {"add_time": crm.now, "creator_user_id": user_id, "update_time": crm.now, "update_user_id": user_id}
    discount = records.insert(crm, DEAL_DISCOUNT, new)
    _follow(crm, deal)
    return discount


def update(crm: UnitOfWork, deal_id: int, id: str, values: Values) -> DealDiscount:
    """Changes a discount, which is named by its UUID. Raises `NotFound` and `Invalid`."""
    deal, discount = _get(crm, deal_id, id)
    _check(values, discount)
    changed = records.update(crm, DEAL_DISCOUNT, discount, values)
    _follow(crm, deal)
    return changed


def delete(crm: UnitOfWork, deal_id: int, id: str) -> str:
    """Takes a discount from a deal; returns its UUID. Raises `NotFound`."""
    deal, discount = _get(crm, deal_id, id)
    records.remove(crm, DEAL_DISCOUNT, discount)
    _follow(crm, deal)
    return discount.uuid


def _get(crm: UnitOfWork, deal_id: int, id: str) -> tuple[Deal, DealDiscount]:
    deal = records.get(crm, DEAL, deal_id)
    columns = deal_discounts.c
    found = records.find_by(crm, DEAL_DISCOUNT, columns.uuid == id.lower(), columns.deal_id == deal.id)
    if found is None:
        raise NotFound(f"{DEAL_DISCOUNT.noun} not found")
    return deal, found


def _check(values: Values, before: DealDiscount | None) -> None:
    type = values.get("type", before.type if before else None)
    amount = values.get("amount", before.amount if before else 0)
    if type == "percentage" and isinstance(amount, int | float) and amount > _MAX_PERCENTAGE:
        raise Invalid(f"must be at most {_MAX_PERCENTAGE} when it is a percentage", "amount")


def _follow(crm: UnitOfWork, deal: Deal) -> None:
    """Has the amounts of a deal follow from its lines, if there are any."""
    if deal.products_count:
        recalculate(crm, deal)
    else:
        records.touch(crm, DEAL, [deal.id])
