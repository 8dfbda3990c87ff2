"""Turns every failure into the dialect's envelope. This is the one place where that happens."""

from __future__ import annotations

import re
from typing import Any

from dealwright.contract.arguments import body_names
from dealwright.contract.endpoint import Endpoint, Version
from dealwright.contract.errors import InvalidArguments, Problem
from dealwright.crm.errors import CrmError, Forbidden, Invalid, LimitReached, NotFound

ERROR_INFO = "Please check developers.pipedrive.com for more information about Pipedrive API."
GATEWAY_INFO = "Please check developers.pipedrive.com"

_WEBHOOKS = re.compile(r"(/api)?/v1/webhooks(/|$)")

Envelope = dict[str, Any]

# What v1 calls the fields that the rules call as v2 does.
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
    """A failure before any rule was asked: no such path, too large a body, no token."""

    def __init__(self, status: int, message: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


class OAuthRefused(HttpError):
    """A failure of what stands before the API for OAuth apps; it has one envelope for both versions."""


def as_declared(error: Invalid, endpoint: Endpoint[..., Any]) -> Invalid:
    """The error about the same field by the name that the operation gives it."""
    names = {*body_names(endpoint), *(parameter.name for parameter in endpoint.parameters)}
    spelled = _V1_NAMES.get(error.path, "")
    return Invalid(error.message, spelled) if spelled in names and error.path not in names else error


def render(error: Exception, version: Version, path: str = "") -> tuple[int, Envelope]:
    """Status and body for a failure; anything unexpected is a 500 that says nothing of the inside."""
    if _WEBHOOKS.match(path) and (answer := _of_webhook(error)):
        return answer
    if isinstance(error, OAuthRefused):
        return error.status, {"success": False, "error": error.message}
    if isinstance(error, HttpError):
        if error.status == 401:
            return 401, unauthorized()
        return error.status, _envelope(version, error.message, f"ERR_HTTP_{error.status}")
    if isinstance(error, InvalidArguments):
        return 400, _validation(version, error.problems)
    if isinstance(error, Invalid):
        return 400, _validation(version, (Problem(error.path, error.message),))
    if isinstance(error, CrmError):
        info = error.info if isinstance(error, NotFound) else None
        return error.status, _envelope(version, error.message, error.code, info)
    return 500, _envelope(version, "Internal Server Error", "ERR_INTERNAL")


def unauthorized() -> Envelope:
    """The body for a missing or unknown token, the same in both versions."""
    return {"success": False, "error": "unauthorized access", "errorCode": 401, "error_info": GATEWAY_INFO}


def _of_webhook(error: Exception) -> tuple[int, Envelope] | None:
    """What the webhooks of v1 say in a shape of their own; None for what they say like everybody else."""
    if isinstance(error, Forbidden):
        return error.status, {"success": False, "message": "Forbidden"}
    said: dict[str, list[str]] = {}
    if isinstance(error, InvalidArguments):
        for problem in error.problems:
            said.setdefault(problem.path or "body", []).append(problem.reason)
        return 400, {"status": "error", "success": False, "errors": said}
    if isinstance(error, NotFound):
        said = {"id": ["not found"]}
    elif isinstance(error, Invalid | LimitReached):
        said = {error.path: [error.message]}
    return (error.status, {"status": "error", "success": False, "errors": said}) if said else None  # type: ignore[attr-defined]


def _validation(version: Version, problems: tuple[Problem, ...]) -> Envelope:
    said = "; ".join(str(problem) for problem in problems)
    if version == "v2":
        return _envelope(version, f"Validation failed: {said}", "ERR_SCHEMA_VALIDATION_FAILED")
    return _envelope(version, said, "")


def _envelope(version: Version, message: str, code: str, info: str | None = None) -> Envelope:
    if version == "v2":
        return {"success": False, "error": message, "code": code}
    return {"success": False, "error": message, "error_info": info or ERROR_INFO, "data": None, "additional_data": None}
