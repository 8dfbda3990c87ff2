"""The ASGI application: one request in, one unit of work, one answer out.

The event loop reads requests and writes answers. Everything between (token, validation, rules, JSON) runs synchronously,
in a thread unless it is over sooner than the way there and back.
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
from dealwright.contract.arguments import read_body as read_declared_body
from dealwright.contract.arguments import read_parameters
from dealwright.contract.endpoint import Download, Endpoint, Version
from dealwright.crm.errors import Invalid
from dealwright.crm.oauth import scopes
from dealwright.crm.unit import Bearer, Companies, Crm
from dealwright.server import addresses, downloads, errors, oauth, openapi, public
from dealwright.server.binding import Handler, handlers
from dealwright.server.errors import HttpError, OAuthRefused
from dealwright.server.limits import FREE, Headers, Limits, Price, price
from dealwright.server.pace import Pace
from dealwright.server.requests import Receive, Request, Scope, Send, read_body
from dealwright.server.router import Router

log = logging.getLogger(__name__)

# SQLite works inside the process: more threads only fight over the interpreter (measured: half the requests with 16).
# PostgreSQL is waited for.
THREADS = {"sqlite": 2, "postgresql": 16}
JSON = b"application/json; charset=utf-8"
# When limits are off, the headers show the windows of the largest plan, always fresh.
UNLIMITED: Headers = (
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
    price: Price
    pace: Pace


class Missing(NamedTuple):
    """An operation of the API that this server does not have (yet)."""

    name: str
    price: Price


class Answer(NamedTuple):
    """Status, headers and body, ready to send. Of a large file, ``rest`` reads what comes after ``body``."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: Iterator[bytes] | None = None


class Application:
    """Serves the companies of a platform over ASGI, within limits if there are any.

    ``visitor`` is whom every browser counts as without logging in: for companies that hold nothing of anybody.
    """

    def __init__(self, companies: Companies, *, visitor: Bearer | None = None, limits: Limits | None = None) -> None:
        self.companies = companies
        self.visitor = visitor
        self.limits = limits
        self._threads = ThreadPoolExecutor(
            THREADS[companies.platform.database.dialect], thread_name_prefix="dealwright"
        )
        self._router = build_router()
        # On SQLite the way to a thread and back takes longer than most reading, and readers wait for nobody. With limits an
        # answer may have to wait for the platform's writer.
        self._reads_at_once = companies.platform.database.dialect == "sqlite" and limits is None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one connection event of the ASGI server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            answer = await self._answer(scope, receive)
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            body = b"" if scope["method"] == "HEAD" else answer.body
            await send({"type": "http.response.body", "body": body, "more_body": answer.rest is not None})
            if answer.rest is not None:
                await self._send_rest(answer.rest, send)
            if self.limits is not None and self.limits.unsettled:
                # Nobody waits for this: the answer has gone.
                await asyncio.get_running_loop().run_in_executor(self._threads, self.limits.settle_due)

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(wait=True)

    async def _send_rest(self, rest: Iterator[bytes], send: Send) -> None:
        """Sends a file chunk by chunk; each is read in a thread when the one before has gone."""
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

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        request = Request(scope)
        if request.method not in ("GET", "HEAD"):
            await read_body(request, scope, receive)
        if self._reads_at_once and request.method == "GET" and self._is_quick(request.path):
            return self.respond(request)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.respond, request)

    def _is_quick(self, path: str) -> bool:
        """Whether what is asked for needs no thread. Content of files may come from far away."""
        route = self._router.find("GET", path).target
        return isinstance(route, Route) and route.pace.is_quick() and route.endpoint.answer is not Download

    def respond(self, request: Request) -> Answer:
        """The answer to a request whose body has been read."""
        addresses.belong_to(request)
        standing: list[tuple[bytes, bytes]] = [] if self.limits else [*UNLIMITED]
        try:
            answer = self._respond(request, standing)
        except Exception as error:
            answer = _failure(error, version_of(request.path), request.path)
            if answer.status >= 500 and not isinstance(error, HttpError):
                log.exception("%s %s failed", request.method, request.path)
        answer.headers.append((b"x-correlation-id", str(uuid.uuid4()).encode()))
        answer.headers.extend(standing)
        return answer

    def _respond(self, request: Request, standing: list[tuple[bytes, bytes]]) -> Answer:
        """The answer, without the headers that all have. ``standing`` takes those that say how the caller stands."""
        if request.path in openapi.PATHS:
            return _json(200, openapi.document(openapi.PATHS[request.path]))
        if request.path.startswith(public.PREFIX):
            return _file(request, public.answer(self.companies, request))
        if oauth.answers(request):
            standing.clear()
            if request.fault is not None:
                raise request.fault
            reply = oauth.answer(self.companies, self.visitor, request)
            length = (b"content-length", str(len(reply.content)).encode())
            return Answer(reply.status, [*reply.headers, length], reply.content)
        bearer = self._authenticate(request)
        method = "GET" if request.method == "HEAD" else request.method
        match = self._router.find(method, request.path)
        if self.limits is not None:
            token = request.access_token() or request.token() or ""
            verdict = self.limits.admit(bearer, token, method, match.target.price if match.target else FREE)
            standing.extend(verdict.headers)
            if not verdict.admitted:
                raise HttpError(429, "request over limit")
        if request.fault is not None:
            raise request.fault
        if not match.methods:
            raise HttpError(404, f"There is no such path: {request.path}")
        if match.target is None:
            allowed = ", ".join(match.methods).encode()
            raise HttpError(405, f"{request.method} is not allowed here", ((b"allow", allowed),))
        route = match.target
        if isinstance(route, Missing):
            raise HttpError(501, f"This server does not have {route.name} yet")
        endpoint = route.endpoint
        if bearer.app and not scopes.cover(bearer.app.scopes, endpoint.scopes, writes=endpoint.method != "GET"):
            raise OAuthRefused(403, "Scope and URL mismatch")
        arguments = _arguments(route, match.variables, request)

        def work(crm: Crm) -> Any:
            return route.handler(crm, **arguments)

        began = time.perf_counter()
        try:
            body = self.companies.run(
                bearer.company,
                bearer.user_id,
                work,
                write=endpoint.method != "GET",
                user_agent=request.header(b"user-agent"),
                app=bearer.app,
            )
        except Invalid as error:
            raise errors.as_declared(error, endpoint) from None
        except LookupError as error:
            if type(error) is LookupError:
                raise HttpError(401, "unauthorized access") from None
            raise
        if isinstance(body, Download):
            return _file(request, body)
        if request.selected is not None and endpoint.version == "v1":
            body = _select(body, request.selected)
        answer = _json(endpoint.status, body)
        route.pace.note(time.perf_counter() - began)
        return answer

    def _authenticate(self, request: Request) -> Bearer:
        access_token = request.access_token()
        if access_token is not None:
            found = self.companies.app_bearer(access_token)
            if found is None:
                challenge = (b"www-authenticate", b'Bearer error="invalid_token"')
                raise OAuthRefused(401, "Invalid token: access_token is invalid", (challenge,))
            return found
        token = request.token()
        bearer = self.companies.bearer(token) if token else None
        if bearer is None:
            raise HttpError(401, "unauthorized access", ((b"x-401-by-gw", b"true"),))
        return bearer


