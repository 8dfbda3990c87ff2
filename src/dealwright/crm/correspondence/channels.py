"""Channels of messengers, with the conversations that come in through them.

An app registers a channel and hands in the messages. What was said before the app has at its provider, from where it is
fetched in the background (`dealwright.jobs.channels`): the last conversations of a new channel, and the beginning of a
conversation whose first message has come in. A channel is its app's: no other one touches it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.correspondence.model import CHANNEL, Channel
from dealwright.crm.errors import Forbidden, NotFound
from dealwright.crm.kernel import changes, records
from dealwright.crm.kernel.jobs import enqueue
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, dumps, format_time_ms
from dealwright.storage.tables import channel_messages, channels, conversations

ADMIN_ONLY, OTHER_APP = "ADMIN_ONLY", "FORBIDDEN_USER_REQUEST"
"""The codes of refusals."""

MessageStatus = Literal["sent", "delivered", "read", "failed"]
History = Literal["none", "waiting", "done", "failed"]


class Message(NamedTuple):
    """A message in a conversation."""

    id: int
    conversation_id: int
    source_id: str
    sender_id: str
    message: str
    status: MessageStatus
    created_at: str
    reply_by: str | None
    attachments: str


class NewMessage(NamedTuple):
    """A message that came in or was fetched, by the provider's ids."""

    source_id: str
    sender_id: str
    message: str
    status: MessageStatus
    created_at: datetime
    reply_by: datetime | None
    attachments: list[Json]


class NewConversation(NamedTuple):
    """A conversation that was fetched."""

    source_id: str
    link: str | None
    status: str
    seen: bool
    next_messages_cursor: str | None
    participants: list[Json]
    messages: list[NewMessage]


class ConversationSummary(NamedTuple):
    """A conversation, as people look at it: how many messages it has, and the last one."""

    source_id: str
    status: str
    participants: str
    messages: int
    last_sender_id: str | None
    last_message: str | None


def register(crm: UnitOfWork, values: Values) -> Channel:
    """Registers a channel of the app that acts, or changes the one that it has with this id of the provider.

    Raises `Forbidden` unless the actor is an admin.
    """
    _require_admin(crm, "register")
    client_id = crm.client_id or ""
    stated: Values = {
        "name": values["name"],
        "avatar_url": values.get("avatar_url"),
        "provider_type": values.get("provider_type", "other"),
        "template_support": values.get("template_support", False),
    }
    id = values["provider_channel_id"]
    known = records.find_by(crm, CHANNEL, channels.c.provider_channel_id == id, channels.c.client_id == client_id)
    history: History = "waiting" if client_id else "none"
    if known is not None:
        channel = records.update(crm, CHANNEL, known, {**stated, "history": history, "history_error": None})
    else:
        first: Values = {
            "uuid": str(uuid.uuid4()),
            "provider_channel_id": id,
            "client_id": client_id,
            "user_id": crm.actor.id,
            "history": history,
            "add_time": crm.now,
            "update_time": crm.now,
        }
        channel = records.insert(crm, CHANNEL, stated | first)
    if client_id:
        enqueue(crm, "fetch_conversations", {"channel_id": channel.id}, lock=f"channel {channel.id}")
    return channel


def delete(crm: UnitOfWork, id: str) -> None:
    """Deletes a channel with its conversations. Raises `NotFound`, and `Forbidden` for another app and for users who are no admins."""
    _require_admin(crm, "delete")
    _remove(crm, _get_own(crm, id, "channels"))


def receive(crm: UnitOfWork, channel_id: str, conversation_id: str, message: NewMessage, link: str | None) -> Message:
    """Puts a message into a conversation, which begins with its first message. One that is known is changed.

    Raises `NotFound` for a channel that there is not, and `Forbidden` for one of another app.
    """
    channel = _get_own(crm, channel_id, "messages")
    changes.log_in_run(crm, "conversation", channel.id)
    known = _find_conversation(crm, channel.id, conversation_id)
    if known is None:
        participants: list[Json] = [{"id": message.sender_id}]
        known = _store_conversation(
            crm, channel.id, NewConversation(conversation_id, link, "open", False, None, participants, [])
        )
        if channel.client_id:
            arguments: Values = {"channel_id": channel.id, "conversation_id": conversation_id}
            enqueue(crm, "fetch_conversation", arguments, lock=f"channel {channel.id}")
    elif link is not None:
        crm.db.execute(sa.update(conversations).where(conversations.c.id == known).values(link=link))
    _store_message(crm, known, message)
    columns = channel_messages.c
    these = (columns.conversation_id == known) & (columns.source_id == message.source_id)
    row = crm.db.row(sa.select(channel_messages).where(these))
    assert row is not None
    return Message(*row)


def delete_conversation(crm: UnitOfWork, channel_id: str, conversation_id: str) -> None:
    """Deletes a conversation with its messages. Raises `NotFound`, and `Forbidden` for one of another app."""
    id = _find_conversation(crm, _get_own(crm, channel_id, "conversations").id, conversation_id)
    if id is None:
        raise NotFound("Conversation not found.")
    changes.log_in_run(crm, "conversation", id)
    _remove_conversations(crm, conversations.c.id == id)


def find(crm: UnitOfWork, id: int) -> Channel | None:
    """Returns a channel by the id of its row; None when it is gone."""
    return records.in_bulk(crm, CHANNEL, [id]).get(id)


