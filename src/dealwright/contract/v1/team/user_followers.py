"""The users who follow a user."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.envelopes import List
from dealwright.contract.v1.team.users import READ


@endpoint("GET /v1/users/{id}/followers", group="Users", scopes=READ, cost=20)
def get_users_by_id_followers(id: RecordId) -> List[int]:
    """List the ids of the users who follow a user."""
