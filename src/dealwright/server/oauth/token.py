"""``/oauth/token`` and ``/oauth/revoke``: for programs, in the words and with the codes of Pipedrive.

An error is both: ``error`` and ``error_description`` as RFC 6749 has them, for clients that were written to it, and
``success`` and ``message`` beside it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from dealwright.crm.unit import Companies
from dealwright.server import addresses
from dealwright.server.oauth import replies
from dealwright.server.oauth.provider import CODE_INVALID, REFRESH_TOKEN_INVALID, Provider
from dealwright.server.oauth.replies import Reply
from dealwright.server.requests import FORM, Request

GRANT_TYPES = ("authorization_code", "refresh_token", "exchange_api_token")
# What the library says in its own words, and Pipedrive in others.
WORDS = {
    "Missing code parameter.": ("invalid_grant", CODE_INVALID),
    "Missing refresh token parameter.": ("invalid_grant", REFRESH_TOKEN_INVALID),
    "Missing token parameter.": ("invalid_request", "Missing parameter: token"),
}
# The library wants to hear that requests are encrypted; whether they must be is up to where the server stands.
ADDRESS = "https://localhost"


class Tokens:
    """The endpoints of one platform."""

    def __init__(self, companies: Companies) -> None:
        self._provider = Provider(companies)

    def token(self, request: Request) -> Reply:
        """Tokens for a code, a refresh token or an API token."""
        form = _form(request)
        if form is None:
            return _not_a_form()
        grant_type = form.get("grant_type")
        if not grant_type:
            return refusal("invalid_request", "Missing parameter: grant_type")
        if grant_type not in GRANT_TYPES:
            return refusal("unsupported_grant_type", "Unsupported grant type: grant_type is invalid")
        try:
            _, body, status = self._provider.create_token_response(
                f"{ADDRESS}{request.path}", "POST", urlencode(form), _headers(request)
            )
        except OAuth2Error as error:
            return _refused(error.error, error.description)
        answer: dict[str, Any] = orjson.loads(body)
        if status != 200:
            return _refused(answer["error"], answer.get("error_description"))
        answer |= {"scope": answer["scope"].replace(" ", ","), "api_domain": addresses.url("")}
        return replies.json(200, answer)

    def revoke(self, request: Request) -> Reply:
        """Makes a token void, whichever it is; one that is unknown is void already."""
        form = _form(request)
        if form is None:
            return _not_a_form()
        # A hint may be wrong, and the two kinds of tokens cannot be confused anyway.
        form.pop("token_type_hint", None)
        try:
            _, body, status = self._provider.create_revocation_response(
                f"{ADDRESS}{request.path}", "POST", urlencode(form), _headers(request)
            )
        except OAuth2Error as error:
            return _refused(error.error, error.description)
        if status != 200:
            answer = orjson.loads(body)
            return _refused(answer["error"], answer.get("error_description"))
        return replies.json(200, {"success": True})


def refusal(code: str, message: str) -> Reply:
    """An error as all kinds of clients understand it."""
    return replies.json(400, {"success": False, "error": code, "error_description": message, "message": message})


def _refused(code: str, description: str | None) -> Reply:
    return refusal(*WORDS.get(description or "", (code, description or f"Invalid request: {code}")))


def _not_a_form() -> Reply:
    return refusal("invalid_request", "Invalid request: content must be application/x-www-form-urlencoded")


def _form(request: Request) -> dict[str, str] | None:
    """The form that was sent, without what was left empty; None when it was none."""
    if request.media_type() != FORM:
        return None
    body = request.body if isinstance(request.body, dict) else {}
    return {name: value for name, value in body.items() if value}


def _headers(request: Request) -> dict[str, str]:
    authorization = request.header(b"authorization")
    named = {"Content-Type": "application/x-www-form-urlencoded"}
    return named if authorization is None else named | {"Authorization": authorization}
