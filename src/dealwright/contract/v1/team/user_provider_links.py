"""Links between users and the video-call apps that they have installed."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import Meta

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.v1.envelopes import Item
from dealwright.contract.values import Id, NonEmptyShortText, Uuid

SCOPES = frozenset({"video-calls"})


class Message(TypedDict):
    """What happened, in words."""

    message: str


class NewUserProviderLink(V1Body, kw_only=True):
    """A link to make; the app that makes it chooses ``user_provider_id``."""

    user_provider_id: Uuid
    user_id: Id
    company_id: Id
    marketplace_client_id: NonEmptyShortText


@endpoint("POST /v1/meetings/userProviderLinks", group="Meetings", scopes=SCOPES, cost=10)
def post_meetings_user_provider_links(data: NewUserProviderLink) -> Item[Message]:
    """Link a user to a video-call app, once the user has installed it."""


@endpoint("DELETE /v1/meetings/userProviderLinks/{id}", group="Meetings", scopes=SCOPES, cost=6)
def delete_meetings_user_provider_links_by_id(
    id: Annotated[Uuid, Meta(description="The `user_provider_id` of the link, a UUID.")],
) -> Item[Message]:
    """Unlink a user from a video-call app."""
