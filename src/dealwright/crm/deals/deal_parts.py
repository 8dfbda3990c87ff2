"""What a deal takes along when it is copied or merged: its lines, the discounts on it, and its installments."""

from __future__ import annotations

import uuid

from dealwright.crm.deals import deal_installments
from dealwright.crm.deals.deal_amounts import ONE_TIME
from dealwright.crm.deals.deal_products import MAX_RECURRING
from dealwright.crm.deals.deal_value import discounts_of, lines_of, recalculate
from dealwright.crm.deals.model import DEAL, DEAL_DISCOUNT, DEAL_INSTALLMENT, DEAL_PRODUCT, Deal
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import records
from dealwright.crm.kernel.record_types import Record
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values


def duplicate(crm: UnitOfWork, deal_id: int, copy_id: int) -> None:
    """Copies the parts of a deal to its copy, which has the amounts and the count of lines already."""
    now: Values = {"deal_id": copy_id, "add_time": crm.now, "update_time": crm.now}
    for line in lines_of(crm, deal_id):
        records.insert(crm, DEAL_PRODUCT, _values(line) | now)
    by_actor: Values = {"creator_user_id": crm.actor.id, "update_user_id": crm.actor.id}
    for discount in discounts_of(crm, deal_id):
        records.insert(crm, DEAL_DISCOUNT, _values(discount) | now | by_actor | {"uuid": str(uuid.uuid4())})
    for installment in deal_installments.of_deal(crm, deal_id):
        records.insert(crm, DEAL_INSTALLMENT, _values(installment) | now)


def move(crm: UnitOfWork, source: Deal, target: Deal) -> None:
    """Moves the parts of a deal to the one that it is merged into; lines take the tax method and the currency there.

    Raises `Invalid` when these are more recurring lines than a deal can have, or recurring lines beside installments.
    """
    moved, present = lines_of(crm, source.id), lines_of(crm, target.id)
    recurring = sum(line.billing_frequency != ONE_TIME for line in (*present, *moved))
    if recurring > MAX_RECURRING:
        raise Invalid(f"Together the deals have more than {MAX_RECURRING} recurring products", "merge_with_id")
    if recurring and any(deal_installments.exist(crm, deal.id) for deal in (source, target)):
        raise Invalid("One of the deals has installments, and there are recurring products", "merge_with_id")
    order_nr = max((line.order_nr for line in present), default=0)
    for number, line in enumerate(moved, order_nr + 1):
        values: Values = {"deal_id": target.id, "order_nr": number, "tax_method": (*present, line)[0].tax_method}
        records.update(crm, DEAL_PRODUCT, line, values, is_bulk=True)
    for discount in discounts_of(crm, source.id):
        records.update(crm, DEAL_DISCOUNT, discount, {"deal_id": target.id}, is_bulk=True)
    for installment in deal_installments.of_deal(crm, source.id):
        records.update(crm, DEAL_INSTALLMENT, installment, {"deal_id": target.id}, is_bulk=True)
    if present or moved:
        recalculate(crm, records.refresh(crm, DEAL, target.id))


def _values(part: Record) -> Values:
    return {name: getattr(part, name) for name in part.__struct_fields__ if name != "id"}
