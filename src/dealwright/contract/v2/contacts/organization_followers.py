"""The users who follow an organization."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging, RecordId
from dealwright.contract.v2.contacts.organizations import READ, WRITE
from dealwright.contract.v2.envelopes import Item, Page
from dealwright.contract.v2.followers import DeletedFollower, Follower, FollowerChange, FollowerId, NewFollower


@endpoint("GET /api/v2/organizations/{id}/followers", group="Organizations", scopes=READ, cost=10)
def get_organizations_by_id_followers(id: RecordId, page: CursorPaging) -> Page[Follower]:
    """List the followers of an organization."""


@endpoint("POST /api/v2/organizations/{id}/followers", group="Organizations", scopes=WRITE, cost=5, status=201)
def post_organizations_by_id_followers(id: RecordId, data: NewFollower) -> Item[Follower]:
    """Make a user follow an organization; one who follows it already is refused."""


@endpoint("GET /api/v2/organizations/{id}/followers/changelog", group="Organizations", scopes=READ, cost=10)
def get_organizations_by_id_followers_changelog(id: RecordId, page: CursorPaging) -> Page[FollowerChange]:
    """List who began and who ceased to follow an organization."""


@endpoint("DELETE /api/v2/organizations/{id}/followers/{follower_id}", group="Organizations", scopes=WRITE, cost=3)
def delete_organizations_by_id_followers_by_follower_id(id: RecordId, follower_id: FollowerId) -> Item[DeletedFollower]:
    """End a user's following of an organization."""
