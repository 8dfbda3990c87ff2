"""Which language model plans in conversations, and how it is called: that of the company, or of the environment of this process.

The packages that call models (the extra ``chat``) are imported when one is called.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal, NamedTuple, TypeVar

import httpx2

from dealwright._extras import install_command
from dealwright.console.service import Console
from dealwright.crm.errors import Invalid, Unavailable
from dealwright.crm.integration import chat_models
from dealwright.crm.integration.chat_models import KINDS, ChatModel
from dealwright.crm.kernel import outbound_policy
from dealwright.crm.kernel.unit_of_work import Principal

T = TypeVar("T")

MODEL_VARIABLE = "DEALWRIGHT_CHAT_MODEL"
"""The environment variable that names a model: ``anthropic:NAME``, ``openai:NAME`` or ``ollama:NAME``."""

URL_VARIABLE = "DEALWRIGHT_CHAT_URL"
KEY_VARIABLE = "DEALWRIGHT_CHAT_KEY"

OLLAMA_URL = "http://localhost:11434/v1"
TIMEOUT_SECONDS = 60.0
TEST_SECONDS = 20.0

Origin = Literal["company", "environment"]


class Found(NamedTuple):
    """The model that plans, and where that is set. Whoever sets the environment of a process may reach what it reaches."""

    model: ChatModel
    origin: Origin


class Tested(NamedTuple):
    """How a test went, and how long the answer took."""

    ok: bool
    message: str
    duration_ms: int


def find(console: Console, principal: Principal) -> Found | None:
    """Returns the model that plans for a user; None when there is none. Raises `Unavailable`."""
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        own = chat_models.read(crm)
    if own is not None:
        return Found(own, "company")
    given = of_environment()
    return None if given is None else Found(given, "environment")


def of_environment() -> ChatModel | None:
    """Returns the model that the environment names; None when it names none. Raises `Unavailable` for a kind that there is not."""
    text = os.environ.get(MODEL_VARIABLE, "").strip()
    if not text:
        return None
    kind, _, name = text.partition(":")
    if kind not in KINDS or not name:
        raise Unavailable(
            f"{MODEL_VARIABLE} is {text!r}, and should be like anthropic:NAME, openai:NAME or ollama:NAME"
        )
    url = os.environ.get(URL_VARIABLE) or (OLLAMA_URL if kind == "ollama" else None)
    return ChatModel(kind, name, url, os.environ.get(KEY_VARIABLE) or None)


def is_installed() -> bool:
    """Whether this process can call models."""
    return importlib.util.find_spec("pydantic_ai") is not None


def complete(console: Console, principal: Principal, model: ChatModel, *, keeps_key: bool) -> ChatModel:
    """Returns a model that somebody has written, with the key that is kept for its address where none was written."""
    chat_models.check(model)
    if not keeps_key:
        return model
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        kept = chat_models.read(crm)
    is_same = kept is not None and (kept.kind, kept.url) == (model.kind, model.url)
    return model._replace(key=kept.key) if kept is not None and is_same else model


def check_address(console: Console, model: ChatModel) -> None:
    """Raises `Invalid` for an address to which this server sends nothing: in networks of its own, unless its policy allows these."""
    reason = outbound_policy.rejection_reason(model.url, console.companies.webhook_reach) if model.url else None
    if reason is not None:
        raise Invalid(f"is where this server sends nothing: {reason}", "url")


def call(console: Console, found: Found, work: Callable[[Any], Awaitable[T]]) -> T:
    """Returns what some work does with a model, in an event loop of its own. Nothing of it stays open.

    The model is called at its address and at no other: redirects are not followed. Raises `Unavailable` without the packages for it, and
    `Invalid` for its address.
    """
    if not is_installed():
        raise Unavailable(f"The server lacks the part that calls language models: {install_command('chat')}")
    if found.origin == "company":
        check_address(console, found.model)

    async def run() -> T:
        async with httpx2.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client:
            return await work(_make(found.model, client))

    return asyncio.run(run())


def test(console: Console, model: ChatModel) -> Tested:
    """Asks a model for one word."""
    started = time.monotonic()

    def told(ok: bool, message: str) -> Tested:
        return Tested(ok, message, round((time.monotonic() - started) * 1000))

    async def ask(opened: Any) -> str:
        from pydantic_ai import Agent  # noqa: PLC0415 - slow to import, and perhaps not there

        settings: Any = {"timeout": TEST_SECONDS, "max_tokens": 200}
        answer = await Agent(opened).run("Say hello in one word.", model_settings=settings)
        return str(answer.output)

    try:
        said = call(console, Found(model, "company"), ask)
    except (Unavailable, Invalid) as error:
        return told(False, error.message)
    except Exception as error:
        return told(False, explain(error))
    return told(True, f"{model.name} answers: {said.strip()[:200]}")


def explain(error: Exception) -> str:
    """Returns why a model did not answer, in a sentence; nothing of its key is in it."""
    status = getattr(error, "status_code", None)
    if status in (401, 403):
        return f"The model refused the key ({status})"
    if status == 404:
        return "There is no such model at this address (404)"
    if status is not None:
        return f"The model refused the call ({status})"
    return f"The model did not answer ({type(error).__name__})"


def _make(model: ChatModel, client: httpx2.AsyncClient) -> Any:
    """Returns what calls a model."""
    if model.kind == "anthropic":
        from anthropic import AsyncAnthropic  # noqa: PLC0415
        from pydantic_ai.models.anthropic import AnthropicModel  # noqa: PLC0415
        from pydantic_ai.providers.anthropic import AnthropicProvider  # noqa: PLC0415

        anthropic = AsyncAnthropic(api_key=model.key or "", base_url=model.url, http_client=client, max_retries=1)
        return AnthropicModel(model.name, provider=AnthropicProvider(anthropic_client=anthropic))
    from openai import AsyncOpenAI  # noqa: PLC0415
    from pydantic_ai.models.openai import OpenAIChatModel  # noqa: PLC0415
    from pydantic_ai.providers.openai import OpenAIProvider  # noqa: PLC0415

    openai = AsyncOpenAI(api_key=model.key or "none", base_url=model.url, http_client=client, max_retries=1)
    return OpenAIChatModel(model.name, provider=OpenAIProvider(openai_client=openai))
