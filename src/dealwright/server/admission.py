"""Decides from the head of a request alone whose it is and where it goes, or that it gets no further."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dealwright._limit_log import limit_log
from dealwright.contract.app.integration.connections import CALLBACK_PATH
from dealwright.contract.endpoint import Version
from dealwright.crm.companies import Companies
from dealwright.crm.integration.oauth import grants, scopes
from dealwright.crm.kernel.unit_of_work import Principal, UserRef
from dealwright.server import cors, health, oauth, openapi, public_images, request_log, urls
from dealwright.server.browser_session import BrowserSession, is_same_origin
from dealwright.server.errors import HttpError, OAuthHttpError
from dealwright.server.headers import NO_STORE_HEADERS
from dealwright.server.limits import NO_COST, Headers, RateLimiter
from dealwright.server.requests import ABSTRA_PREFIXES, SANDBOX_PREFIX, WEB_APP_PATHS, Request
from dealwright.server.responses import Response, encoded_response, file_response
from dealwright.server.router import Match, Router
from dealwright.server.routes import Route

OTHER_ROUTES = frozenset({*openapi.SANDBOX_PATHS, *health.PATHS, *oauth.METHODS})
"""The paths without variables that are served, and that the router does not have."""

SET_UP_PATHS = ("/app/api/session", "/app/api/password")
SECOND_FACTOR_PREFIX = "/app/api/second-factor"
"""What is open to who lacks a second factor that the company asks for: setting one up, a password for that, another company."""

RATE_LIMIT_REACHED = "requests over the limits of the plan"
# When limits are off, the headers show the windows of the largest plan, always fresh.
UNLIMITED_HEADERS: Headers = (
    (b"x-ratelimit-limit", b"120"),
    (b"x-ratelimit-remaining", b"119"),
    (b"x-ratelimit-reset", b"2"),
    (b"x-daily-requests-left", b"9999"),
    (b"x-daily-ratelimit-token-limit", b"210000"),
    (b"x-daily-ratelimit-token-remaining", b"210000"),
)


class Admission(NamedTuple):
    """What is known of a request from its head: whose it is, where it goes, and the headers of its answer.

    Requests to the OAuth provider have neither principal nor route: it has forms in which people log in. ``browser`` is the
    session of a request to the web app's own API; its principal is None where nobody is signed in.
    """

    principal: Principal | None
    route: Route | None
    variables: tuple[str, ...]
    limit_headers: list[tuple[bytes, bytes]]
    browser: BrowserSession | None = None


class Admissions:
    """Admits requests to the companies of a platform, within limits if there are any."""

    def __init__(
        self,
        companies: Companies,
        router: Router[Route],
        limits: RateLimiter | None,
        documents: Mapping[str, Version] = openapi.PATHS,
    ) -> None:
        """``documents`` are the versions whose OpenAPI documents are served, by their paths."""
        self._documents = documents
        self._companies = companies
        self._router = router
        self._limits = limits

    def admit(
        self, request: Request, limit_headers: list[tuple[bytes, bytes]], auto_login: Principal | None = None
    ) -> Admission | Response:
        """Returns who asks for what, or an answer. Appends rate-limit headers to ``limit_headers``.

        ``auto_login`` is that of `BrowserSession`.
        """
        if request.host_error is not None:
            raise request.host_error
        if cors.is_preflight(request) and cors.is_allowed(request.path):
            limit_headers.clear()
            return Response(204, [*cors.PREFLIGHT_HEADERS], b"")
        if request.path in self._documents:
            return encoded_response(openapi.encoded_document(self._documents[request.path]))
        if request.path.startswith(public_images.PREFIX):
            return file_response(request, public_images.get_image(self._companies, request))
        if oauth.handles(request):
            return Admission(None, None, (), [])
        if request.path.startswith(WEB_APP_PATHS):
            limit_headers.clear()
            return self._admit_browser(request, BrowserSession(self._companies, request, auto_login))
        if request.path.startswith(SANDBOX_PREFIX):
            limit_headers.clear()
            return self._admit_to_sandbox(request)
        principal = request.principal = self._authenticate(request)
        method = "GET" if request.method == "HEAD" else request.method
        match = self._router.find(method, request.path)
        if match.target is not None:
            request.route = match.target.path
        # The web app calls as often as people click; what limits hold back is what programs do with tokens.
        if principal.source == "app":
            limit_headers[:] = NO_STORE_HEADERS
        elif self._limits is not None:
            # The endpoint refuses a deactivated user, but such a token must not spend the budget of the company either.
            if not self._companies.is_active(UserRef(principal.company.id, principal.user_id)):
                raise HttpError(401, "unauthorized access")
            limit_result = self._limits.consume(
                principal, request.token() or "", method, match.target.cost if match.target else NO_COST
            )
            limit_headers.extend(limit_result.headers)
            if not limit_result.allowed:
                limit_log.report(RATE_LIMIT_REACHED, request.client)
                raise HttpError(429, "request over limit")
        if request.read_error is not None:
            raise request.read_error
        route = _require_route(request, match)
        endpoint = route.endpoint
        if principal.app and not scopes.is_allowed(
            principal.app.scopes, endpoint.scopes, writes=endpoint.method != "GET"
        ):
            raise OAuthHttpError(403, "Scope and URL mismatch")
        return Admission(principal, route, match.variables, limit_headers)

    def _admit_browser(self, request: Request, browser: BrowserSession) -> Admission:
        """Returns who asks for what of the web app's own API. Raises `HttpError`."""
        match = self._router.find("GET" if request.method == "HEAD" else request.method, request.path)
        route = _require_route(request, match)
        request.route = route.path
        # A browser comes to the callback from the page of a provider.
        if request.path != CALLBACK_PATH and not is_same_origin(request):
            raise HttpError(403, f"This comes from a page of another site than {urls.base_url()}")
        principal = request.principal = browser.principal
        if principal is None and not route.endpoint.public:
            raise HttpError(401, "Nobody is signed in")
        if principal is not None and route.gets_session and not route.endpoint.public:
            # A unit of work finds that out by itself.
            self._require_active(principal)
        is_open = route.endpoint.public or route.path in SET_UP_PATHS
        if not is_open and not route.path.startswith(SECOND_FACTOR_PREFIX):
            _require_second_factor(browser)
        if route.endpoint.method != "GET" and not browser.may_write():
            raise HttpError(403, "The CSRF token is missing, or it is not that of this session", code="csrf")
        if request.read_error is not None:
            raise request.read_error
        return Admission(principal, route, match.variables, [], browser)

    def _admit_to_sandbox(self, request: Request) -> Admission:
        """Returns who asks for what of a sandbox. Nothing of it counts for a limit. Raises `HttpError`."""
        token = request.api_token()
        principal = request.principal = self._companies.authenticate(token) if token else None
        match = self._router.find("GET" if request.method == "HEAD" else request.method, request.path)
        if principal is None:
            raise HttpError(
                401, "The clock and the faults of a sandbox take one of its API tokens, in the header x-api-token"
            )
        if request.read_error is not None:
            raise request.read_error
        route = _require_route(request, match)
        request.route = route.path
        return Admission(principal, route, match.variables, [])

    def _require_active(self, principal: Principal) -> None:
        """Raises `HttpError` for a user who has been deactivated."""
        if not self._companies.is_active(UserRef(principal.company.id, principal.user_id)):
            raise HttpError(401, "Nobody is signed in")

    def route_name(self, request: Request) -> str:
        """Returns the route of a request that was answered before it had one, as the metrics name it."""
        method = "GET" if request.method in ("HEAD", "OPTIONS") else request.method
        target = self._router.find(method, request.path).target
        if target is not None:
            return target.path
        if request.path in OTHER_ROUTES:
            return request.path
        return public_images.ROUTE if request.path.startswith(public_images.PREFIX) else request_log.NO_ROUTE

    def _authenticate(self, request: Request) -> Principal:
        if request.path.startswith(ABSTRA_PREFIXES):
            key = request.abstra_token()
            user = self._companies.authenticate(key) if key else None
            if user is None:
                raise HttpError(401, "The key is no API token of a user")
            return user
        access_token = request.access_token()
        if access_token is not None:
            found = grants.authenticate(self._companies.platform, access_token, self._companies.clock())
            if found is None:
                challenge = (b"www-authenticate", b'Bearer error="invalid_token"')
                raise OAuthHttpError(401, "Invalid token: access_token is invalid", (challenge,))
            return found
        token = request.api_token()
        if token is not None:
            principal = self._companies.authenticate(token)
        else:
            # Only a page of this server can send the CSRF token; a cookie alone comes with requests of any page.
            browser = BrowserSession(self._companies, request)
            principal = browser.principal if browser.may_write() else None
            if principal is not None:
                _require_second_factor(browser)
        if principal is None:
            raise HttpError(401, "unauthorized access", ((b"x-401-by-gw", b"true"),))
        return principal


def _require_second_factor(browser: BrowserSession) -> None:
    """Raises `HttpError` when the company asks for a second factor that the user has not set up yet."""
    if browser.chosen is not None and browser.lacks_second_factor(browser.chosen):
        raise HttpError(403, "Your company asks for a second factor: set it up first", code="second_factor")


def _require_route(request: Request, match: Match[Route]) -> Route:
    """Returns the route of a request. Raises `HttpError` when there is none."""
    if not match.methods:
        raise HttpError(404, f"There is no such path: {request.path}")
    if match.target is None:
        allowed = ", ".join(match.methods).encode()
        raise HttpError(405, f"{request.method} is not allowed here", ((b"allow", allowed),))
    return match.target
