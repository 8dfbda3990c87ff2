"""Roles, the visibility groups: their tree, their users and what these see."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.values import Id, IdList, Name, VisibleTo

SCOPES = frozenset({"admin"})


class Role(TypedDict):
    """A role. The counts, of its users and of the roles right below it, are numbers in text."""

    id: int
    parent_role_id: int | None
    name: str
    active_flag: bool
    assignment_count: str
    sub_role_count: str


class ListedRole(Role):
    """A role and how deep in the tree it stands."""

    level: int


class RoleId(TypedDict):
    """What a change leaves: the id."""

    id: int


class RoleSettings(TypedDict):
    """Who sees the records that the users of a role create, by kind of record."""

    deal_default_visibility: VisibleTo
    lead_default_visibility: VisibleTo
    org_default_visibility: VisibleTo
    person_default_visibility: VisibleTo
    product_default_visibility: VisibleTo
    deal_access_level: NotRequired[int]
    org_access_level: NotRequired[int]
    person_access_level: NotRequired[int]
    product_access_level: NotRequired[int]


class RoleInfo(TypedDict):
    """The additional data of a role."""

    settings: RoleSettings


class RoleItem(TypedDict):
    """A role, with its settings."""

    success: Literal[True]
    data: Role
    additional_data: RoleInfo


class ChangedRoleSetting(TypedDict):
    """The id of the role, and the setting that changed."""

    id: int
    deal_default_visibility: NotRequired[VisibleTo]
    lead_default_visibility: NotRequired[VisibleTo]
    org_default_visibility: NotRequired[VisibleTo]
    person_default_visibility: NotRequired[VisibleTo]
    product_default_visibility: NotRequired[VisibleTo]


class RoleMember(TypedDict):
    """A user in a role."""

    user_id: int
    role_id: int


class RoleAssignment(RoleMember):
    """A user in a role, with the role's own properties; ``type`` is a number in text."""

    parent_role_id: int | None
    name: str
    active_flag: bool
    type: str


class RolePipelines(TypedDict):
    """The pipelines that a role sees, or those that it does not see."""

    pipeline_ids: list[int]
    visible: bool


class NewRole(V1Body, kw_only=True):
    """A role to create."""

    name: Name
    parent_role_id: Id | UnsetType | None = UNSET


class RoleChanges(V1Body, kw_only=True):
    """What to change of a role."""

    parent_role_id: Id | UnsetType | None = UNSET
    name: Name | UnsetType = UNSET


class RoleUser(V1Body, kw_only=True):
    """The user to put into a role or to take out of it."""

    user_id: Id


class RoleSetting(V1Body, kw_only=True):
    """One setting of a role."""

    setting_key: Literal[
        "deal_default_visibility",
        "lead_default_visibility",
        "org_default_visibility",
        "person_default_visibility",
        "product_default_visibility",
    ]
    value: VisibleTo


class VisiblePipelines(V1Body, kw_only=True):
    """The ids of pipelines to show and of pipelines to hide."""

    add: IdList | UnsetType = UNSET
    remove: IdList | UnsetType = UNSET


class RolePipelineChanges(V1Body, kw_only=True):
    """What to change of the pipelines that a role sees."""

    visible_pipeline_ids: VisiblePipelines


@endpoint("GET /v1/roles", group="Roles", scopes=SCOPES, cost=20)
def get_roles(page: OffsetPaging) -> Page[ListedRole]:
    """List all roles."""


@endpoint("POST /v1/roles", group="Roles", scopes=SCOPES, cost=10)
def post_roles(data: NewRole) -> Item[RoleId]:
    """Create a role."""


@endpoint("DELETE /v1/roles/{id}", group="Roles", scopes=SCOPES, cost=6)
def delete_roles_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a role; its users come into the default role."""


@endpoint("GET /v1/roles/{id}", group="Roles", scopes=SCOPES, cost=2)
def get_roles_by_id(id: RecordId) -> RoleItem:
    """Get one role, with its settings in the additional data."""


@endpoint("PUT /v1/roles/{id}", group="Roles", scopes=SCOPES, cost=10)
def put_roles_by_id(id: RecordId, data: RoleChanges) -> Item[RoleId]:
    """Change the name of a role, or the role above it."""


@endpoint("DELETE /v1/roles/{id}/assignments", group="Roles", scopes=SCOPES, cost=6)
def delete_roles_by_id_assignments(id: RecordId, data: RoleUser) -> Item[Deleted]:
    """Take a user out of a role; the user comes into the default role."""


@endpoint("GET /v1/roles/{id}/assignments", group="Roles", scopes=SCOPES, cost=10)
def get_roles_by_id_assignments(id: RecordId, page: OffsetPaging) -> Page[RoleAssignment]:
    """List the users in a role."""


@endpoint("POST /v1/roles/{id}/assignments", group="Roles", scopes=SCOPES, cost=10)
def post_roles_by_id_assignments(id: RecordId, data: RoleUser) -> Item[RoleMember]:
    """Put a user into a role; the user leaves the one before."""


@endpoint("GET /v1/roles/{id}/settings", group="Roles", scopes=SCOPES, cost=20)
def get_roles_by_id_settings(id: RecordId) -> Item[RoleSettings]:
    """Get the settings of a role."""


@endpoint("POST /v1/roles/{id}/settings", group="Roles", scopes=SCOPES, cost=10)
def post_roles_by_id_settings(id: RecordId, data: RoleSetting) -> Item[ChangedRoleSetting]:
    """Change one setting of a role."""


@endpoint("GET /v1/roles/{id}/pipelines", group="Roles", scopes=SCOPES, cost=20)
def get_roles_by_id_pipelines(
    id: RecordId,
    visible: Annotated[bool, Meta(description="The pipelines that the role sees, or those that it does not.")] = True,
) -> Item[RolePipelines]:
    """List the ids of the pipelines that a role sees, or of those that it does not see."""


@endpoint("PUT /v1/roles/{id}/pipelines", group="Roles", scopes=SCOPES, cost=10)
def put_roles_by_id_pipelines(id: RecordId, data: RolePipelineChanges) -> Item[RolePipelines]:
    """Show pipelines to a role or hide them; the answer lists those that it then sees."""
