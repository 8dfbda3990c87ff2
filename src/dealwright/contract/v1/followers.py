"""Followers of records of all kinds: what all their endpoints take and answer."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import Meta

from dealwright.contract.bodies import V1Body
from dealwright.contract.values import Id

FollowerId = Annotated[Id, Meta(description="The `id` of the follower in the list of followers, not the user's.")]


class Follower(TypedDict):
    """A user who follows a record; ``id`` is that of the following, not of the user."""

    user_id: int
    id: int
    add_time: str


class NewFollower(V1Body, kw_only=True):
    """The user who shall follow."""

    user_id: Id
