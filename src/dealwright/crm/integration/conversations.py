"""Conversations of the chat: kept for their user with their messages, found by their words, and deleted a year after the latest one.

What a message consists of, and what a conversation waits for, is decided by who holds it (`console.conversations`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from dealwright._one_line import one_line
from dealwright.crm.errors import Invalid, LimitReached, NotFound
from dealwright.crm.integration import connection_secrets
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.pages import CursorPage, CursorRequest, Sorting
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import dumps, format_time_ms, loads
from dealwright.storage.encryption import UndecryptableSecret
from dealwright.storage.tables import chat_conversations, chat_messages

Role = Literal["user", "assistant"]
Part = dict[str, Any]

RETENTION = timedelta(days=365)
"""How long a conversation is kept after its latest message."""

MAX_PER_USER = 500
MAX_MESSAGES = 2000
"""How many messages a conversation may have."""

MAX_PARTS_SIZE = 256 * 1024
"""How large the parts of a message may be as JSON."""

MAX_NAME_LENGTH = 100

_NAME_LENGTH = 60
_MAX_WORDS_SIZE = 16_000
_MAX_WORD_LENGTH = 40
_BATCH = 200
_WORD = re.compile(r"\w+")
_ORDER = Sorting("update_time", "desc")


class Conversation(NamedTuple):
    """A conversation. Its name is empty until something is said in it."""

    id: int
    name: str
    message_count: int
    add_time: str
    update_time: str


class Message(NamedTuple):
    """A message of a conversation."""

    id: int
    role: Role
    parts: list[Part]
    time: str


_COLUMNS = [chat_conversations.c[name] for name in Conversation._fields]
_MESSAGE_COLUMNS = [chat_messages.c[name] for name in Message._fields]


def list_conversations(crm: UnitOfWork, text: str | None, page: CursorRequest) -> CursorPage[Conversation]:
    """Returns a page of the actor's conversations with all these words, the one with the latest message first. Raises `Invalid`."""
    columns, size = chat_conversations.c, pages.page_size(page.limit)
    criteria = [columns.user_id == crm.actor.id]
    criteria += [columns.words.contains(word, autoescape=True) for word in _words_in(text or "")]
    if page.cursor is not None:
        time, id = pages.decode_time_cursor(page.cursor, _ORDER)
        criteria.append((columns.update_time < time) | ((columns.update_time == time) & (columns.id < id)))
    order = columns.update_time.desc(), columns.id.desc()
    rows = crm.db.rows(sa.select(*_COLUMNS).where(*criteria).order_by(*order).limit(size + 1))
    found = [Conversation(*row) for row in rows[:size]]
    last = found[-1] if len(rows) > size else None
    return CursorPage(found, pages.encode_cursor(_ORDER, last.update_time, last.id) if last else None)


def get(crm: UnitOfWork, id: int) -> Conversation:
    """Returns a conversation of the actor. Raises `NotFound`."""
    row = crm.db.row(sa.select(*_COLUMNS).where(*_this(crm, id)))
    if row is None:
        raise NotFound("Conversation not found")
    return Conversation(*row)


def begin(crm: UnitOfWork, name: str | None = None) -> Conversation:
    """Begins a conversation of the actor. Raises `Invalid`, and `LimitReached` when the actor has too many."""
    count = sa.select(sa.func.count()).select_from(chat_conversations)
    if crm.db.value(count.where(chat_conversations.c.user_id == crm.actor.id)) >= MAX_PER_USER:
        raise LimitReached(f"You have {MAX_PER_USER} conversations: delete some before you begin another one", "name")
    name = "" if name is None else _checked_name(name)
    values = {"user_id": crm.actor.id, "name": name, "words": _with_words("", [name])}
    id = crm.db.insert(chat_conversations, {**values, "add_time": crm.now_ms, "update_time": crm.now_ms})
    return get(crm, id)


def rename(crm: UnitOfWork, id: int, name: str) -> Conversation:
    """Renames a conversation. Raises `NotFound` and `Invalid`."""
    get(crm, id)
    name = _checked_name(name)
    _update(crm, id, name=name, words=_with_words(_words_of(crm, id), [name]))
    return get(crm, id)


def delete(crm: UnitOfWork, id: int) -> Conversation:
    """Deletes a conversation with its messages; returns it as it was. Raises `NotFound`."""
    conversation = get(crm, id)
    _delete(crm, [id])
    return conversation


def list_messages(crm: UnitOfWork, id: int, before: int | None, limit: int) -> tuple[list[Message], bool]:
    """Returns the newest messages of a conversation, or those before one, the oldest first; and whether there are older ones."""
    columns = chat_messages.c
    criteria = [columns.conversation_id == id]
    if before is not None:
        criteria.append(columns.id < before)
    statement = sa.select(*_MESSAGE_COLUMNS).where(*criteria).order_by(columns.id.desc()).limit(limit + 1)
    rows = crm.db.rows(statement)
    return [_to_message(row) for row in reversed(rows[:limit])], len(rows) > limit


def get_messages(crm: UnitOfWork, id: int, message_ids: Collection[int]) -> list[Message]:
    """Returns some messages of a conversation, the oldest first."""
    columns = chat_messages.c
    these = (columns.conversation_id == id) & columns.id.in_(sorted(message_ids))
    return [_to_message(row) for row in crm.db.rows(sa.select(*_MESSAGE_COLUMNS).where(these).order_by(columns.id))]


