"""Permission sets, and who has them."""

from __future__ import annotations

from typing import Any, cast

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.envelopes import Item, List, Page
from dealwright.contract.v1.team import permission_sets as contract
from dealwright.contract.v1.team.permission_sets import App
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import permission_sets
from dealwright.crm.team.model import PermissionSet
from dealwright.crm.values.formats import loads
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


def show(crm: UnitOfWork, found: PermissionSet) -> contract.PermissionSet:
    """Returns a permission set as v1 writes it."""
    shown: dict[str, Any] = {
        "id": found.id,
        "name": found.name,
        "description": found.description,
        "app": found.app,
        "type": found.type,
        "assignment_count": len(permission_sets.users_by_set(crm).get(found.id, ())),
    }
    return cast("contract.PermissionSet", shown)


@implements(contract.get_permission_sets)
def get_permission_sets(crm: UnitOfWork, app: App | None = None) -> List[contract.PermissionSet]:
    found = permission_sets.list_all(crm, app)
    return envelopes.collection([show(crm, one) for one in found], empty=[])


@implements(contract.get_permission_sets_by_id)
def get_permission_sets_by_id(crm: UnitOfWork, id: str) -> Item[contract.DetailedPermissionSet]:
    found = permission_sets.get(crm, id)
    return envelopes.item({**show(crm, found), "contents": loads(found.contents)})


@implements(contract.get_permission_sets_by_id_assignments)
def get_permission_sets_by_id_assignments(
    crm: UnitOfWork, id: str, page: OffsetPaging
) -> Page[contract.PermissionSetAssignment]:
    of = permission_sets.get(crm, id)
    found = pages.paginate_list(permission_sets.users_by_set(crm).get(of.id, []), page)

    def show_assignment(user_id: int) -> contract.PermissionSetAssignment:
        return {"user_id": user_id, "permission_set_id": of.id, "name": of.name}

    return envelopes.page(found, show_assignment, empty=[])
