"""Permission sets, and the users who have them."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordUuid
from dealwright.contract.v1.envelopes import Item, List, Page

SCOPES = frozenset({"admin"})

App = Literal["sales", "projects", "campaigns", "global", "account_settings", "partnership", "nova"]


class PermissionSet(TypedDict):
    """What its users may do in one app."""

    id: str
    name: str
    description: str | None
    app: App
    type: Literal["admin", "manager", "regular", "custom"]
    assignment_count: int


class DetailedPermissionSet(PermissionSet):
    """A permission set with the permissions in it."""

    contents: list[str]


class PermissionSetAssignment(TypedDict):
    """A user has a permission set; ``name`` is that of the set."""

    user_id: int
    permission_set_id: str
    name: str


@endpoint("GET /v1/permissionSets", group="PermissionSets", scopes=SCOPES, cost=20)
def get_permission_sets(
    app: Annotated[App, Meta(description="Only the sets of this app.")] | None = None,
) -> List[PermissionSet]:
    """List all permission sets, or those of one app."""


@endpoint("GET /v1/permissionSets/{id}", group="PermissionSets", scopes=SCOPES, cost=2)
def get_permission_sets_by_id(id: RecordUuid) -> Item[DetailedPermissionSet]:
    """Get one permission set, with the permissions in it."""


@endpoint("GET /v1/permissionSets/{id}/assignments", group="PermissionSets", scopes=SCOPES, cost=20)
def get_permission_sets_by_id_assignments(id: RecordUuid, page: OffsetPaging) -> Page[PermissionSetAssignment]:
    """List the users who have a permission set."""
