"""Followers of records of all kinds: what all their endpoints take and answer."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from dealwright.contract.bodies import V2Body
from dealwright.contract.values import Id

FollowerId = Annotated[Id, Meta(description="The id of the user who follows.")]


class Follower(TypedDict):
    """A user who follows a record."""

    user_id: int
    add_time: str


class FollowerChange(TypedDict):
    """A user began or ceased to follow a record."""

    action: Literal["added", "removed"]
    actor_user_id: int
    follower_user_id: int
    time: str


class NewFollower(V2Body, kw_only=True):
    """The user who shall follow."""

    user_id: Id


class DeletedFollower(TypedDict):
    """The user who follows no more."""

    user_id: int