def build_router() -> Router[Route | Missing]:
    """Every endpoint of the API, v1 under both of its prefixes."""
    router: Router[Route | Missing] = Router()
    for entry in catalogue.entries().values():
        _add(router, entry.method, entry.path, Missing(entry.name, price(entry.path, entry.cost)))
    for endpoint, handler in handlers().values():
        variables = tuple(part[1:-1] for part in endpoint.path.split("/") if part.startswith("{"))
        _add(
            router,
            endpoint.method,
            endpoint.path,
            Route(endpoint, handler, variables, price(endpoint.path, endpoint.cost), Pace()),
        )
    return router


def _add(router: Router[Route | Missing], method: str, path: str, target: Route | Missing) -> None:
    router.add(method, path, target)
    if path.startswith("/v1/"):
        router.add(method, "/api" + path, target)


def version_of(path: str) -> Version:
    """The dialect to answer in; v1 unless the path says v2."""
    return "v2" if path.startswith(("/api/v2", "/v2")) else "v1"


def _arguments(route: Route, variables: tuple[str, ...], request: Request) -> dict[str, object]:
    """What a handler is called with. Raises `InvalidArguments`, and `HttpError` for a body of the wrong kind."""
    endpoint = route.endpoint
    given: dict[str, object] = {name: value for name, value in request.query.items() if name != "api_token"}
    given.update(zip(route.variables, variables, strict=True))
    arguments = read_parameters(endpoint, given, refuse_unknown=endpoint.version == "v2")
    if endpoint.body is not None:
        if endpoint.version == "v2" and endpoint.body_kind == "json" and request.is_form():
            raise HttpError(400, "The body must be JSON")
        arguments["data"] = read_declared_body(endpoint, request.body)
    return arguments


def _select(body: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """A v1 answer with only the selected members of each record."""
    data = body.get("data")
    if isinstance(data, list):
        # Records of a list may be JSON already, which cannot be looked into.
        found = orjson.loads(orjson.dumps(data))
        data = [{name: one[name] for name in names if name in one} for one in found if isinstance(one, dict)]
    elif isinstance(data, dict):
        data = {name: data[name] for name in names if name in data}
    return body | {"data": data}


def _failure(error: Exception, version: Version, path: str = "") -> Answer:
    status, envelope = errors.render(error, version, path)
    return _json(status, envelope, error.headers if isinstance(error, HttpError) else ())


def _json(status: int, body: object, more: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    content = orjson.dumps(body)
    described = ((b"content-type", JSON), (b"content-length", str(len(content)).encode()))
    return Answer(status, [*described, *more], content)


def _file(request: Request, download: Download) -> Answer:
    """A file; its first chunk is read here, so that one that cannot be read is an error like any other."""
    first = b"" if request.method == "HEAD" else next(download.content, b"")
    complete = request.method == "HEAD" or len(first) >= download.size
    return Answer(200, downloads.headers(download), first, None if complete else download.content)
