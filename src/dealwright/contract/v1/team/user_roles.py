"""The role of a user."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.envelopes import Item, Page
from dealwright.contract.v1.team.roles import RoleAssignment, RoleSettings
from dealwright.contract.v1.team.users import READ


@endpoint("GET /v1/users/{id}/roleAssignments", group="Users", scopes=READ, cost=10)
def get_users_by_id_role_assignments(id: RecordId, page: OffsetPaging) -> Page[RoleAssignment]:
    """List the roles that a user is in."""


@endpoint("GET /v1/users/{id}/roleSettings", group="Users", scopes=READ, cost=10)
def get_users_by_id_role_settings(id: RecordId) -> Item[RoleSettings]:
    """Get the settings of a user's role."""
