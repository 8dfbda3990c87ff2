"""The users who follow an organization."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.contacts.organizations import READ, WRITE
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.followers import Follower, FollowerId, NewFollower


class OrganizationFollower(Follower):
    """A user who follows an organization; ``id`` is that of the following, not of the user."""

    org_id: int


@endpoint("GET /v1/organizations/{id}/followers", group="Organizations", scopes=READ, cost=20)
def get_organizations_by_id_followers(id: RecordId) -> Page[OrganizationFollower]:
    """List the followers of an organization."""


@endpoint("POST /v1/organizations/{id}/followers", group="Organizations", scopes=WRITE, cost=10)
def post_organizations_by_id_followers(id: RecordId, data: NewFollower) -> Item[OrganizationFollower]:
    """Make a user follow an organization; one who follows it already stays as they are."""


@endpoint("DELETE /v1/organizations/{id}/followers/{follower_id}", group="Organizations", scopes=WRITE, cost=6)
def delete_organizations_by_id_followers_by_follower_id(id: RecordId, follower_id: FollowerId) -> Item[Deleted]:
    """End a user's following of an organization."""
