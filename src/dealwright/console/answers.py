"""Answers for pages: as much of a body as a page can show."""

from __future__ import annotations

import base64
from typing import Any, Literal, NamedTuple

import orjson

from dealwright.connectors.answers import Answer

MAX_SHOWN_BYTES = 1024 * 1024
"""How many bytes of a body are shown; of a list that is longer, as many items as fit."""

_SHOWN_HEADERS = (
    "content-type",
    "content-disposition",
    "x-ratelimit",
    "x-daily-",
    "retry-after",
    "x-correlation-id",
    "location",
)


class ShownAnswer(NamedTuple):
    """An answer, or as much of it as a page can show: then it is ``is_cut``. ``body`` is JSON, a text, or bytes in base64."""

    status: int
    headers: dict[str, str]
    encoding: Literal["json", "text", "base64"]
    body: Any
    size: int
    is_cut: bool


def show(answer: Answer) -> ShownAnswer:
    """Returns an answer as a page shows it."""
    headers = {name.lower(): value for name, value in answer.headers.items() if name.lower().startswith(_SHOWN_HEADERS)}
    body = answer.body
    if isinstance(body, bytes):
        kept = body[:MAX_SHOWN_BYTES]
        return ShownAnswer(
            answer.status, headers, "base64", base64.b64encode(kept).decode(), len(body), len(kept) < len(body)
        )
    if isinstance(body, str):
        kept_text = body[:MAX_SHOWN_BYTES]
        return ShownAnswer(answer.status, headers, "text", kept_text, len(body), len(kept_text) < len(body))
    size = len(orjson.dumps(body))
    if size <= MAX_SHOWN_BYTES:
        return ShownAnswer(answer.status, headers, "json", body, size, False)
    return ShownAnswer(answer.status, headers, "json", _cut(body), size, True)


def cut(body: Any) -> Any:
    """Returns as much of a decoded body as a page can show."""
    return body if len(orjson.dumps(body)) <= MAX_SHOWN_BYTES else _cut(body)


def _cut(body: Any) -> Any:
    """Returns as many items of a list as fit, also of one that is the ``data`` of a body; nothing of any other body."""
    if isinstance(body, list):
        left, kept = MAX_SHOWN_BYTES, []
        for item in body:
            left -= len(orjson.dumps(item)) + 1
            if left < 0:
                break
            kept.append(item)
        return kept
    if isinstance(body, dict) and isinstance(body.get("data"), list):
        rest = {name: value for name, value in body.items() if name != "data"}
        if len(orjson.dumps(rest)) <= MAX_SHOWN_BYTES // 2:
            return {**rest, "data": _cut(body["data"])[: len(body["data"])]}
    return None
