"""The add-ons that the company has booked."""

from __future__ import annotations

from dealwright.contract.v1.envelopes import List
from dealwright.contract.v1.team import addons as contract
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import account
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


@implements(contract.get_billing_subscriptions_addons)
def get_billing_subscriptions_addons(crm: UnitOfWork) -> List[contract.Addon]:
    return envelopes.collection([{"code": code} for code in account.addon_codes(crm)], empty=[])
