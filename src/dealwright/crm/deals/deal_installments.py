"""Installments: the parts in which a deal is paid, each with the day on which it is billed.

A deal has them only while all of its lines are paid once, and while it has a line that is enabled.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from dealwright.crm.deals.deal_amounts import ONE_TIME
from dealwright.crm.deals.deal_value import lines_of, of_live_deals
from dealwright.crm.deals.model import DEAL, DEAL_INSTALLMENT, Deal, DealInstallment, DealProduct
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kernel import records
from dealwright.crm.kernel.criteria import Criterion, lazy_criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.storage.tables import deal_installments


def create(crm: UnitOfWork, deal_id: int, values: Values) -> DealInstallment:
    """Adds an installment to a deal.

    Raises `NotFound`, and `Invalid` when the deal has recurring lines, or none that is enabled.
    """
    deal = records.get(crm, DEAL, deal_id)
    lines = lines_of(crm, deal.id)
    if any(line.billing_frequency != ONE_TIME for line in lines):
        raise Invalid("A deal with recurring products cannot have installments")
    if not any(line.is_enabled for line in lines):
        raise Invalid("A deal without one-time products cannot have installments")
    new: Values = {**values, "deal_id": deal.id, "add_time": crm.now, "update_time": crm.now}
    installment = records.insert(crm, DEAL_INSTALLMENT, new)
    records.touch(crm, DEAL, [deal.id])
    return installment


def update(crm: UnitOfWork, deal_id: int, id: int, values: Values) -> DealInstallment:
    """Changes an installment. Raises `NotFound`."""
    installment = _get(crm, deal_id, id)
    changed = records.update(crm, DEAL_INSTALLMENT, installment, values)
    records.touch(crm, DEAL, [deal_id])
    return changed


def delete(crm: UnitOfWork, deal_id: int, id: int) -> None:
    """Removes an installment. Raises `NotFound`."""
    records.remove(crm, DEAL_INSTALLMENT, _get(crm, deal_id, id))
    records.touch(crm, DEAL, [deal_id])


@lazy_criteria
def criteria(crm: UnitOfWork, deal_ids: list[int]) -> list[Criterion]:
    """Returns the criteria of a list of installments: those of some deals, unless these are deleted."""
    return of_live_deals(deal_installments, deal_ids)


def of_deal(crm: UnitOfWork, deal_id: int) -> list[DealInstallment]:
    """Returns all installments of a deal, the oldest first."""
    return records.select(crm, DEAL_INSTALLMENT, deal_installments.c.deal_id == deal_id)


def exist(crm: UnitOfWork, deal_id: int) -> bool:
    """Whether a deal has installments."""
    columns = deal_installments.c
    return crm.db.row(sa.select(columns.id).where(columns.deal_id == deal_id).limit(1)) is not None


def check_lines_left(crm: UnitOfWork, deal: Deal, lines: Sequence[DealProduct]) -> None:
    """Raises `Invalid` when a deal has installments and none of the lines that it is left with is enabled."""
    if not any(line.is_enabled for line in lines) and exist(crm, deal.id):
        raise Invalid("The last enabled product of a deal with installments can be neither disabled nor deleted")


def _get(crm: UnitOfWork, deal_id: int, id: int) -> DealInstallment:
    deal = records.get(crm, DEAL, deal_id)
    columns = deal_installments.c
    found = records.find_by(crm, DEAL_INSTALLMENT, columns.id == id, columns.deal_id == deal.id)
    if found is None:
        raise NotFound(f"{DEAL_INSTALLMENT.noun} not found")
    return found
