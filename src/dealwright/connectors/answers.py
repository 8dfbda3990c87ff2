"""What comes back: an answer of success, or the error that a refusal stands for."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Literal

import msgspec
import orjson

from dealwright.connectors.calls import Call
from dealwright.connectors.errors import (
    ApiError,
    DealwrightError,
    Failure,
    MissingScope,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from dealwright.contract.values import Json

BURST_SECONDS = 2.0


class Answer(msgspec.Struct, frozen=True):
    """A success: status, headers (looked up in any case) and body.

    ``body`` is decoded JSON, the bytes of a download, the text of a page, or None when there is none.
    """

    status: int
    headers: Mapping[str, str]
    body: Any


def read(call: Call, connection: str, status: int, headers: Mapping[str, str], content: bytes) -> Answer:
    """The answer to a call. Raises the error that fits a refusal."""
    if status >= 400:
        raise refusal(call, connection, headers, failure_of(status, headers, content))
    if call.endpoint.media_type != "application/json":
        # A download keeps its bytes, whatever they are.
        page = call.endpoint.media_type.startswith("text/")
        return Answer(status, headers, content.decode(errors="replace") if page else content)
    if not content.strip():
        return Answer(status, headers, None)
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        failure = msgspec.structs.replace(
            failure_of(status, headers, content),
            message=f"The answer is no JSON but {_kind(headers) or 'of an unknown kind'}",
        )
        raise ApiError(failure, action=call.action, connection=connection) from None
    if isinstance(body, dict) and body.get("success") is False:
        raise refusal(call, connection, headers, failure_of(status, headers, content))
    return Answer(status, headers, body)


def refusal(call: Call, connection: str, headers: Mapping[str, str], failure: Failure) -> DealwrightError:
    """The error for a refused call."""
    action, status = call.action, failure.status
    if status == 401:
        return Unauthorized(failure, action=action, connection=connection)
    if status == 403 and _is_page(headers):
        # Somebody in between keeps requests from the service: Pipedrive's does so to who goes on after a 429.
        return Unavailable(
            f"{failure.message} (HTTP 403)",
            action=action,
            connection=connection,
            may_have_run=False,
            failure=failure,
            retry_after=seconds(headers.get("retry-after")),
        )
    if status == 403 and "scope" in failure.message.lower():
        needed = tuple(sorted(call.endpoint.scopes))
        return MissingScope(failure, action=action, connection=connection, needed=needed)
    if status == 429:
        window, retry_after = _wait(headers, call.entry.cost)
        return RateLimited(failure, action=action, connection=connection, window=window, retry_after=retry_after)
    # 501 says that there is no such function, and waiting brings none.
    if status >= 500 and status != 501:
        reason = f"{failure.message} (HTTP {status})"
        changes = call.entry.method != "GET"
        return Unavailable(
            reason,
            action=action,
            connection=connection,
            may_have_run=changes,
            failure=failure,
            retry_after=seconds(headers.get("retry-after")),
        )
    return ApiError(failure, action=action, connection=connection)


def failure_of(status: int, headers: Mapping[str, str], content: bytes) -> Failure:
    """What an answer says that is not a success."""
    request_id = headers.get("x-correlation-id") or headers.get("x-request-id")
    try:
        body: Json = orjson.loads(content)
    except orjson.JSONDecodeError:
        text = content.decode(errors="replace")
        return Failure(status=status, message=_of_page(text), body=text, request_id=request_id)
    message, code = _said(body)
    return Failure(status=status, message=message or "no reason given", code=code, body=body, request_id=request_id)


def _said(body: Json) -> tuple[str, str | None]:
    """Message and code, from the several shapes that errors have."""
    if not isinstance(body, dict):
        return ("" if body is None else str(body)), None
    error, code = body.get("error"), body.get("code")
    message = body.get("error_description") or body.get("message") or error
    if isinstance(error, str) and error and "error_description" not in body:
        message = error
    if not message and (errors := body.get("errors")):
        message = orjson.dumps(errors).decode()
    extra = body.get("additional_data")
    if code is None and isinstance(extra, dict):
        code = extra.get("code")
    if code is None and "error_description" in body:
        code = error
    return ("" if message is None else str(message)), (str(code) if code else None)


def _kind(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_page(headers: Mapping[str, str]) -> bool:
    return _kind(headers) == "text/html"


def _of_page(text: str) -> str:
    """What a page, or any other text, says in one line."""
    if title := re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL):
        return f"a web page titled '{' '.join(title[1].split())}'"
    if "<html" in text.lower():
        return "a web page instead of an answer"
    return " ".join(text.split())[:200] or "an empty answer"


def _wait(headers: Mapping[str, str], cost: int) -> tuple[Literal["burst", "daily"], float | None]:
    """Which limit was met, and how many seconds to wait: unknown for the budget of the day, which has its own clock."""
    told = seconds(headers.get("retry-after"))
    left_today = seconds(headers.get("x-daily-ratelimit-token-remaining"))
    left_now = seconds(headers.get("x-ratelimit-remaining"))
    # What is left of the day may be too little for this action, while the window has room.
    if left_today == 0 or (left_today is not None and left_today < cost and left_now):
        return "daily", told
    reset = seconds(headers.get("x-ratelimit-reset"))
    return "burst", next((wait for wait in (told, reset) if wait is not None), BURST_SECONDS)


def seconds(text: str | None) -> float | None:
    """The number, or the seconds until the moment, that a header tells; None when it tells neither."""
    if text is None:
        return None
    try:
        number = float(text)
        return max(0.0, number) if isfinite(number) else None
    except ValueError:
        pass
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(UTC)).total_seconds()) if moment.tzinfo else None
