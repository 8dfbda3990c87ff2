"""The users who follow an organization."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import Meta

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.organizations import READ, WRITE
from dealwright.contract.values import Id


class OrganizationFollower(TypedDict):
    """A user who follows an organization; ``id`` is that of the following, not of the user."""

    user_id: int
    id: int
    org_id: int
    add_time: str


class NewOrganizationFollower(V1Body, kw_only=True):
    """The user who shall follow."""

    user_id: Id


@endpoint("GET /v1/organizations/{id}/followers", group="Organizations", scopes=READ, cost=20)
def get_organizations_by_id_followers(id: RecordId) -> Page[OrganizationFollower]:
    """List the followers of an organization."""


@endpoint("POST /v1/organizations/{id}/followers", group="Organizations", scopes=WRITE, cost=10)
def post_organizations_by_id_followers(id: RecordId, data: NewOrganizationFollower) -> Item[OrganizationFollower]:
    """Make a user follow an organization; one who follows it already stays as they are."""


@endpoint("DELETE /v1/organizations/{id}/followers/{follower_id}", group="Organizations", scopes=WRITE, cost=6)
def delete_organizations_by_id_followers_by_follower_id(
    id: RecordId,
    follower_id: Annotated[Id, Meta(description="The `id` of the follower in the list of followers, not the user's.")],
) -> Item[Deleted]:
    """End a user's following of an organization."""
