"""The accounts elsewhere that the caller has connected."""

from __future__ import annotations

from dealwright.contract.v1.envelopes import Item
from dealwright.contract.v1.team import user_connections as contract
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import account
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


@implements(contract.get_user_connections)
def get_user_connections(crm: UnitOfWork) -> Item[contract.UserConnections]:
    return envelopes.item({"google": account.connections(crm)["google"]})
