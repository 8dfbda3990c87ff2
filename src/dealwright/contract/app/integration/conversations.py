"""Conversations of the chat: what was said, what was answered, and cards for what would change something."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration.runs import ChangeAction, MemberChange
from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.values import Digits, LongText, ShortText

GROUP = "Chat"

ConversationName = Annotated[str, Meta(min_length=1, max_length=100)]
PlanId = Annotated[str, Meta(min_length=1, max_length=64, description="The plan of the card.")]
MessageId = Annotated[int, Meta(ge=1, le=2**53 - 1, description="The message that it is in.")]

MessageRole = Literal["user", "assistant"]
PartType = Literal["text", "question", "answer", "card", "error"]
CardState = Literal["waiting", "running", "done", "declined", "expired", "changed", "failed"]
CardAnswerKind = Literal["run", "decline", "again"]
CellKind = Literal["text", "number", "money", "date", "time", "flag"]
ShownAs = Literal["table", "record", "text", "nothing"]


class ConversationFilter(Query, kw_only=True):
    """Which conversations to list."""

    text: Annotated[ShortText, Meta(description="Words in its name and its texts.")] | None = None
    cursor: Annotated[ShortText, Meta(description="The page that follows another one.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=100, description="How many.")] = 50


class MessagePaging(Query, kw_only=True):
    """Which messages of a conversation: the newest, or those before one."""

    before: Annotated[Digits, Meta(description="Only messages before the one with this id.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=1000, description="How many.")] = 200


class Conversation(TypedDict):
    """A conversation. ``messages`` is how many it has; ``update_time`` is when the latest of them came."""

    id: int
    name: str
    messages: int
    add_time: str
    update_time: str


class QuestionChoice(TypedDict):
    """One of several answers to a question: what is sent, and what it is called."""

    value: str
    label: str


class Question(TypedDict):
    """What is asked for: one of ``choices``, or the value of the parameter at ``path`` of an ``action``, which ``summary``
    says in words. Only one that is ``is_open`` can be answered."""

    action: str | None
    summary: str | None
    path: str | None
    description: str
    choices: list[QuestionChoice]
    is_open: bool


class AnswerColumn(TypedDict):
    """A member of the records of an answer."""

    key: str
    kind: CellKind


class AnswerRow(TypedDict):
    """A record of an answer: its cells in the order of the columns; amounts of money are in ``currency``."""

    id: str | None
    cells: list[Any]
    currency: str | None


class ShownRecords(TypedDict):
    """What was answered, as much as a table or a card of a record needs.

    ``count`` is how many items the answer had; with ``has_more`` there is a page after it.
    """

    shown_as: ShownAs
    object: str | None
    columns: list[AnswerColumn]
    rows: list[AnswerRow]
    count: int
    has_more: bool
    text: str | None


class RunAnswer(TypedDict):
    """What was run, by the id of its run, and what it answered."""

    run_id: str
    action: str
    connection: str
    duration_ms: int | None
    cost: int | None
    records: ShownRecords


class PlannedRecord(TypedDict):
    """A record that would be changed; what would be created has no id yet."""

    object: str
    id: str | None
    name: str | None
    noun: str
    action: ChangeAction
    members: list[MemberChange]


class ChatError(TypedDict):
    """What went wrong, and what to do now."""

    kind: str
    message: str
    next_step: str


class Card(TypedDict):
    """What would change something, and waits for a click.

    ``records`` are the first of ``total`` that it would change, ``jobs`` what would follow in the background. ``is_exact`` says that it was
    rehearsed and not derived from the parameters. ``params`` are without secrets. Of what is ``done`` or has ``failed``, ``run_id`` is the run;
    ``is_undone`` says that this was taken back, ``can_undo`` that it can be, and ``can_repeat`` that the card can be
    planned again.
    """

    plan_id: str
    action: str
    summary: str
    connection: str
    params: Any
    records: list[PlannedRecord]
    total: int
    jobs: list[str]
    cost: int
    is_exact: bool
    expire_time: str
    state: CardState
    run_id: str | None
    is_undone: bool
    can_undo: bool
    can_repeat: bool


class MessagePart(TypedDict):
    """A part of a message. It has the member that its type names."""

    type: PartType
    text: NotRequired[str]
    question: NotRequired[Question]
    answer: NotRequired[RunAnswer]
    card: NotRequired[Card]
    error: NotRequired[ChatError]


class Message(TypedDict):
    """What the user has said, or what was answered to it."""

    id: int
    role: MessageRole
    time: str
    parts: list[MessagePart]


class ConversationDetails(Conversation):
    """A conversation with a page of its messages, the oldest first. ``before`` leads to those before them; null when these are all."""

    items: list[Message]
    before: str | None


class Exchange(TypedDict):
    """What has come of something that was said or clicked: the messages that are new, and those that have changed."""

    conversation: Conversation
    messages: list[Message]


class NewConversation(AppBody, kw_only=True):
    """A conversation to begin. Without a name it gets one by its first text."""

    name: ConversationName | None = None


class ConversationChanges(AppBody, kw_only=True):
    """A conversation's new name."""

    name: ConversationName


