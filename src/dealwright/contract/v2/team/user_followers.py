"""The users who follow a user."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging, RecordId
from dealwright.contract.v2.envelopes import Page
from dealwright.contract.v2.followers import Follower


@endpoint("GET /api/v2/users/{id}/followers", group="Users", scopes={"users:read"}, cost=10)
def get_users_by_id_followers(id: RecordId, page: CursorPaging) -> Page[Follower]:
    """List the users who follow a user."""
