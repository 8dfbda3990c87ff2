"""The role of a user, and its settings."""

from __future__ import annotations

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.envelopes import Item, Page
from dealwright.contract.v1.team import user_roles as contract
from dealwright.contract.v1.team.roles import RoleAssignment, RoleSettings
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import roles, users
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes
from dealwright.server.v1.team.roles import show_assignment, show_settings


@implements(contract.get_users_by_id_role_assignments)
def get_users_by_id_role_assignments(crm: UnitOfWork, id: int, page: OffsetPaging) -> Page[RoleAssignment]:
    user = users.get(crm, id)
    found = pages.paginate_list([roles.of_user(crm, user)], page)
    return envelopes.page(found, lambda role: show_assignment(role, user))


@implements(contract.get_users_by_id_role_settings)
def get_users_by_id_role_settings(crm: UnitOfWork, id: int) -> Item[RoleSettings]:
    return envelopes.item(show_settings(roles.of_user(crm, users.get(crm, id))))
