"""``/oauth/token`` and ``/oauth/revoke``: for programs, with Pipedrive's texts and status codes.

An error has two forms in one: ``error`` and ``error_description`` as in RFC 6749, for clients that follow it, and
``success`` and ``message`` beside them.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from dealwright.crm.companies import Companies
from dealwright.server import urls
from dealwright.server.oauth import responses
from dealwright.server.oauth.provider import CODE_INVALID, REFRESH_TOKEN_INVALID, Provider
from dealwright.server.oauth.responses import Response
from dealwright.server.requests import Request

GRANT_TYPES = ("authorization_code", "refresh_token", "exchange_api_token")
# Pipedrive's errors for those of the library.
ERRORS_BY_DESCRIPTION = {
    "Missing code parameter.": ("invalid_grant", CODE_INVALID),
    "Missing refresh token parameter.": ("invalid_grant", REFRESH_TOKEN_INVALID),
    "Missing token parameter.": ("invalid_request", "Missing parameter: token"),
}
# The library demands an https URL; whether requests must be encrypted is decided where the server is deployed.
DUMMY_BASE_URL = "https://localhost"


class TokenEndpoints:
    """The endpoints of one platform."""

    def __init__(self, companies: Companies) -> None:
        self._provider = Provider(companies)

    def issue_token(self, request: Request) -> Response:
        """Returns tokens for a code, a refresh token or an API token."""
        form = _form(request)
        if form is None:
            return _not_a_form_error()
        grant_type = form.get("grant_type")
        if not grant_type:
            return error_response("invalid_request", "Missing parameter: grant_type")
        if grant_type not in GRANT_TYPES:
            return error_response("unsupported_grant_type", "Unsupported grant type: grant_type is invalid")
        try:
            _, body, status = self._provider.create_token_response(
                f"{DUMMY_BASE_URL}{request.path}", "POST", urlencode(form), _headers(request)
            )
        except OAuth2Error as error:
            return _translated_error(error.error, error.description)
        answer: dict[str, Any] = orjson.loads(body)
        if status != 200:
            return _translated_error(answer["error"], answer.get("error_description"))
        answer |= {"scope": answer["scope"].replace(" ", ","), "api_domain": urls.url("")}
        return responses.json(200, answer)

    def revoke(self, request: Request) -> Response:
        """Revokes an access token or a refresh token; succeeds for an unknown one, too."""
        form = _form(request)
        if form is None:
            return _not_a_form_error()
        # The hint is ignored: it may be wrong, and the two kinds of tokens cannot be confused.
        form.pop("token_type_hint", None)
        try:
            _, body, status = self._provider.create_revocation_response(
                f"{DUMMY_BASE_URL}{request.path}", "POST", urlencode(form), _headers(request)
            )
        except OAuth2Error as error:
            return _translated_error(error.error, error.description)
        if status != 200:
            answer = orjson.loads(body)
            return _translated_error(answer["error"], answer.get("error_description"))
        return responses.json(200, {"success": True})


def error_response(code: str, message: str) -> Response:
    """Returns an error in a form that all kinds of clients understand."""
    return responses.json(400, {"success": False, "error": code, "error_description": message, "message": message})


def _translated_error(code: str, description: str | None) -> Response:
    return error_response(
        *ERRORS_BY_DESCRIPTION.get(description or "", (code, description or f"Invalid request: {code}"))
    )


def _not_a_form_error() -> Response:
    return error_response("invalid_request", "Invalid request: content must be application/x-www-form-urlencoded")


def _form(request: Request) -> dict[str, str] | None:
    """Returns the form without empty fields; None when the body is not a form."""
    form = request.urlencoded_form()
    return None if form is None else {name: value for name, value in form.items() if value}


def _headers(request: Request) -> dict[str, str]:
    authorization = request.header(b"authorization")
    named = {"Content-Type": "application/x-www-form-urlencoded"}
    return named if authorization is None else named | {"Authorization": authorization}
