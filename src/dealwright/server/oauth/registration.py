"""``/oauth/register``: programs of agents register themselves (RFC 7591), where they have no document of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from dealwright.crm.companies import Companies
from dealwright.crm.errors import LimitReached
from dealwright.crm.integration.oauth import self_registered
from dealwright.crm.integration.oauth.apps import InvalidApp
from dealwright.server.oauth import responses
from dealwright.server.oauth.responses import Response
from dealwright.server.requests import Request


def register(companies: Companies, request: Request) -> Response:
    """Registers the app that the body describes."""
    body = request.body
    if not isinstance(body, Mapping):
        return _error("invalid_client_metadata", "The body must be a JSON object")
    try:
        app = self_registered.register(companies.platform, body, companies.clock())
    except InvalidApp as error:
        code = "invalid_redirect_uri" if error.member == "redirect_uris" else "invalid_client_metadata"
        return _error(code, str(error))
    except LimitReached as error:
        return _error("temporarily_unavailable", error.message, 429)
    issued = datetime.fromisoformat(app.add_time).replace(tzinfo=UTC)
    return responses.json(
        201,
        {
            "client_id": app.client_id,
            "client_id_issued_at": int(issued.timestamp()),
            "client_name": app.name,
            "redirect_uris": list(app.redirect_uris),
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        },
    )


def _error(code: str, message: str, status: int = 400) -> Response:
    return responses.json(status, {"error": code, "error_description": message})
