"""The language model that plans in the chat."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import endpoint

GROUP = "Chat"

ModelKind = Literal["openai", "anthropic", "ollama"]
"""Whose protocol it speaks; ``openai`` is that of many servers."""

ModelOrigin = Literal["company", "environment"]


class ModelSettings(TypedDict):
    """A model as it is set up; its key is never shown."""

    kind: ModelKind
    name: str
    url: str | None
    has_key: bool


class ChatModelState(TypedDict):
    """Which model plans, and where that is set: by the company, or by the environment of the server. Null for none.

    ``settings`` are the company's, for admins of the account settings, who ``can_change`` them. ``is_installed`` says whether the server has
    what calling a model needs.
    """

    name: str | None
    origin: ModelOrigin | None
    is_installed: bool
    can_change: bool
    settings: ModelSettings | None


class ModelToUse(AppBody, kw_only=True):
    """A model. Without a ``key``, the one that is kept stays, for the same kind and address; null removes it."""

    kind: ModelKind
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    url: Annotated[str, Meta(max_length=2048)] | None = None
    key: Annotated[str, Meta(min_length=1, max_length=1000)] | UnsetType | None = UNSET


class ModelTest(TypedDict):
    """How a test went, in words, and how long the answer took."""

    ok: bool
    message: str
    duration_ms: int


@endpoint("GET /app/api/chat/model", group=GROUP, cost=0)
def get_chat_model() -> ChatModelState:
    """Get which language model plans in the chat."""


@endpoint("PUT /app/api/chat/model", group=GROUP, cost=0)
def put_chat_model(data: ModelToUse) -> ChatModelState:
    """Set the language model of the company. Only admins may."""


@endpoint("DELETE /app/api/chat/model", group=GROUP, cost=0)
def delete_chat_model() -> ChatModelState:
    """Remove the language model of the company with its key. Only admins may."""


@endpoint("POST /app/api/chat/model/test", group=GROUP, cost=0)
def post_chat_model_test(data: ModelToUse) -> ModelTest:
    """Ask a model for one word. Only admins may."""
