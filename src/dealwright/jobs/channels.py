"""The jobs that fetch conversations from the apps that are messengers.

They ask the app at the addresses of its manifest, with the credentials that app and server share. Who hangs there holds back
nobody else: a request is admitted as deliveries of webhooks are.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
from msgspec import Meta

from dealwright._version import __version__
from dealwright.crm.correspondence import channels
from dealwright.crm.correspondence.channels import NewConversation, NewMessage
from dealwright.crm.correspondence.model import Channel
from dealwright.crm.integration.oauth import manifests
from dealwright.crm.integration.oauth.manifests import Provider
from dealwright.crm.kernel import outbound_policy
from dealwright.jobs.registry import JobContext, Postponed, job
from dealwright.jobs.webhooks import admission
from dealwright.jobs.webhooks.admission import NotAdmitted, Sharers
from dealwright.server import outbound_http

CONVERSATIONS_LIMIT, MESSAGES_LIMIT, MAX_PAGES = 30, 30, 10
"""How many conversations are asked for at a time, with how many messages each, and how often at most."""

T = TypeVar("T")

_Id = Annotated[str, Meta(min_length=1, max_length=255)]
_Url = Annotated[str, Meta(max_length=2048)]
_UNSTORABLE = b"\\u0000"


class FetchFailed(Exception):
    """An app did not answer, or not with what its manifest promises."""


class _Message(msgspec.Struct):
    id: _Id
    sender_id: _Id
    created_at: datetime
    message: str | None = None
    status: Literal["sent", "delivered", "read", "failed"] = "sent"
    reply_by: datetime | None = None
    attachments: list[dict[str, Any]] | None = None


class _Participant(msgspec.Struct):
    id: _Id
    name: str | None = None
    role: str | None = None
    avatar_url: _Url | None = None


class _Conversation(msgspec.Struct):
    id: _Id
    link: _Url | None = None
    status: str = "open"
    seen: bool = False
    next_messages_cursor: str | None = None
    messages: list[_Message] | None = None
    participants: list[_Participant] | None = None

    def to_new(self) -> NewConversation:
        """Returns what is stored of it."""
        return NewConversation(
            self.id,
            self.link,
            self.status,
            self.seen,
            self.next_messages_cursor,
            [msgspec.to_builtins(one) for one in self.participants or ()],
            [
                NewMessage(
                    one.id,
                    one.sender_id,
                    one.message or "",
                    one.status,
                    one.created_at,
                    one.reply_by,
                    [*(one.attachments or ())],
                )
                for one in self.messages or ()
            ],
        )


class _More(msgspec.Struct):
    after: str | None = None


class _Conversations(msgspec.Struct):
    data: list[_Conversation]
    additional_data: _More | None = None


class _OneConversation(msgspec.Struct):
    data: _Conversation


class _Source(NamedTuple):
    """A channel, and the app that it is to be fetched from."""

    channel: Channel
    provider: Provider


def _give_up(context: JobContext, error: Exception) -> None:
    id, reason = _channel_id(context), str(error)
    context.write(lambda crm: channels.set_history(crm, id, "failed", reason))


@job("fetch_conversations", retries=(3, 30, 150), on_failure=_give_up)
def fetch_conversations(context: JobContext) -> None:
    """Fetches the last conversations of a channel that was registered. Raises `FetchFailed` and `Postponed`."""
    id = _channel_id(context)
    source = _find_source(context)
    if source is None:
        context.write(lambda crm: channels.set_history(crm, id, "none"))
        return
    cursor: str | None = None
    for _ in range(MAX_PAGES):
        url = source.provider.manifest.url("getConversations", providerChannelId=source.channel.provider_channel_id)
        query = {"conversations_limit": CONVERSATIONS_LIMIT, "messages_limit": MESSAGES_LIMIT, "after": cursor}
        page = _fetch(context, source, url, query, _Conversations)
        found = [one.to_new() for one in page.data]
        context.write(lambda crm, found=found: channels.store_fetched(crm, id, found))  # type: ignore[misc]
        cursor = page.additional_data.after if page.additional_data else None
        if not cursor or not found:
            break
    context.write(lambda crm: channels.set_history(crm, id, "done"))


@job("fetch_conversation", retries=(3, 30, 150))
def fetch_conversation(context: JobContext) -> None:
    """Fetches the beginning of a conversation of which a message has come in. Raises `FetchFailed` and `Postponed`."""
    id, conversation_id = _channel_id(context), str(context.arguments["conversation_id"])
    source = _find_source(context)
    if source is None:
        return
    url = source.provider.manifest.url(
        "getConversationById",
        providerChannelId=source.channel.provider_channel_id,
        sourceConversationId=conversation_id,
    )
    found = _fetch(context, source, url, {"messages_limit": MESSAGES_LIMIT}, _OneConversation).data
    if found.id != conversation_id:
        raise FetchFailed(f"answered with another conversation than {conversation_id}")
    context.write(lambda crm: channels.store_fetched(crm, id, [found.to_new()], only_known=True))


def _channel_id(context: JobContext) -> int:
    id = context.arguments["channel_id"]
    assert isinstance(id, int)
    return id


def _find_source(context: JobContext) -> _Source | None:
    channel = context.read(lambda crm: channels.find(crm, _channel_id(context)))
    provider = None
    if channel is not None:
        provider = manifests.find_provider(context.companies.platform, channel.client_id)
    return None if channel is None or provider is None else _Source(channel, provider)


def _fetch(context: JobContext, source: _Source, url: str, query: dict[str, str | int | None], answer: type[T]) -> T:
    """Returns what an app answers. Raises `FetchFailed`, and `Postponed` when its host is not to be asked now."""
    named = urlencode({name: value for name, value in query.items() if value is not None})
    whole = f"{url}{'&' if '?' in url else '?'}{named}"
    sent = outbound_policy.sendable_url(whole)
    if sent is None:
        raise FetchFailed(f"nothing can be sent to {whole}")
    credentials = f"{source.provider.app.client_id}:{source.provider.secret}".encode()
    headers = {
        "host": urlsplit(sent).netloc,
        "authorization": f"Basic {base64.b64encode(credentials).decode()}",
        "accept": "application/json",
        "user-agent": f"dealwright/{__version__}",
    }
    company = context.company.id
    try:
        with admission.of_process.admit(
            urlsplit(sent).netloc, Sharers((company, source.channel.user_id), company)
        ) as learn:
            result, content = outbound_http.get(sent, headers, context.companies.webhook_reach)
            learn(result)
    except NotAdmitted as error:
        raise Postponed(error.seconds) from None
    if result.error is not None:
        raise FetchFailed(result.error)
    if _UNSTORABLE in content:
        raise FetchFailed("answered with a character that cannot be stored")
    try:
        return msgspec.json.decode(content, type=answer)
    except msgspec.MsgspecError as error:
        raise FetchFailed(f"answered with something else: {error}") from None
