"""Channels of messengers, and the messages that come in through them."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from msgspec import UnsetType

from dealwright.contract.v1.correspondence import channels as contract
from dealwright.contract.v1.correspondence.channels import ChannelMessage, NewChannel, NewChannelMessage
from dealwright.contract.v1.envelopes import Done, Item
from dealwright.crm.correspondence import channels
from dealwright.crm.correspondence.channels import Message, NewMessage
from dealwright.crm.correspondence.model import Channel
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import loads
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.times import iso_time
from dealwright.server.v1 import envelopes

T = TypeVar("T")


def show(crm: UnitOfWork, channel: Channel) -> contract.Channel:
    """Returns a channel as v1 writes it."""
    return {
        "id": channel.uuid,
        "name": channel.name,
        "avatar_url": channel.avatar_url,
        "provider_channel_id": channel.provider_channel_id,
        "marketplace_client_id": channel.client_id,
        "pd_company_id": crm.company.id,
        "pd_user_id": channel.user_id,
        "created_at": channel.add_time,
        "provider_type": channel.provider_type,  # type: ignore[typeddict-item]
        "template_support": channel.template_support,
    }


def _show_message(message: Message, data: NewChannelMessage) -> ChannelMessage:
    """Returns a message as v1 writes it; what was not given is left out."""
    shown: dict[str, Any] = {
        "id": message.source_id,
        "channel_id": data.channel_id,
        "sender_id": message.sender_id,
        "conversation_id": data.conversation_id,
        "message": message.message,
        "status": message.status,
        "created_at": iso_time(message.created_at),
        "reply_by": iso_time(message.reply_by),
        "conversation_link": _given(data.conversation_link),
        "attachments": loads(message.attachments),
    }
    return cast("ChannelMessage", shown)


def _given(value: T | UnsetType | None) -> T | None:
    return None if isinstance(value, UnsetType) else value


@implements(contract.post_channels)
def post_channels(crm: UnitOfWork, data: NewChannel) -> Item[contract.Channel]:
    return envelopes.item(show(crm, channels.register(crm, provided_values(data))))


@implements(contract.delete_channels_by_id)
def delete_channels_by_id(crm: UnitOfWork, id: str) -> Done:
    channels.delete(crm, id)
    return {"success": True}


@implements(contract.post_channels_messages_receive)
def post_channels_messages_receive(crm: UnitOfWork, data: NewChannelMessage) -> Item[ChannelMessage]:
    attachments = provided_values(data).get("attachments") or []
    assert isinstance(attachments, list)
    new = NewMessage(
        data.id, data.sender_id, data.message, data.status, data.created_at, _given(data.reply_by), attachments
    )
    link = _given(data.conversation_link)
    message = channels.receive(crm, data.channel_id, data.conversation_id, new, link)
    return envelopes.item(_show_message(message, data))


@implements(contract.delete_channels_by_channel_id_conversations_by_conversation_id)
def delete_channels_by_channel_id_conversations_by_conversation_id(
    crm: UnitOfWork, channel_id: str, conversation_id: str
) -> Done:
    channels.delete_conversation(crm, channel_id, conversation_id)
    return {"success": True}