def get(crm: UnitOfWork, id: str) -> Channel:
    """Returns a channel by the id that the API shows. Raises `NotFound`."""
    found = records.find_by(crm, CHANNEL, channels.c.uuid == id.lower())
    if found is None:
        raise NotFound("Channel not found.")
    return found


def list_all(crm: UnitOfWork) -> list[Channel]:
    """Returns all channels, in the order in which they were registered."""
    return records.select(crm, CHANNEL)


def store_fetched(
    crm: UnitOfWork, channel_id: int, found: Iterable[NewConversation], *, only_known: bool = False
) -> None:
    """Stores conversations that were fetched from the provider, unless the channel is gone.

    With ``only_known`` those that are not there any more are left out.
    """
    if find(crm, channel_id) is not None:
        for conversation in found:
            if only_known and _find_conversation(crm, channel_id, conversation.source_id) is None:
                continue
            id = _store_conversation(crm, channel_id, conversation)
            for message in conversation.messages:
                _store_message(crm, id, message)


def set_history(crm: UnitOfWork, id: int, history: History, error: str | None = None) -> None:
    """Notes what of a channel's earlier conversations has been fetched, and why no more was."""
    if (channel := find(crm, id)) is not None:
        records.update(crm, CHANNEL, channel, {"history": history, "history_error": error})


def summarize(crm: UnitOfWork, channel_id: int) -> list[ConversationSummary]:
    """Returns the conversations in a channel, the oldest first."""
    columns, last, others = conversations.c, channel_messages.c, channel_messages.alias()
    own = others.c.conversation_id == columns.id
    count = sa.select(sa.func.count()).select_from(others).where(own).correlate(conversations).scalar_subquery()
    newest_first = (others.c.created_at.desc(), others.c.id.desc())
    last_id = sa.select(others.c.id).where(own).order_by(*newest_first).limit(1).correlate(conversations)
    joined = conversations.outerjoin(channel_messages, last.id == last_id.scalar_subquery())
    shown = (columns.source_id, columns.status, columns.participants, count, last.sender_id, last.message)
    found = sa.select(*shown).select_from(joined).where(columns.channel_id == channel_id).order_by(columns.id)
    return [ConversationSummary(*row) for row in crm.db.rows(found)]


def delete_for_app(crm: UnitOfWork, client_id: str, user_id: int) -> None:
    """Deletes the channels that an app has registered for a user, who has uninstalled it."""
    for channel in records.select(crm, CHANNEL, channels.c.client_id == client_id, channels.c.user_id == user_id):
        _remove(crm, channel)


def _require_admin(crm: UnitOfWork, verb: str) -> None:
    if not crm.actor.is_admin("account_settings"):
        raise Forbidden(f"Only admins can {verb} channels", ADMIN_ONLY)


def _get_own(crm: UnitOfWork, id: str, what: str) -> Channel:
    """Returns the channel of the acting app with this id, be it the provider's or ours. Raises `NotFound` and `Forbidden`."""
    columns = channels.c
    found = records.select(crm, CHANNEL, (columns.provider_channel_id == id) | (columns.uuid == id.lower()))
    own = [channel for channel in found if channel.client_id == (crm.client_id or "")]
    if found and not own:
        raise Forbidden(f"Only the app owner can change {what}", OTHER_APP)
    if not own:
        raise NotFound("Channel not found.")
    return own[0]


def _find_conversation(crm: UnitOfWork, channel_id: int, source_id: str) -> int | None:
    columns = conversations.c
    these = (columns.channel_id == channel_id) & (columns.source_id == source_id)
    id: int | None = crm.db.value(sa.select(columns.id).where(these))
    return id


def _store_conversation(crm: UnitOfWork, channel_id: int, new: NewConversation) -> int:
    """Adds a conversation or changes it; returns the id of its row."""
    values = {
        "link": new.link,
        "status": new.status,
        "seen": new.seen,
        "next_messages_cursor": new.next_messages_cursor,
        "participants": dumps(new.participants),
    }
    id = _find_conversation(crm, channel_id, new.source_id)
    if id is not None:
        crm.db.update(conversations, id, values)
        return id
    key = {"channel_id": channel_id, "source_id": new.source_id, "add_time": crm.now}
    added: int = crm.db.insert_returning(conversations, values | key)[0]
    return added


def _store_message(crm: UnitOfWork, conversation_id: int, new: NewMessage) -> None:
    columns = channel_messages.c
    these = (columns.conversation_id == conversation_id) & (columns.source_id == new.source_id)
    values = {
        "sender_id": new.sender_id,
        "message": new.message,
        "status": new.status,
        "created_at": format_time_ms(new.created_at),
        "reply_by": None if new.reply_by is None else format_time_ms(new.reply_by),
        "attachments": dumps(new.attachments),
    }
    id = crm.db.value(sa.select(columns.id).where(these))
    if id is None:
        crm.db.insert_later(channel_messages, values | {"conversation_id": conversation_id, "source_id": new.source_id})
    else:
        crm.db.update(channel_messages, id, values)


def _remove(crm: UnitOfWork, channel: Channel) -> None:
    _remove_conversations(crm, conversations.c.channel_id == channel.id)
    records.remove(crm, CHANNEL, channel)


def _remove_conversations(crm: UnitOfWork, these: sa.ColumnElement[bool]) -> None:
    ids = sa.select(conversations.c.id).where(these)
    crm.db.execute(sa.delete(channel_messages).where(channel_messages.c.conversation_id.in_(ids)))
    crm.db.execute(sa.delete(conversations).where(these))
