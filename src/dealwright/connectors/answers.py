"""Turns an HTTP response into an `Answer`, or into the error that a refusal stands for."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Literal

import msgspec
import orjson

from dealwright.connectors.calls import PreparedRequest
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

DEFAULT_BURST_WAIT_SECONDS = 2.0
MAX_MESSAGE_LENGTH = 2000
"""How long the message of an error may be; its body has the whole."""

# How much of a web page is looked at.
_SUMMARIZED_LENGTH = 65_536
_TITLE = re.compile(r"<title", re.IGNORECASE)
_TITLE_END = re.compile(r"</title>", re.IGNORECASE)
_HTML = re.compile(r"<html", re.IGNORECASE)


class Answer(msgspec.Struct, frozen=True):
    """A success: status, headers (looked up in any case), body, and the exact name of the action that ran (``v2.get_deals``).

    ``body`` is decoded JSON, the bytes of a download, the text of a page, or None when there is none. ``content`` are the bytes
    that a body of JSON was decoded from, for who passes them on.
    """

    status: int
    headers: Mapping[str, str]
    body: Any
    action: str
    content: bytes = b""


def parse_response(
    call: PreparedRequest, connection: str, status: int, headers: Mapping[str, str], content: bytes
) -> Answer:
    """Returns the answer to a call. Raises the error that fits a refusal."""
    if status >= 400:
        raise error_for_failure(call, connection, headers, parse_failure(status, headers, content))
    if call.endpoint.media_type != "application/json":
        # A download keeps its bytes, whatever they are.
        page = call.endpoint.media_type.startswith("text/")
        return Answer(status, headers, content.decode(errors="replace") if page else content, call.action)
    if not content.strip():
        return Answer(status, headers, None, call.action)
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        failure = msgspec.structs.replace(
            parse_failure(status, headers, content),
            message=f"The answer is no JSON but {_media_type(headers) or 'of an unknown kind'}",
        )
        raise ApiError(failure, action=call.action, connection=connection) from None
    if isinstance(body, dict) and body.get("success") is False:
        raise error_for_failure(call, connection, headers, parse_failure(status, headers, content))
    return Answer(status, headers, body, call.action, content)


def error_for_failure(
    call: PreparedRequest, connection: str, headers: Mapping[str, str], failure: Failure
) -> DealwrightError:
    """Returns the error for a refused call."""
    action, status = call.action, failure.status
    if status == 401:
        return Unauthorized(failure, action=action, connection=connection)
    if status == 403 and _is_html(headers):
        # A proxy in front of the service blocks the request: Pipedrive's does so to clients that go on after a 429.
        return Unavailable(
            f"{failure.message} (HTTP 403)",
            action=action,
            connection=connection,
            may_have_run=False,
            failure=failure,
            retry_after=parse_seconds(headers.get("retry-after")),
        )
    if status == 403 and "scope" in failure.message.lower():
        needed = tuple(sorted(call.endpoint.scopes))
        return MissingScope(failure, action=action, connection=connection, needed=needed)
    if status == 429:
        window, retry_after = rate_limit_wait(headers, call.entry.cost)
        return RateLimited(failure, action=action, connection=connection, window=window, retry_after=retry_after)
    # 501 means that the function does not exist, so that waiting is of no use.
    if status >= 500 and status != 501:
        reason = f"{failure.message} (HTTP {status})"
        changes = call.entry.method != "GET"
        return Unavailable(
            reason,
            action=action,
            connection=connection,
            may_have_run=changes,
            failure=failure,
            retry_after=parse_seconds(headers.get("retry-after")),
        )
    return ApiError(failure, action=action, connection=connection)


def parse_failure(status: int, headers: Mapping[str, str], content: bytes) -> Failure:
    """Returns status, message, code, body and request id of a response that is no success."""
    request_id = headers.get("x-correlation-id") or headers.get("x-request-id")
    try:
        body: Json = orjson.loads(content)
    except orjson.JSONDecodeError:
        text = content.decode(errors="replace")
        return Failure(status=status, message=_summarize_text(text), body=text, request_id=request_id)
    message, code = _message_and_code(body)
    message = message[:MAX_MESSAGE_LENGTH]
    return Failure(status=status, message=message or "no reason given", code=code, body=body, request_id=request_id)


def _message_and_code(body: Json) -> tuple[str, str | None]:
    """Returns message and code of a decoded error body, of which there are several shapes."""
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
    return ("" if message is None else str(message)), (str(code)[:MAX_MESSAGE_LENGTH] if code else None)


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _is_html(headers: Mapping[str, str]) -> bool:
    return _media_type(headers) == "text/html"


def _summarize_text(text: str) -> str:
    """Returns one line about a response that is no JSON: the title of a web page, or the beginning of the text."""
    beginning = text[:_SUMMARIZED_LENGTH]
    if opened := _TITLE.search(beginning):
        start = beginning.find(">", opened.end()) + 1
        closed = _TITLE_END.search(beginning, start)
        if start and closed:
            return f"a web page titled '{' '.join(beginning[start : closed.start()].split())[:200]}'"
    if _HTML.search(beginning):
        return "a web page instead of an answer"
    return " ".join(beginning.split())[:200] or "an empty answer"


def rate_limit_wait(headers: Mapping[str, str], cost: int) -> tuple[Literal["burst", "daily"], float | None]:
    """Returns the limit that was met, and how many seconds to wait.

    The wait is None for a spent daily budget when the service does not give one: the day has its own clock.
    """
    retry_after = parse_seconds(headers.get("retry-after"))
    left_today = parse_seconds(headers.get("x-daily-ratelimit-token-remaining"))
    left_now = parse_seconds(headers.get("x-ratelimit-remaining"))
    # The rest of the daily budget may be too little for this action, while the window has room.
    if left_today == 0 or (left_today is not None and left_today < cost and left_now):
        return "daily", retry_after
    reset = parse_seconds(headers.get("x-ratelimit-reset"))
    return "burst", next((wait for wait in (retry_after, reset) if wait is not None), DEFAULT_BURST_WAIT_SECONDS)


def parse_seconds(text: str | None) -> float | None:
    """Returns the seconds that a header gives, as a number or as a date; None when it gives neither."""
    if text is None:
        return None
    try:
        number = float(text)
        return max(0.0, number) if isfinite(number) else None
    except ValueError:
        pass
    try:
        retry_time = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (retry_time - datetime.now(UTC)).total_seconds()) if retry_time.tzinfo else None
