"""The installments in which deals are paid."""

from __future__ import annotations

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.deals import deal_installments as contract
from dealwright.contract.v2.deals.deal_installments import (
    DealInstallmentChanges,
    DealInstallmentsQuery,
    NewDealInstallment,
)
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.crm.deals import deal_installments
from dealwright.crm.deals.model import DEAL_INSTALLMENT, DealInstallment
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v2 import envelopes


def show(installment: DealInstallment) -> contract.DealInstallment:
    """Returns an installment as v2 writes it."""
    return {
        "id": installment.id,
        "amount": installment.amount,
        "billing_date": installment.billing_date,
        "description": installment.description,
        "deal_id": installment.deal_id,
    }


@implements(contract.get_deals_installments)
def get_deals_installments(
    crm: UnitOfWork, query: DealInstallmentsQuery, page: CursorPaging
) -> Page[contract.DealInstallment]:
    criteria = deal_installments.criteria(crm, query.deal_ids)
    return envelopes.page(pages.select_by_cursor(crm, DEAL_INSTALLMENT, criteria, page, query), show)


@implements(contract.post_deals_by_id_installments)
def post_deals_by_id_installments(crm: UnitOfWork, id: int, data: NewDealInstallment) -> Item[contract.DealInstallment]:
    return envelopes.item(show(deal_installments.create(crm, id, provided_values(data))))


@implements(contract.patch_deals_by_id_installments_by_installment_id)
def patch_deals_by_id_installments_by_installment_id(
    crm: UnitOfWork, id: int, installment_id: int, data: DealInstallmentChanges
) -> Item[contract.DealInstallment]:
    return envelopes.item(show(deal_installments.update(crm, id, installment_id, provided_values(data))))


@implements(contract.delete_deals_by_id_installments_by_installment_id)
def delete_deals_by_id_installments_by_installment_id(crm: UnitOfWork, id: int, installment_id: int) -> Item[Deleted]:
    deal_installments.delete(crm, id, installment_id)
    return envelopes.deleted(installment_id)
