"""The ASGI application: one request in, one unit of work, one answer out.

The event loop reads requests and writes answers. Everything between (token, validation, rules, JSON) runs
synchronously, in a thread unless it takes less time than switching to one.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import orjson

from dealwright.contract import catalogue
from dealwright.contract.body_parser import read_body as read_declared_body
from dealwright.contract.endpoint import Download, Endpoint, Version
from dealwright.contract.parameter_parser import read_parameters
from dealwright.crm.companies import Companies
from dealwright.crm.errors import Invalid
from dealwright.crm.integration.oauth import grants, scopes
from dealwright.crm.kernel.unit_of_work import Principal
from dealwright.server import downloads, errors, oauth, openapi, public_images, urls
from dealwright.server.binding import Handler, handlers
from dealwright.server.errors import HttpError, OAuthHttpError
from dealwright.server.latency import LatencyAverage
from dealwright.server.limits import NO_COST, Headers, RateLimiter, RequestCost, request_cost
from dealwright.server.requests import Receive, Request, Scope, Send, read_body
from dealwright.server.router import Router

log = logging.getLogger(__name__)

# SQLite works inside the process: more threads only compete for the interpreter (measured: half the requests with 16).
# With PostgreSQL, threads wait for the database.
THREADS = {"sqlite": 2, "postgresql": 16}
JSON_CONTENT_TYPE = b"application/json; charset=utf-8"
# When limits are off, the headers show the windows of the largest plan, always fresh.
UNLIMITED_HEADERS: Headers = (
    (b"x-ratelimit-limit", b"120"),
    (b"x-ratelimit-remaining", b"119"),
    (b"x-ratelimit-reset", b"2"),
    (b"x-daily-requests-left", b"9999"),
    (b"x-daily-ratelimit-token-limit", b"210000"),
    (b"x-daily-ratelimit-token-remaining", b"210000"),
)


class Route(NamedTuple):
    """An endpoint with its handler and the names of its path's variables."""

    endpoint: Endpoint[..., Any]
    handler: Handler
    variables: tuple[str, ...]
    cost: RequestCost
    latency: LatencyAverage


class UnimplementedRoute(NamedTuple):
    """An operation of the API that this server does not have (yet)."""

    name: str
    cost: RequestCost


