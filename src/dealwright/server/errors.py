"""Turns every failure into the error envelope of the API version. This is the one place where that happens."""

from __future__ import annotations

import logging
import re
from typing import Any, Literal

from dealwright._database_errors import explain, find_os_problem, find_problem
from dealwright.contract.app.envelopes import ErrorCode
from dealwright.contract.body_parser import body_names
from dealwright.contract.endpoint import Endpoint, Version
from dealwright.contract.errors import V1_NAMES, InvalidArguments, Problem
from dealwright.contract.validation import MAX_PROBLEMS
from dealwright.crm.errors import CrmError, Forbidden, Invalid, LimitReached, NotFound

log = logging.getLogger(__name__)

ERROR_INFO = "Please check developers.pipedrive.com for more information about Pipedrive API."
GATEWAY_INFO = "Please check developers.pipedrive.com"
# The errors of the vendor's gateway.
GATEWAY_MESSAGES = {401: "unauthorized access", 429: "request over limit"}

CHANNELS_INFO = "Please check the reference docs in https://developers.pipedrive.com/docs/api/v1"
_CHANNELS = re.compile(r"(/api)?/v1/channels(/|$)")
_MEETINGS = re.compile(r"(/api)?/v1/meetings(/|$)")
_WEBHOOKS = re.compile(r"(/api)?/v1/webhooks(/|$)")

UNAVAILABLE = 503
INTERNAL_SERVER_ERROR = 500
RETRY_AFTER = (b"retry-after", b"5")

Envelope = dict[str, Any]


class HttpError(Exception):
    """A failure before any rule was called: no such path, too large a body, no token."""

    def __init__(
        self,
        status: int,
        message: str,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        code: ErrorCode | Literal[""] = "",
    ) -> None:
        """``code`` is what the web app is told instead of the one that follows from the status."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers
        self.code = code


class OAuthHttpError(HttpError):
    """A failure of the gateway for OAuth apps; it has one envelope for both versions."""


def with_declared_names(error: Invalid, endpoint: Endpoint[..., Any]) -> Invalid:
    """Returns the error with the names that the operation gives the fields."""
    names = {*body_names(endpoint), *(parameter.name for parameter in endpoint.parameters)}

    def path(one: Invalid) -> str:
        v1_name = V1_NAMES.get(one.path, "")
        return v1_name if v1_name in names and one.path not in names else one.path

    return Invalid(error.message, path(error), (Invalid(other.message, path(other)) for other in error.others))


def render(error: Exception, version: Version, path: str = "") -> tuple[int, Envelope]:
    """Returns status and body for a failure; an unexpected one is a 500 that reveals no internals."""
    if version in ("app", "sandbox"):
        return _app_error(error)
    if version == "abstra":
        status, envelope = _app_error(error)
        return status, {"status": "error", "message": envelope["error"]["message"]}
    if isinstance(error, OAuthHttpError):
        return error.status, {"success": False, "error": error.message}
    if _WEBHOOKS.match(path) and (answer := _webhook_error(error)):
        return answer
    if _CHANNELS.match(path) and (code := _channel_error_code(error, path)):
        status, envelope = render(error, version)
        return status, {
            "success": False,
            "error": envelope["error"],
            "error_info": CHANNELS_INFO,
            "additional_data": {"code": code},
        }
    if _MEETINGS.match(path) and isinstance(error, Forbidden):
        return error.status, {"success": False, "message": error.message}
    if isinstance(error, HttpError):
        if error.status in GATEWAY_MESSAGES:
            return error.status, gateway_error(error.status)
        return error.status, _envelope(version, error.message, f"ERR_HTTP_{error.status}")
    if isinstance(error, InvalidArguments):
        return 400, _validation_error(version, error.problems)
    if isinstance(error, Invalid):
        return 400, _validation_error(version, _problems(error))
    if isinstance(error, CrmError):
        info = error.info if isinstance(error, NotFound) else None
        return error.status, _envelope(version, error.message, error.code, info)
    status, message = _unexpected(error)
    return status, _envelope(version, message, "ERR_UNAVAILABLE" if status == UNAVAILABLE else "ERR_INTERNAL")


def _unexpected(error: Exception) -> tuple[int, str]:
    """Returns status and message for an error that no client has made."""
    if find_problem(error) is not None:
        return UNAVAILABLE, "The database cannot do this at present"
    if isinstance(error, OSError):
        # This comes from the store of files: databases raise errors of their own.
        return UNAVAILABLE, "Files cannot be stored or read at present"
    return INTERNAL_SERVER_ERROR, "Internal Server Error"


_APP_CODES: dict[int, ErrorCode] = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    409: "conflict",
    410: "gone",
    413: "too_large",
    415: "unsupported",
    422: "limit_reached",
    429: "too_many",
    500: "internal",
    501: "not_implemented",
    503: "unavailable",
}
"""The codes that the web app gets for statuses, unless an error has one of its own."""


def _app_error(error: Exception) -> tuple[int, Envelope]:
    """Returns status and body of a failure as the web app gets it."""
    code: ErrorCode | Literal[""] = ""
    fields: dict[str, str] = {}
    match error:
        case HttpError():
            status, message, code = error.status, error.message, error.code
        case InvalidArguments():
            status, message = 400, "; ".join(str(problem) for problem in error.problems)
            fields = {problem.path: problem.reason for problem in reversed(error.problems) if problem.path}
        case Invalid():
            problems = _problems(error)
            status, message = 400, "; ".join(str(problem) for problem in problems)
            fields = {problem.path: problem.reason for problem in reversed(problems) if problem.path}
        case LimitReached():
            status, message, fields = error.status, error.message, {error.path: error.message}
        case CrmError():
            status, message = error.status, error.message
        case _:
            status, message = _unexpected(error)
    failure: dict[str, Any] = {"code": code or _APP_CODES.get(status, "invalid"), "message": message}
    return status, {"error": failure | {"fields": fields} if fields else failure}


def headers(error: Exception, status: int) -> tuple[tuple[bytes, bytes], ...]:
    """Returns the headers that belong to the answer to an error."""
    own = error.headers if isinstance(error, HttpError) else ()
    return (*own, RETRY_AFTER) if status == UNAVAILABLE else own


def log_failure(error: Exception, status: int, what: str) -> None:
    """Logs an error that is not the client's: trouble with database or disk in one line, anything else with a traceback."""
    if status < INTERNAL_SERVER_ERROR or isinstance(error, HttpError):
        return
    unusable = explain(error)
    if unusable is not None:
        log.error("%s failed: %s: %s", what, unusable.problem.label, unusable)
    elif isinstance(error, OSError):
        log.error("%s failed: %s: the store of files: %s", what, find_os_problem(error).label, error)
    else:
        log.error("%s failed", what, exc_info=error)


