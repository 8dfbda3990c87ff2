"""What a user may do."""

from __future__ import annotations

from typing import cast

from dealwright.contract.v1.envelopes import Item
from dealwright.contract.v1.team import user_permissions as contract
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import permission_sets, users
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


@implements(contract.get_users_by_id_permissions)
def get_users_by_id_permissions(crm: UnitOfWork, id: int) -> Item[contract.Permissions]:
    found = permission_sets.permissions_of(crm, users.get(crm, id))
    return envelopes.item(cast("contract.Permissions", found))
