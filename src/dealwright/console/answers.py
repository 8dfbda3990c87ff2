"""Answers for pages: as much of a body as a page can show."""

from __future__ import annotations

import base64
from typing import Any, Literal

import orjson

from dealwright.connectors.answers import Answer
from dealwright.contract.app.integration import runs as contract

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


def show(answer: Answer) -> contract.Answer:
    """Returns an answer, or as much of it as a page can show."""
    encoding: Literal["json", "text", "base64"] = "json"
    body = answer.body
    if isinstance(body, bytes | str):
        kept, size = body[:MAX_SHOWN_BYTES], len(body)
        is_cut = len(kept) < size
        encoding, shown = ("text", kept) if isinstance(kept, str) else ("base64", base64.b64encode(kept).decode())
    else:
        size = len(orjson.dumps(body))
        is_cut = size > MAX_SHOWN_BYTES
        shown = _cut(body) if is_cut else body
    return {
        "status": answer.status,
        "headers": {
            name.lower(): value for name, value in answer.headers.items() if name.lower().startswith(_SHOWN_HEADERS)
        },
        "encoding": encoding,
        "body": shown,
        "size": size,
        "is_cut": is_cut,
    }


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
            return {**rest, "data": _cut(body["data"])}
    return None
