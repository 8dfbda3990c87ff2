"""The caller's settings."""

from __future__ import annotations

from typing import cast

from dealwright.contract.v1.envelopes import Item
from dealwright.contract.v1.team import user_settings as contract
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import account
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


@implements(contract.get_user_settings)
def get_user_settings(crm: UnitOfWork) -> Item[contract.UserSettings]:
    return envelopes.item(cast("contract.UserSettings", account.settings(crm)))