def get_message(crm: UnitOfWork, id: int, message_id: int) -> Message:
    """Returns a message of a conversation of the actor. Raises `NotFound`."""
    get(crm, id)
    found = get_messages(crm, id, [message_id])
    if not found:
        raise NotFound("Message not found")
    return found[0]


def latest_message_id(crm: UnitOfWork, id: int) -> int | None:
    """Returns the id of the latest message of a conversation; None when it has none."""
    columns = chat_messages.c
    found: int | None = crm.db.value(sa.select(sa.func.max(columns.id)).where(columns.conversation_id == id))
    return found


def add_message(crm: UnitOfWork, id: int, role: Role, parts: Sequence[Part], texts: Iterable[str]) -> int:
    """Adds a message to a conversation of the actor, which is found by the words of ``texts`` from now on; returns its id.

    The first one names the conversation. Raises `NotFound`, `Invalid`, and `LimitReached` when the conversation is full.
    """
    conversation = get(crm, id)
    # What has been asked for is answered, and what was run is told.
    if role == "user" and conversation.message_count + 2 > MAX_MESSAGES:
        raise LimitReached(f"A conversation has {MAX_MESSAGES:,} messages at most: begin another one", "text")
    stored = dumps(list(parts))
    if len(stored) > MAX_PARTS_SIZE:
        raise Invalid(f"is too large: a message has {MAX_PARTS_SIZE // 1024} KB at most", "text")
    texts = list(texts)
    values = {"conversation_id": id, "role": role, "parts": stored, "time": crm.now_ms}
    message_id = crm.db.insert(chat_messages, values)
    name = conversation.name or _name_from(texts)
    words = _with_words(_words_of(crm, id), [name, *texts])
    _update(crm, id, name=name, words=words, message_count=conversation.message_count + 1, update_time=crm.now_ms)
    return message_id


def change_parts(crm: UnitOfWork, message_id: int, parts: Sequence[Part]) -> None:
    """Replaces the parts of a message."""
    crm.db.execute(sa.update(chat_messages).where(chat_messages.c.id == message_id).values(parts=dumps(list(parts))))


def read_state(crm: UnitOfWork, id: int) -> str | None:
    """Returns what is kept of a conversation beside its messages; None for nothing."""
    sealed: str | None = crm.db.value(sa.select(chat_conversations.c.sealed_state).where(*_this(crm, id)))
    if sealed is None:
        return None
    try:
        return crm.company.cipher.decrypt(sealed)
    except UndecryptableSecret:
        # The key is another one by now: what was said stays, and is begun anew.
        return None


def keep_state(crm: UnitOfWork, id: int, state: str | None) -> None:
    """Keeps something of a conversation beside its messages, encrypted: parameters may hold secrets."""
    sealed = None if state is None else connection_secrets.seal_text(crm.company.cipher, state)
    _update(crm, id, sealed_state=sealed)


def delete_expired(crm: UnitOfWork) -> None:
    """Deletes conversations that nobody has gone on with for a year."""
    columns, oldest = chat_conversations.c, format_time_ms(crm.time - RETENTION)
    while ids := crm.db.values(sa.select(columns.id).where(columns.update_time < oldest).limit(_BATCH)):
        _delete(crm, ids)


def _this(crm: UnitOfWork, id: int) -> list[sa.ColumnElement[bool]]:
    return [chat_conversations.c.id == id, chat_conversations.c.user_id == crm.actor.id]


def _update(crm: UnitOfWork, id: int, **values: object) -> None:
    crm.db.execute(sa.update(chat_conversations).where(chat_conversations.c.id == id).values(values))


def _delete(crm: UnitOfWork, ids: Sequence[int]) -> None:
    crm.db.execute(sa.delete(chat_messages).where(chat_messages.c.conversation_id.in_(ids)))
    crm.db.execute(sa.delete(chat_conversations).where(chat_conversations.c.id.in_(ids)))


def _words_of(crm: UnitOfWork, id: int) -> str:
    words: str = crm.db.value(sa.select(chat_conversations.c.words).where(chat_conversations.c.id == id))
    return words


def _words_in(text: str) -> list[str]:
    return [word[:_MAX_WORD_LENGTH] for word in _WORD.findall(text.casefold())]


def _with_words(words: str, texts: Iterable[str]) -> str:
    """Returns words with those of some texts, each once, as many as there is room for."""
    known = dict.fromkeys(words.split())
    size = len(words)
    for word in (word for text in texts for word in _words_in(text)):
        if word not in known and size + len(word) < _MAX_WORDS_SIZE:
            known[word] = None
            size += len(word) + 1
    return " ".join(known)


def _name_from(texts: Sequence[str]) -> str:
    """Returns the beginning of the first text, in whole words."""
    line = one_line(" ".join(texts))
    if len(line) <= _NAME_LENGTH:
        return line
    cut = line[:_NAME_LENGTH]
    return f"{cut.rpartition(' ')[0] or cut}…"


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or not name.isprintable() or len(name) > MAX_NAME_LENGTH:
        raise Invalid(f"is 1 to {MAX_NAME_LENGTH} visible characters", "name")
    return name


def _to_message(row: tuple[Any, ...]) -> Message:
    message = Message(*row)
    return message._replace(parts=loads(row[2]))