def gateway_error(status: int) -> Envelope:
    """Returns the body for a missing or unknown token and for too many requests, the same in both versions."""
    return {"success": False, "error": GATEWAY_MESSAGES[status], "errorCode": status, "error_info": GATEWAY_INFO}


def _webhook_error(error: Exception) -> tuple[int, Envelope] | None:
    """Returns status and body of errors that v1's webhooks have in a form of their own; None for all others."""
    if isinstance(error, Forbidden):
        return error.status, {"success": False, "message": "Forbidden"}
    messages: dict[str, list[str]] = {}
    if isinstance(error, InvalidArguments):
        for problem in error.problems:
            messages.setdefault(problem.path or "body", []).append(problem.reason)
        return 400, {"status": "error", "success": False, "errors": messages}
    if isinstance(error, NotFound):
        messages = {"id": ["not found"]}
    elif isinstance(error, Invalid):
        for problem in _problems(error):
            messages.setdefault(problem.path, []).append(problem.reason)
    elif isinstance(error, LimitReached):
        messages = {error.path: [error.message]}
    return (error.status, {"status": "error", "success": False, "errors": messages}) if messages else None  # type: ignore[attr-defined]


def _channel_error_code(error: Exception, path: str) -> str | None:
    """Returns the code that the service of channels gives an error; None for one that the service does not know."""
    match error:
        case InvalidArguments() | Invalid():
            return "INVALID_RECEIVE_MESSAGE_PAYLOAD" if path.endswith("/messages/receive") else "INVALID_BODY"
        case NotFound():
            return "NOT_FOUND"
        case Forbidden():
            return error.code
    return None


def _problems(error: Invalid) -> tuple[Problem, ...]:
    return tuple(Problem(one.path, one.message) for one in (error, *error.others)[:MAX_PROBLEMS])


def _validation_error(version: Version, problems: tuple[Problem, ...]) -> Envelope:
    message = "; ".join(str(problem) for problem in problems)
    if version == "v2":
        envelope = _envelope(version, f"Validation failed: {message}", "ERR_SCHEMA_VALIDATION_FAILED")
        # A hint among the problems would be one more of them for clients that split the text.
        hints = [f"{problem.path}: did you mean '{problem.suggestion}'?" for problem in problems if problem.suggestion]
        return envelope | {"error_info": " ".join(hints)} if hints else envelope
    return _envelope(version, message, "")


def _envelope(version: Version, message: str, code: str, info: str | None = None) -> Envelope:
    if version == "v2" and info is None:
        return {"success": False, "error": message, "code": code}
    return {"success": False, "error": message, "error_info": info or ERROR_INFO, "data": None, "additional_data": None}
