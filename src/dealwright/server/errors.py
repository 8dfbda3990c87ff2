"""Turns every failure into the error envelope of the API version. This is the one place where that happens."""

from __future__ import annotations

import re
from typing import Any

from dealwright.contract.body_parser import body_names
from dealwright.contract.endpoint import Endpoint, Version
from dealwright.contract.errors import InvalidArguments, Problem
from dealwright.crm.errors import CrmError, Forbidden, Invalid, LimitReached, NotFound

ERROR_INFO = "Please check developers.pipedrive.com for more information about Pipedrive API."
GATEWAY_INFO = "Please check developers.pipedrive.com"
# The errors of the vendor's gateway.
GATEWAY_MESSAGES = {401: "unauthorized access", 429: "request over limit"}

_WEBHOOKS = re.compile(r"(/api)?/v1/webhooks(/|$)")

Envelope = dict[str, Any]

# The names in v1 of fields for which the rules use those of v2.
_V1_NAMES = {
    "owner_id": "user_id",
    "label_ids": "label",
    "emails": "email",
    "phones": "phone",
    "org_id": "organization_id",
    "is_active": "active_flag",
    "is_linkable": "selectable",
}


class HttpError(Exception):
    """A failure before any rule was called: no such path, too large a body, no token."""

    def __init__(self, status: int, message: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


class OAuthHttpError(HttpError):
    """A failure of the gateway for OAuth apps; it has one envelope for both versions."""


def with_declared_name(error: Invalid, endpoint: Endpoint[..., Any]) -> Invalid:
    """Returns the error with the name that the operation gives the field."""
    names = {*body_names(endpoint), *(parameter.name for parameter in endpoint.parameters)}
    v1_name = _V1_NAMES.get(error.path, "")
    return Invalid(error.message, v1_name) if v1_name in names and error.path not in names else error


def render(error: Exception, version: Version, path: str = "") -> tuple[int, Envelope]:
    """Returns status and body for a failure; an unexpected one is a 500 that reveals no internals."""
    if isinstance(error, OAuthHttpError):
        return error.status, {"success": False, "error": error.message}
    if _WEBHOOKS.match(path) and (answer := _webhook_error(error)):
        return answer
    if isinstance(error, HttpError):
        if error.status in GATEWAY_MESSAGES:
            return error.status, gateway_error(error.status)
        return error.status, _envelope(version, error.message, f"ERR_HTTP_{error.status}")
    if isinstance(error, InvalidArguments):
        return 400, _validation_error(version, error.problems)
    if isinstance(error, Invalid):
        return 400, _validation_error(version, (Problem(error.path, error.message),))
    if isinstance(error, CrmError):
        info = error.info if isinstance(error, NotFound) else None
        return error.status, _envelope(version, error.message, error.code, info)
    if isinstance(error, OSError):
        # This comes from the store of files: databases raise errors of their own.
        return 503, _envelope(version, "Files cannot be stored or read at present", "ERR_UNAVAILABLE")
    return 500, _envelope(version, "Internal Server Error", "ERR_INTERNAL")


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
    elif isinstance(error, Invalid | LimitReached):
        messages = {error.path: [error.message]}
    return (error.status, {"status": "error", "success": False, "errors": messages}) if messages else None  # type: ignore[attr-defined]


def _validation_error(version: Version, problems: tuple[Problem, ...]) -> Envelope:
    message = "; ".join(str(problem) for problem in problems)
    if version == "v2":
        return _envelope(version, f"Validation failed: {message}", "ERR_SCHEMA_VALIDATION_FAILED")
    return _envelope(version, message, "")


def _envelope(version: Version, message: str, code: str, info: str | None = None) -> Envelope:
    if version == "v2":
        return {"success": False, "error": message, "code": code}
    return {"success": False, "error": message, "error_info": info or ERROR_INFO, "data": None, "additional_data": None}
