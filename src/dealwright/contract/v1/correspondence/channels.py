"""Channels of messengers, and the messages that come in through them."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import WireName, endpoint
from dealwright.contract.v1.envelopes import Done, Item
from dealwright.contract.values import MAX_MEMBERS, IsoTime, LongText, Name, NonEmptyShortText, ShortText, Url

SCOPES = frozenset({"messengers-integration"})

Provider = Literal["facebook", "whatsapp", "other"]
MessageStatus = Literal["sent", "delivered", "read", "failed"]
ForeignId = Annotated[str, Meta(min_length=1, max_length=255)]


class Channel(TypedDict):
    """A channel, as the app that serves it registered it."""

    id: str
    name: str
    avatar_url: str | None
    provider_channel_id: str
    marketplace_client_id: str
    pd_company_id: int
    pd_user_id: int
    created_at: str
    provider_type: Provider
    template_support: bool


class ChannelAttachment(TypedDict):
    """A file that came with a message."""

    id: str
    type: str
    name: NotRequired[str | None]
    size: NotRequired[float | None]
    url: str
    preview_url: NotRequired[str | None]
    link_expires: NotRequired[bool]


class ChannelMessage(TypedDict):
    """A message in a conversation; all ids are the provider's."""

    id: str
    channel_id: str
    sender_id: str
    conversation_id: str
    message: str
    status: MessageStatus
    created_at: str
    reply_by: NotRequired[str | None]
    conversation_link: NotRequired[str | None]
    attachments: NotRequired[list[ChannelAttachment]]


class NewChannel(V1Body, kw_only=True):
    """A channel to register; ``provider_type`` is ``other`` unless given."""

    name: Name
    provider_channel_id: ForeignId
    avatar_url: Url | UnsetType | None = UNSET
    template_support: bool | UnsetType = UNSET
    provider_type: Provider | UnsetType = UNSET


class NewChannelAttachment(V1Body, kw_only=True):
    """A file that comes with a message; ``type`` is its media type."""

    id: ForeignId
    type: ShortText
    url: Url
    name: ShortText | UnsetType | None = UNSET
    size: Annotated[float, Meta(ge=0)] | UnsetType | None = UNSET
    preview_url: Url | UnsetType | None = UNSET
    link_expires: bool | UnsetType = UNSET


class NewChannelMessage(V1Body, kw_only=True):
    """A message that came in; ``reply_by`` is when it can no longer be answered."""

    id: ForeignId
    channel_id: ForeignId
    sender_id: ForeignId
    conversation_id: ForeignId
    message: LongText
    status: MessageStatus
    created_at: IsoTime
    reply_by: IsoTime | UnsetType | None = UNSET
    conversation_link: Url | UnsetType | None = UNSET
    attachments: Annotated[list[NewChannelAttachment], Meta(max_length=MAX_MEMBERS)] | UnsetType = UNSET


@endpoint("POST /v1/channels", group="Channels", scopes=SCOPES, cost=10, deprecated=True)
def post_channels(data: NewChannel) -> Item[Channel]:
    """Register a channel of a messenger; only admins may."""


@endpoint("DELETE /v1/channels/{id}", group="Channels", scopes=SCOPES, cost=6, deprecated=True)
def delete_channels_by_id(
    id: Annotated[
        NonEmptyShortText,
        Meta(description="The id of the channel at its provider, or the one that its registration gave."),
    ],
) -> Done:
    """Delete a channel with its conversations and messages."""


@endpoint("POST /v1/channels/messages/receive", group="Channels", scopes=SCOPES, cost=10, deprecated=True)
def post_channels_messages_receive(data: NewChannelMessage) -> Item[ChannelMessage]:
    """Put a message into a conversation, which begins with its first message."""


@endpoint(
    "DELETE /v1/channels/{channel-id}/conversations/{conversation-id}",
    group="Channels",
    scopes=SCOPES,
    cost=6,
    deprecated=True,
)
def delete_channels_by_channel_id_conversations_by_conversation_id(
    channel_id: Annotated[
        NonEmptyShortText, WireName("channel-id"), Meta(description="The id of the channel at its provider.")
    ],
    conversation_id: Annotated[
        NonEmptyShortText, WireName("conversation-id"), Meta(description="The id of the conversation at its provider.")
    ],
) -> Done:
    """Delete a conversation."""
