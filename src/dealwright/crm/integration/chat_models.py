"""The language model of a company, which plans in its conversations: where it is, and its key, which is encrypted."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args

import sqlalchemy as sa

from dealwright.crm.errors import Invalid, Unavailable
from dealwright.crm.kernel import access
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.encryption import UndecryptableSecret
from dealwright.storage.tables import chat_models

ModelKind = Literal["openai", "anthropic", "ollama"]
"""Whose protocol a model speaks; ``openai`` is that of many servers."""

KINDS: tuple[ModelKind, ...] = get_args(ModelKind)

MAX_NAME_LENGTH = 200
MAX_KEY_LENGTH = 1000


class ChatModel(NamedTuple):
    """A model. Without a ``url`` it is at the address of its provider."""

    kind: ModelKind
    name: str
    url: str | None = None
    key: str | None = None


class StoredModel(NamedTuple):
    """A model as it is shown: without its key."""

    kind: ModelKind
    name: str
    url: str | None
    has_key: bool


def get(crm: UnitOfWork) -> StoredModel | None:
    """Returns the model of the company; None when it has none."""
    row = _row(crm)
    return None if row is None else StoredModel(row[0], row[1], row[2], row[3] is not None)


def read(crm: UnitOfWork) -> ChatModel | None:
    """Returns the model of the company with its key, for calling it. Raises `Unavailable`."""
    row = _row(crm)
    if row is None:
        return None
    try:
        key = None if row[3] is None else crm.company.cipher.decrypt(row[3])
    except UndecryptableSecret as error:
        raise Unavailable(f"The key of the language model cannot be read: {error}") from error
    return ChatModel(row[0], row[1], row[2], key)


def change(crm: UnitOfWork, model: ChatModel, sealed_key: str | None, *, keeps_key: bool) -> StoredModel:
    """Sets the model of the company, whose key is encrypted already. The one that there is stays only for the same address.

    Raises `Forbidden` and `Invalid`.
    """
    crm.require_exclusive_lock()
    access.require_admin(crm, "account_settings")
    check(model)
    row = _row(crm)
    if keeps_key and row is not None and (row[0], row[2]) == (model.kind, model.url):
        sealed_key = row[3]
    values = {"kind": model.kind, "name": model.name, "url": model.url, "sealed_key": sealed_key}
    crm.db.execute(sa.delete(chat_models))
    crm.db.insert_later(chat_models, {**values, "update_time": crm.now_ms})
    return StoredModel(model.kind, model.name, model.url, sealed_key is not None)


def remove(crm: UnitOfWork) -> None:
    """Removes the model of the company with its key. Raises `Forbidden`."""
    crm.require_exclusive_lock()
    access.require_admin(crm, "account_settings")
    crm.db.execute(sa.delete(chat_models))


def check(model: ChatModel) -> None:
    """Raises `Invalid` for what can be no model."""
    if not model.name.strip() or not model.name.isprintable() or len(model.name) > MAX_NAME_LENGTH:
        raise Invalid(f"is 1 to {MAX_NAME_LENGTH} visible characters", "name")
    if model.url is not None and not model.url.startswith(("https://", "http://")):
        raise Invalid("is an address that begins with https:// or http://", "url")
    if model.kind == "ollama" and model.url is None:
        raise Invalid("is needed: where Ollama listens, such as http://localhost:11434/v1", "url")
    if model.key is not None and (
        not model.key.isascii() or not model.key.isprintable() or len(model.key) > MAX_KEY_LENGTH
    ):
        raise Invalid("is no key", "key")


def _row(crm: UnitOfWork) -> tuple[Any, ...] | None:
    columns = chat_models.c
    return crm.db.row(
        sa.select(columns.kind, columns.name, columns.url, columns.sealed_key).order_by(columns.id.desc())
    )
