"""Cross-origin requests: pages of any site may call the API, with a token that they have themselves.

Credentials of the browser (cookies) are never allowed. The log-in and consent pages below ``/oauth/`` and what is below
``/app`` act for a user with a session, so that no other site may call them.
"""

from __future__ import annotations

from dealwright.server.requests import Request

# The headers of limits, and others of our own that pages may want to read.
_EXPOSED_HEADERS = (
    b"x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-daily-requests-left, x-daily-ratelimit-token-limit, "
    b"x-daily-ratelimit-token-remaining, retry-after, x-correlation-id, content-disposition"
)

RESPONSE_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSED_HEADERS),
)
"""The headers of every answer of the API."""

PREFLIGHT_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    # The star stands for all but authorization.
    (b"access-control-allow-headers", b"authorization, content-type, x-api-token, *"),
    (b"access-control-max-age", b"7200"),
    (b"content-length", b"0"),
)
"""The headers of the answer to a preflight, beside those of every answer."""

_SESSION_PATHS = ("/oauth", "/app")
_SESSION_PREFIXES = ("/oauth/", "/app/")


def is_allowed(path: str) -> bool:
    """Whether pages of other sites may call a path."""
    return not path.startswith(_SESSION_PREFIXES) and path not in _SESSION_PATHS


def is_preflight(request: Request) -> bool:
    """Whether a browser asks what it may send from a page of another site. It asks without a token."""
    if request.method != "OPTIONS":
        return False
    return b"origin" in request.headers and b"access-control-request-method" in request.headers
