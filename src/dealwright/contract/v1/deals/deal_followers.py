"""The users who follow a deal."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.deals.deals import READ, WRITE
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.followers import Follower, FollowerId, NewFollower


class DealFollower(Follower):
    """A user who follows a deal; ``id`` is that of the following, not of the user."""

    deal_id: int


@endpoint("GET /v1/deals/{id}/followers", group="Deals", scopes=READ, cost=20)
def get_deals_by_id_followers(id: RecordId) -> Page[DealFollower]:
    """List the followers of a deal."""


@endpoint("POST /v1/deals/{id}/followers", group="Deals", scopes=WRITE, cost=10)
def post_deals_by_id_followers(id: RecordId, data: NewFollower) -> Item[DealFollower]:
    """Make a user follow a deal; one who follows it already stays as they are."""


@endpoint("DELETE /v1/deals/{id}/followers/{follower_id}", group="Deals", scopes=WRITE, cost=6)
def delete_deals_by_id_followers_by_follower_id(id: RecordId, follower_id: FollowerId) -> Item[Deleted]:
    """End a user's following of a deal."""
