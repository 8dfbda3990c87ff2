"""Roles: their tree, users, settings, and the pipelines that they see."""

from __future__ import annotations

from typing import cast

from msgspec import UNSET

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.team import roles as contract
from dealwright.contract.v1.team.roles import (
    NewRole,
    RoleChanges,
    RolePipelineChanges,
    RoleSetting,
    RoleUser,
)
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import roles
from dealwright.crm.team.model import Role, User
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes


def show(crm: UnitOfWork, role: Role) -> contract.Role:
    """Returns a role as v1 writes it."""
    return {
        "id": role.id,
        "parent_role_id": roles.parent_of(role),
        "name": role.name,
        "active_flag": role.is_active,
        "assignment_count": str(roles.member_counts(crm).get(role.id, 0)),
        "sub_role_count": str(roles.child_count(crm, role)),
    }


def show_listed(crm: UnitOfWork, role: Role) -> contract.ListedRole:
    """Returns a role as lists show it: with its level."""
    return {**show(crm, role), "level": roles.levels(crm)[role.id]}


def show_settings(role: Role) -> contract.RoleSettings:
    """Returns the settings of a role."""
    return cast("contract.RoleSettings", roles.settings(role))


def show_assignment(role: Role, user: User) -> contract.RoleAssignment:
    """Returns a user in a role."""
    return {
        "user_id": user.id,
        "role_id": role.id,
        "parent_role_id": roles.parent_of(role),
        "name": role.name,
        "active_flag": role.is_active,
        "type": "1",
    }


@implements(contract.get_roles)
def get_roles(crm: UnitOfWork, page: OffsetPaging) -> Page[contract.ListedRole]:
    return envelopes.page(pages.paginate_list(roles.list_all(crm), page), lambda role: show_listed(crm, role))


@implements(contract.post_roles)
def post_roles(crm: UnitOfWork, data: NewRole) -> Item[contract.RoleId]:
    return envelopes.item({"id": roles.create(crm, provided_values(data)).id})


@implements(contract.delete_roles_by_id)
def delete_roles_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    roles.delete(crm, id)
    return envelopes.deleted(id)


@implements(contract.get_roles_by_id)
def get_roles_by_id(crm: UnitOfWork, id: int) -> contract.RoleItem:
    role = roles.get(crm, id)
    return {"success": True, "data": show(crm, role), "additional_data": {"settings": show_settings(role)}}


@implements(contract.put_roles_by_id)
def put_roles_by_id(crm: UnitOfWork, id: int, data: RoleChanges) -> Item[contract.RoleId]:
    return envelopes.item({"id": roles.update(crm, id, provided_values(data)).id})


@implements(contract.delete_roles_by_id_assignments)
def delete_roles_by_id_assignments(crm: UnitOfWork, id: int, data: RoleUser) -> Item[Deleted]:
    roles.remove_member(crm, id, data.user_id)
    return envelopes.deleted(id)


@implements(contract.get_roles_by_id_assignments)
def get_roles_by_id_assignments(crm: UnitOfWork, id: int, page: OffsetPaging) -> Page[contract.RoleAssignment]:
    role = roles.get(crm, id)
    found = pages.paginate_list(roles.members(crm, role), page)
    return envelopes.page(found, lambda user: show_assignment(role, user))


@implements(contract.post_roles_by_id_assignments)
def post_roles_by_id_assignments(crm: UnitOfWork, id: int, data: RoleUser) -> Item[contract.RoleMember]:
    roles.add_member(crm, id, data.user_id)
    return envelopes.item({"user_id": data.user_id, "role_id": id})


@implements(contract.get_roles_by_id_settings)
def get_roles_by_id_settings(crm: UnitOfWork, id: int) -> Item[contract.RoleSettings]:
    return envelopes.item(show_settings(roles.get(crm, id)))


@implements(contract.post_roles_by_id_settings)
def post_roles_by_id_settings(crm: UnitOfWork, id: int, data: RoleSetting) -> Item[contract.ChangedRoleSetting]:
    roles.change_setting(crm, id, data.setting_key, data.value)
    return envelopes.item(cast("contract.ChangedRoleSetting", {"id": id, data.setting_key: data.value}))


@implements(contract.get_roles_by_id_pipelines)
def get_roles_by_id_pipelines(crm: UnitOfWork, id: int, visible: bool = True) -> Item[contract.RolePipelines]:
    return _show_pipelines(crm, roles.get(crm, id), visible=visible)


@implements(contract.put_roles_by_id_pipelines)
def put_roles_by_id_pipelines(crm: UnitOfWork, id: int, data: RolePipelineChanges) -> Item[contract.RolePipelines]:
    ids = data.visible_pipeline_ids
    show_ids, hide_ids = ([] if given is UNSET else given for given in (ids.add, ids.remove))
    return _show_pipelines(crm, roles.change_pipelines(crm, id, show_ids, hide_ids), visible=True)


def _show_pipelines(crm: UnitOfWork, role: Role, *, visible: bool) -> Item[contract.RolePipelines]:
    return envelopes.item({"pipeline_ids": roles.pipeline_ids(crm, role, visible=visible), "visible": visible})
