"""The OAuth 2.0 provider: pages on which users let apps in, and the tokens that apps get for it.

It acts on the platform, before anybody is authenticated, so that its endpoints have no handlers that work in a unit of work.
"""

from __future__ import annotations

from typing import Any

from dealwright.contract.endpoint import Endpoint
from dealwright.contract.v1 import oauth as contract
from dealwright.crm.unit import Bearer, Companies
from dealwright.server.errors import HttpError
from dealwright.server.oauth.replies import Reply
from dealwright.server.requests import OAUTH, Request

ENDPOINTS: tuple[Endpoint[..., Any], ...] = (
    contract.get_oauth_authorize,
    contract.post_oauth_token,
    contract.post_oauth_token_refresh,
    contract.post_oauth_revoke,
)


def answers(request: Request) -> bool:
    """Whether a request is for the provider."""
    return request.path.startswith(OAUTH)


def answer(companies: Companies, visitor: Bearer | None, request: Request) -> Reply:
    """The provider's answer. ``visitor`` is who browsers act for without logging in. Raises `HttpError`."""
    # Only what is used pays for the protocol's library.
    from dealwright.server.oauth import authorize, token  # noqa: PLC0415

    pages = authorize.Pages(companies, visitor)
    known = {
        "/oauth/authorize": ("GET", pages.authorize),
        "/oauth/login": ("POST", pages.log_in),
        "/oauth/logout": ("POST", pages.log_out),
        "/oauth/consent": ("POST", pages.consent),
        "/oauth/token": ("POST", token.Tokens(companies).token),
        "/oauth/token/": ("POST", token.Tokens(companies).token),
        "/oauth/revoke": ("POST", token.Tokens(companies).revoke),
    }
    if request.path not in known:
        raise HttpError(404, f"There is no such path: {request.path}")
    method, reply = known[request.path]
    if method != ("GET" if request.method == "HEAD" else request.method):
        raise HttpError(405, f"{request.method} is not allowed here", ((b"allow", method.encode()),))
    return reply(request)
