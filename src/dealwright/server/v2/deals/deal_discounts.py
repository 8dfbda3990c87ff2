"""The discounts on whole deals."""

from __future__ import annotations

from dealwright.contract.v2.deals import deal_discounts as contract
from dealwright.contract.v2.deals.deal_discounts import DealDiscountChanges, DeletedDealDiscount, NewDealDiscount
from dealwright.contract.v2.envelopes import Item, List
from dealwright.crm.deals import deal_discounts, deal_value
from dealwright.crm.deals.model import DEAL, DealDiscount
from dealwright.crm.kernel import records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import rfc3339_time


def show(discount: DealDiscount) -> contract.DealDiscount:
    """Returns a discount as v2 writes it."""
    return {
        "id": discount.uuid,
        "type": discount.type,  # type: ignore[typeddict-item]
        "amount": discount.amount,
        "description": discount.description,
        "deal_id": discount.deal_id,
        "created_at": rfc3339_time(discount.add_time),
        "created_by": discount.creator_user_id,
        "updated_at": rfc3339_time(discount.update_time),
        "updated_by": discount.update_user_id,
    }


@implements(contract.get_deals_by_id_discounts)
def get_deals_by_id_discounts(crm: UnitOfWork, id: int) -> List[contract.DealDiscount]:
    found = deal_value.discounts_of(crm, records.get(crm, DEAL, id).id)
    return envelopes.collection([show(discount) for discount in found])


@implements(contract.post_deals_by_id_discounts)
def post_deals_by_id_discounts(crm: UnitOfWork, id: int, data: NewDealDiscount) -> Item[contract.DealDiscount]:
    return envelopes.item(show(deal_discounts.create(crm, id, provided_values(data))))


@implements(contract.patch_deals_by_id_discounts_by_discount_id)
def patch_deals_by_id_discounts_by_discount_id(
    crm: UnitOfWork, id: int, discount_id: str, data: DealDiscountChanges
) -> Item[contract.DealDiscount]:
    return envelopes.item(show(deal_discounts.update(crm, id, discount_id, provided_values(data))))


@implements(contract.delete_deals_by_id_discounts_by_discount_id)
def delete_deals_by_id_discounts_by_discount_id(
    crm: UnitOfWork, id: int, discount_id: str
) -> Item[DeletedDealDiscount]:
    return envelopes.item({"id": deal_discounts.delete(crm, id, discount_id)})