class Response(NamedTuple):
    """Status, headers and body, ready to send. For a large file, ``rest`` reads the chunks after ``body``."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: Iterator[bytes] | None = None


class Application:
    """Serves the companies of a platform over ASGI, within limits if there are any.

    ``auto_login`` is the user that the OAuth pages act for without a log-in; only for throw-away companies.
    """

    def __init__(
        self, companies: Companies, *, auto_login: Principal | None = None, limits: RateLimiter | None = None
    ) -> None:
        self.companies = companies
        self.auto_login = auto_login
        self.limits = limits
        self._threads = ThreadPoolExecutor(
            THREADS[companies.platform.database.dialect], thread_name_prefix="dealwright"
        )
        self._router = build_router()
        # On SQLite the way to a thread and back takes longer than most reading, and readers never wait. With limits, an
        # answer may have to wait for the platform's writer.
        self._reads_on_event_loop = companies.platform.database.dialect == "sqlite" and limits is None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one connection event of the ASGI server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            response = await self._handle(scope, receive)
            await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
            body = b"" if scope["method"] == "HEAD" else response.body
            await send({"type": "http.response.body", "body": body, "more_body": response.rest is not None})
            if response.rest is not None:
                await self._send_rest(response.rest, send)
            if self.limits is not None and self.limits.needs_flush:
                # The answer has been sent, so that the client does not wait for this.
                await asyncio.get_running_loop().run_in_executor(self._threads, self.limits.flush_due)

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(wait=True)

    async def _send_rest(self, rest: Iterator[bytes], send: Send) -> None:
        """Sends a file chunk by chunk; each is read in a thread when the one before has been sent."""
        loop = asyncio.get_running_loop()
        while chunk := await loop.run_in_executor(self._threads, next, rest, b""):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _handle(self, scope: Scope, receive: Receive) -> Response:
        request = Request(scope)
        if request.method not in ("GET", "HEAD"):
            await read_body(request, scope, receive)
        if self._reads_on_event_loop and request.method == "GET" and self._is_fast(request.path):
            return self.respond(request)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.respond, request)

    def _is_fast(self, path: str) -> bool:
        """Whether a GET of this path runs on the event loop. Downloads do not, because files may be stored far away."""
        route = self._router.find("GET", path).target
        return isinstance(route, Route) and route.latency.is_fast() and route.endpoint.response_type is not Download

    def respond(self, request: Request) -> Response:
        """Returns the answer to a request whose body has been read; errors become answers."""
        urls.set_base_url(request)
        limit_headers: list[tuple[bytes, bytes]] = [] if self.limits else [*UNLIMITED_HEADERS]
        try:
            response = self._respond(request, limit_headers)
        except Exception as error:
            response = _error_response(error, version_of(request.path), request.path)
            if response.status >= 500 and not isinstance(error, HttpError):
                log.exception("%s %s failed", request.method, request.path)
        response.headers.append((b"x-correlation-id", str(uuid.uuid4()).encode()))
        response.headers.extend(limit_headers)
        return response

    def _respond(self, request: Request, limit_headers: list[tuple[bytes, bytes]]) -> Response:
        """Returns the answer without the headers that all have; appends rate-limit headers to ``limit_headers``."""
        if request.path in openapi.PATHS:
            return _json_response(200, openapi.document(openapi.PATHS[request.path]))
        if request.path.startswith(public_images.PREFIX):
            return _file_response(request, public_images.get_image(self.companies, request))
        if oauth.handles(request):
            limit_headers.clear()
            if request.read_error is not None:
                raise request.read_error
            oauth_response = oauth.handle(self.companies, self.auto_login, request)
            length = (b"content-length", str(len(oauth_response.body)).encode())
            return Response(oauth_response.status, [*oauth_response.headers, length], oauth_response.body)
        principal = self._authenticate(request)
        method = "GET" if request.method == "HEAD" else request.method
        match = self._router.find(method, request.path)
        if self.limits is not None:
            token = request.access_token() or request.api_token() or ""
            limit_result = self.limits.consume(principal, token, method, match.target.cost if match.target else NO_COST)
            limit_headers.extend(limit_result.headers)
            if not limit_result.allowed:
                raise HttpError(429, "request over limit")
        if request.read_error is not None:
            raise request.read_error
        if not match.methods:
            raise HttpError(404, f"There is no such path: {request.path}")
        if match.target is None:
            allowed = ", ".join(match.methods).encode()
            raise HttpError(405, f"{request.method} is not allowed here", ((b"allow", allowed),))
        route = match.target
        if isinstance(route, UnimplementedRoute):
            raise HttpError(501, f"This server does not have {route.name} yet")
        endpoint = route.endpoint
        if principal.app and not scopes.is_allowed(
            principal.app.scopes, endpoint.scopes, writes=endpoint.method != "GET"
        ):
            raise OAuthHttpError(403, "Scope and URL mismatch")
        arguments = _arguments(route, match.variables, request)

        started_at = time.perf_counter()
        try:
            for attempt in self.companies.attempts(
                principal.company,
                principal.user_id,
                write=endpoint.method != "GET",
                user_agent=request.header(b"user-agent"),
                app=principal.app,
            ):
                with attempt as crm:
                    body = route.handler(crm, **arguments)
        except Invalid as error:
            raise errors.with_declared_name(error, endpoint) from None
        except LookupError as error:
            if type(error) is LookupError:
                raise HttpError(401, "unauthorized access") from None
            raise
        if isinstance(body, Download):
            return _file_response(request, body)
        if request.selected_fields is not None and endpoint.version == "v1":
            body = _select_fields(body, request.selected_fields)
        response = _json_response(endpoint.status, body)
        route.latency.observe(time.perf_counter() - started_at)
        return response

    def _authenticate(self, request: Request) -> Principal:
        access_token = request.access_token()
        if access_token is not None:
            found = grants.authenticate(self.companies.platform, access_token, self.companies.clock())
            if found is None:
                challenge = (b"www-authenticate", b'Bearer error="invalid_token"')
                raise OAuthHttpError(401, "Invalid token: access_token is invalid", (challenge,))
            return found
        token = request.api_token()
        principal = self.companies.authenticate(token) if token else None
        if principal is None:
            raise HttpError(401, "unauthorized access", ((b"x-401-by-gw", b"true"),))
        return principal


def build_router() -> Router[Route | UnimplementedRoute]:
    """Returns a router with every endpoint of the API, v1 under both of its prefixes."""
    router: Router[Route | UnimplementedRoute] = Router()
    for entry in catalogue.entries().values():
        _add(router, entry.method, entry.path, UnimplementedRoute(entry.name, request_cost(entry.path, entry.cost)))
    for endpoint, handler in handlers().values():
        variables = tuple(part[1:-1] for part in endpoint.path.split("/") if part.startswith("{"))
        _add(
            router,
            endpoint.method,
            endpoint.path,
            Route(endpoint, handler, variables, request_cost(endpoint.path, endpoint.cost), LatencyAverage()),
        )
    return router


def _add(
    router: Router[Route | UnimplementedRoute], method: str, path: str, target: Route | UnimplementedRoute
) -> None:
    router.add(method, path, target)
    if path.startswith("/v1/"):
        router.add(method, "/api" + path, target)


def version_of(path: str) -> Version:
    """Returns the API version to answer in; v1 unless the path says v2."""
    return "v2" if path.startswith(("/api/v2", "/v2")) else "v1"


def _arguments(route: Route, variables: tuple[str, ...], request: Request) -> dict[str, object]:
    """Returns the arguments of a handler. Raises `InvalidArguments`, and `HttpError` for a body of the wrong kind."""
    endpoint = route.endpoint
    provided: dict[str, object] = {name: value for name, value in request.query.items() if name != "api_token"}
    provided.update(zip(route.variables, variables, strict=True))
    arguments = read_parameters(endpoint, provided, refuse_unknown=endpoint.version == "v2")
    if endpoint.body is not None:
        if endpoint.version == "v2" and endpoint.body_kind == "json" and request.is_form():
            raise HttpError(400, "The body must be JSON")
        arguments["data"] = read_declared_body(endpoint, request.body)
    return arguments


def _select_fields(body: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Returns a v1 answer with only the selected properties of each record."""
    data = body.get("data")
    if isinstance(data, list):
        # Records of a list may be encoded already, and are decoded to select from them.
        found = orjson.loads(orjson.dumps(data))
        data = [{name: one[name] for name in names if name in one} for one in found if isinstance(one, dict)]
    elif isinstance(data, dict):
        data = {name: data[name] for name in names if name in data}
    return body | {"data": data}


def _error_response(error: Exception, version: Version, path: str = "") -> Response:
    status, envelope = errors.render(error, version, path)
    return _json_response(status, envelope, error.headers if isinstance(error, HttpError) else ())


def _json_response(status: int, body: object, extra_headers: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
    content = orjson.dumps(body)
    headers = ((b"content-type", JSON_CONTENT_TYPE), (b"content-length", str(len(content)).encode()))
    return Response(status, [*headers, *extra_headers], content)


def _file_response(request: Request, download: Download) -> Response:
    """Returns a file. Its first chunk is read here, so that a file that cannot be read is an error like any other."""
    first = b"" if request.method == "HEAD" else next(download.content, b"")
    complete = request.method == "HEAD" or len(first) >= download.size
    return Response(200, downloads.headers(download), first, None if complete else download.content)
