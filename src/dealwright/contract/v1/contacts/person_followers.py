"""The users who follow a person."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.contacts.persons import READ, WRITE
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.followers import Follower, FollowerId, NewFollower


class PersonFollower(Follower):
    """A user who follows a person; ``id`` is that of the following, not of the user."""

    person_id: int


@endpoint("GET /v1/persons/{id}/followers", group="Persons", scopes=READ, cost=20)
def get_persons_by_id_followers(id: RecordId) -> Page[PersonFollower]:
    """List the followers of a person."""


@endpoint("POST /v1/persons/{id}/followers", group="Persons", scopes=WRITE, cost=10)
def post_persons_by_id_followers(id: RecordId, data: NewFollower) -> Item[PersonFollower]:
    """Make a user follow a person; one who follows it already stays as they are."""


@endpoint("DELETE /v1/persons/{id}/followers/{follower_id}", group="Persons", scopes=WRITE, cost=6)
def delete_persons_by_id_followers_by_follower_id(id: RecordId, follower_id: FollowerId) -> Item[Deleted]:
    """End a user's following of a person."""
