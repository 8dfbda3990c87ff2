"""The OAuth 2.0 provider: pages on which users grant apps access, and the tokens of these grants.

It works on the platform, before authentication, so that its endpoints have no handlers in a unit of work.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from dealwright.contract.endpoint import Endpoint
from dealwright.contract.v1.integration import oauth as contract
from dealwright.crm.companies import Companies
from dealwright.crm.kernel.unit_of_work import Principal
from dealwright.server.errors import HttpError
from dealwright.server.oauth import metadata, responses
from dealwright.server.oauth.responses import Response
from dealwright.server.requests import OAUTH_PREFIX, Request

ENDPOINTS: tuple[Endpoint[..., Any], ...] = (
    contract.get_oauth_authorize,
    contract.post_oauth_token,
    contract.post_oauth_token_refresh,
    contract.post_oauth_revoke,
)

METHODS = {
    "/oauth/authorize": "GET",
    "/oauth/login": "POST",
    "/oauth/code": "POST",
    "/oauth/logout": "POST",
    "/oauth/consent": "POST",
    "/oauth/token": "POST",
    "/oauth/token/": "POST",
    "/oauth/revoke": "POST",
    "/oauth/register": "POST",
    **dict.fromkeys(metadata.PATHS, "GET"),
}
"""The method of each path of the provider."""


def handles(request: Request) -> bool:
    """Whether a request is for the provider."""
    return request.path.startswith(OAUTH_PREFIX) or request.path in metadata.PATHS


def waits(request: Request) -> bool:
    """Whether the answer may have to wait for another server."""
    return request.path == "/oauth/authorize" and "https:" in request.query.get("client_id", "")


def handle(companies: Companies, auto_login: Principal | None, request: Request) -> Response:
    """Returns the provider's answer. ``auto_login`` is the user that browsers act for without a log-in.

    Raises `HttpError`.
    """
    if request.path in metadata.PATHS and request.method in ("GET", "HEAD"):
        return responses.json(200, metadata.document(request.path))
    # The protocol's library is only imported when it is used.
    from dealwright.server.oauth import authorize, registration, token  # noqa: PLC0415

    pages, tokens = authorize.Pages(companies, auto_login), token.TokenEndpoints(companies)
    handlers: dict[str, Callable[[Request], Response]] = {
        "/oauth/authorize": pages.authorize,
        "/oauth/login": pages.log_in,
        "/oauth/code": pages.enter_code,
        "/oauth/logout": pages.log_out,
        "/oauth/consent": pages.consent,
        "/oauth/token": tokens.issue_token,
        "/oauth/token/": tokens.issue_token,
        "/oauth/revoke": tokens.revoke,
        "/oauth/register": partial(registration.register, companies),
    }
    if request.path not in METHODS:
        raise HttpError(404, f"There is no such path: {request.path}")
    method = METHODS[request.path]
    if method != ("GET" if request.method == "HEAD" else request.method):
        raise HttpError(405, f"{request.method} is not allowed here", ((b"allow", method.encode()),))
    return handlers[request.path](request)