class TextToSend(AppBody, kw_only=True):
    """A text, and the connection for what it wants to be run, where it names none: ``local`` is this CRM."""

    text: Annotated[LongText, Meta(min_length=1)]
    connection: ShortText = "local"


class CardAnswer(AppBody, kw_only=True):
    """What is to become of a card: run exactly that, leave it, or plan it again, when it has expired or something has changed."""

    answer: CardAnswerKind


class QuestionAnswer(AppBody, kw_only=True):
    """The answer to a question: one of its choices, or a value; and the connection, as with a text."""

    value: Annotated[LongText, Meta(min_length=1)]
    connection: ShortText = "local"


@endpoint("GET /app/api/conversations", group=GROUP, cost=0)
def get_conversations(query: ConversationFilter) -> Items[Conversation]:
    """Get a page of one's conversations, the one with the latest message first.

    They are kept for a year after that message.
    """


@endpoint("POST /app/api/conversations", group=GROUP, cost=0)
def post_conversations(data: NewConversation) -> Conversation:
    """Begin a conversation."""


@endpoint("GET /app/api/conversations/{id}", group=GROUP, cost=0)
def get_conversations_by_id(id: RecordId, query: MessagePaging) -> ConversationDetails:
    """Get a conversation with its newest messages, or with those before one."""


@endpoint("PATCH /app/api/conversations/{id}", group=GROUP, cost=0)
def patch_conversations_by_id(id: RecordId, data: ConversationChanges) -> Conversation:
    """Rename a conversation."""


@endpoint("DELETE /app/api/conversations/{id}", group=GROUP, cost=0)
def delete_conversations_by_id(id: RecordId) -> Conversation:
    """Delete a conversation with its messages. Its runs stay."""


@endpoint("POST /app/api/conversations/{id}/messages", group=GROUP, cost=0)
def post_conversations_by_id_messages(id: RecordId, data: TextToSend) -> Exchange:
    """Say something, and wait for what comes of it.

    What only reads is run at once. What would change something becomes a card, whatever the text says.
    """


@endpoint("POST /app/api/conversations/{id}/messages/{message_id}/answer", group=GROUP, cost=0)
def post_conversations_by_id_messages_by_message_id_answer(
    id: RecordId, message_id: MessageId, data: QuestionAnswer
) -> Exchange:
    """Answer a question, once. Answers 409 when it was answered already."""


@endpoint("POST /app/api/conversations/{id}/messages/{message_id}/cards/{plan_id}", group=GROUP, cost=0)
def post_conversations_by_id_messages_by_message_id_cards_by_plan_id(
    id: RecordId, message_id: MessageId, plan_id: PlanId, data: CardAnswer
) -> Exchange:
    """Answer a card, once: run exactly what it shows, or leave it.

    When something has changed since, nothing is run, and a new card follows. Answers 409 when the card was answered already.
    """
