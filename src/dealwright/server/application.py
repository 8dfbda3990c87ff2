"""The ASGI application: one request in, one unit of work, one answer out.

The event loop reads requests and writes answers. Everything between (token, validation, rules, JSON) runs
synchronously, in a thread unless it takes less time than switching to one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from functools import partial
from typing import Any

import orjson

from dealwright._lost_answers import AnswerLost
from dealwright.contract.body_parser import read_body as read_declared_body
from dealwright.contract.endpoint import Download, EventStream, Redirect
from dealwright.contract.parameter_parser import read_parameters
from dealwright.contract.sandbox.faults import Fault
from dealwright.crm.companies import Companies, InactiveUser, ReadTooLong, run_with_short_reads
from dealwright.crm.errors import Invalid
from dealwright.crm.history import rehearsal
from dealwright.crm.integration import run_ids
from dealwright.crm.kernel import access
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import Principal
from dealwright.server import errors, faults, health, oauth, openapi, request_log, responses, urls
from dealwright.server.admission import UNLIMITED_HEADERS, Admission, Admissions
from dealwright.server.binding import Caller
from dealwright.server.change_streams import ChangeStreams
from dealwright.server.errors import HttpError
from dealwright.server.input_limits import BodyLimits
from dealwright.server.limits import RateLimiter
from dealwright.server.request_bodies import ClientDisconnect, ReceivedBody, read_body
from dealwright.server.requests import Receive, Request, Scope, Send
from dealwright.server.responses import Listener, Response
from dealwright.server.routes import Route, build_router
from dealwright.server.sandbox_controls import Sandbox
from dealwright.server.sending import AnswerSender
from dealwright.server.v1 import refusals
from dealwright.server.web_app import WebApp

# SQLite works inside the process: more threads only compete for the interpreter (measured: half the requests with 16).
# With PostgreSQL, threads wait for the database.
THREADS = {"sqlite": 2, "postgresql": 16}
# Preparations that wait (pictures, content of files, names) have threads of their own, so that nothing else waits for them.
PREPARING_THREADS = 4
# What calls other servers, or this one, waits in threads of its own: the answer of this one comes from the others.
WAITING_THREADS = 16
API_PREFIXES = ("/v1/", "/api/")
LENIENT_VERSIONS = ("v1", "abstra")
"""The versions that ignore parameters which they do not know."""

Mounted = Callable[[Scope, Receive, Send, str], Awaitable[None]]
"""An ASGI application that is told the address of this server, too, as its clients know it."""


class Application:
    """Serves the companies of a platform over ASGI, within limits if there are any.

    ``auto_login`` is the user that the OAuth pages act for without a log-in; only for throw-away companies. ``web_app`` is
    what browsers get; inside another program there is none. A ``sandbox`` has a clock and faults that tests move.
    """

    def __init__(
        self,
        companies: Companies,
        *,
        auto_login: Principal | None = None,
        limits: RateLimiter | None = None,
        body_limits: BodyLimits | None = None,
        web_app: WebApp | None = None,
        sandbox: Sandbox | None = None,
    ) -> None:
        self.companies = companies
        self.auto_login = auto_login
        self.limits = limits
        self._web_app = web_app
        self._body_limits = body_limits or BodyLimits()
        self._threads = ThreadPoolExecutor(
            THREADS[companies.platform.database.dialect], thread_name_prefix="dealwright"
        )
        self._preparing_threads = ThreadPoolExecutor(PREPARING_THREADS, thread_name_prefix="dealwright-preparing")
        self._waiting_threads = ThreadPoolExecutor(WAITING_THREADS, thread_name_prefix="dealwright-waiting")
        self._sender = AnswerSender(self._threads, self._body_limits.max_waiting_bytes)
        self._sandbox = sandbox
        self._router = build_router(is_sandbox=sandbox is not None)
        self._admissions = Admissions(
            companies, self._router, limits, openapi.SANDBOX_PATHS if sandbox else openapi.PATHS
        )
        self._change_streams = ChangeStreams(companies)
        self._mounted: dict[str, Mounted] = {}
        self.health = health.Health(companies)
        # On SQLite the way to a thread and back takes longer than most reading, and readers never wait. With limits, an
        # answer may have to wait for the platform's writer.
        self._reads_on_event_loop = companies.platform.database.dialect == "sqlite" and limits is None

    def mount(self, path: str, application: Mounted) -> None:
        """Has another application answer the requests for a path."""
        self._mounted[path] = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one connection event of the ASGI server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            started_at = time.perf_counter()
            request = Request(scope)
            request_log.current.set(request)
            status = 500
            try:
                status = await self._serve(request, receive, send)
            except ClientDisconnect:
                status = request_log.CLIENT_LEFT
            except AnswerLost:
                status = request_log.CLIENT_LEFT
                raise
            finally:
                request.route = request.route or self._admissions.route_name(request)
                request_log.record(request, status, (request.answered_at or time.perf_counter()) - started_at)
            if self.limits is not None and self.limits.needs_flush:
                # The answer has been sent, so that the client does not wait for this. It is no part of the request.
                await asyncio.get_running_loop().run_in_executor(self._threads, Context().run, self.limits.flush_due)

    async def _serve(self, request: Request, receive: Receive, send: Send) -> int:
        """Answers a request and returns the status."""
        mounted = self._mounted.get(request.path)
        if mounted is not None and request.host_error is None:
            return await _serve_mounted(mounted, request, receive, send)
        if self._sandbox is not None and (fault := self._find_fault(self._sandbox, request)) is not None:
            return await self._serve_with_fault(self._sandbox, fault, request, receive, send)
        return await self._answer(request, receive, send)

    async def _answer(self, request: Request, receive: Receive, send: Send) -> int:
        """Answers a request by its route and returns the status."""
        response = await self._respond_to_all(request, receive)
        if response.stream is not None:
            request.answered_at = time.perf_counter()
            await self._change_streams.serve(response, request.scope, receive, send)
            return response.status
        return await self._sender.send(request, response, send)

    async def _respond_to_all(self, request: Request, receive: Receive) -> Response:
        """Returns the answer to a request; errors become answers."""
        try:
            return await self._handle(request, receive)
        except ClientDisconnect:
            raise
        except Exception as error:
            return responses.with_headers(request, responses.failure(request, error))

    def _find_fault(self, sandbox: Sandbox, request: Request) -> Fault | None:
        """Returns the fault that a request to the API of the vendor meets."""
        if not request.path.startswith(API_PREFIXES):
            return None
        method = "GET" if request.method == "HEAD" else request.method
        route = self._router.find(method, request.path).target
        return sandbox.faults.take(route.endpoint) if route is not None else None

    async def _serve_with_fault(
        self, sandbox: Sandbox, fault: Fault, request: Request, receive: Receive, send: Send
    ) -> int:
        """Answers a request that meets a fault and returns the status. Raises `AnswerLost`."""
        error = faults.error_of(fault, request, sandbox.clock())
        if error is not None:
            failure = responses.failure(request, error)
            limit_headers = [
                header for header in UNLIMITED_HEADERS if header[0] not in {name for name, _ in failure.headers}
            ]
            return await self._sender.send(request, responses.with_headers(request, failure, limit_headers), send)
        respond = partial(self._answer, request, receive, send)
        return await faults.serve(fault, request, receive, respond, partial(self._respond_to_all, request, receive))

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(wait=True)
        self._preparing_threads.shutdown(wait=True)
        self._waiting_threads.shutdown(wait=True)
        self._change_streams.close()
        self.health.close()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _handle(self, request: Request, receive: Receive) -> Response:
        if request.path in health.PATHS:
            return await self._answer_health(request)
        if self._web_app is not None and (page := self._web_app.respond(request)) is not None:
            page.headers.append((b"x-correlation-id", request.correlation_id.encode()))
            return page
        if self._reads_on_event_loop and request.method == "GET" and self._is_fast(request.path):
            try:
                return run_with_short_reads(self.respond, request)
            except ReadTooLong:
                pass
        in_thread = partial(asyncio.get_running_loop().run_in_executor, self._threads_for(request))
        if request.method in ("GET", "HEAD"):
            return await in_thread(self.respond, request)
        # Nothing of a body is read before its sender is known.
        if self._reads_on_event_loop and request.path.startswith(API_PREFIXES):
            admission = self.admit(request)
        else:
            admission = await in_thread(self.admit, request)
        if isinstance(admission, Response):
            return admission
        body = await read_body(request, receive, self._body_limits, in_thread)
        try:
            return await in_thread(self.respond_to, request, admission, body)
        finally:
            if body is not None:
                body.close()

    async def _answer_health(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            error = HttpError(405, f"{request.method} is not allowed here", ((b"allow", b"GET"),))
            return responses.with_headers(request, responses.failure(request, error))
        status, body = await self.health.answer(request.path)
        retry_after = ((b"retry-after", health.RETRY_AFTER),) if status == 503 else ()
        response = responses.json_response(status, body, ((b"cache-control", b"no-store"), *retry_after))
        return responses.with_headers(request, response)

    def _is_fast(self, path: str) -> bool:
        """Whether a GET of this path runs on the event loop. Downloads do not, because files may be stored far away."""
        route = self._router.find("GET", path).target
        if route is None or not route.latency.is_fast():
            return False
        return route.endpoint.response_type is not Download and not (
            route.gets_session or route.gets_caller or route.gets_sandbox
        )

    def _threads_for(self, request: Request) -> ThreadPoolExecutor:
        """Returns the threads for a request: others for one that may wait."""
        route = self._router.find(request.method, request.path).target
        if route is None:
            return self._waiting_threads if oauth.waits(request) else self._threads
        if route.waits_for_others:
            return self._waiting_threads
        waits = request.method != "GET" and route.preparation is not None and route.preparation.waits
        return self._preparing_threads if waits else self._threads

    def respond(self, request: Request) -> Response:
        """Returns the answer to a request whose body has been read; errors become answers."""
        admission = self.admit(request)
        return admission if isinstance(admission, Response) else self._respond(request, admission, None)

    def admit(self, request: Request) -> Admission | Response:
        """Returns who asks for what, or the answer to a request that needs no body for it. Looks at the head alone."""
        _enter(request)
        limit_headers: list[tuple[bytes, bytes]] = [] if self.limits else [*UNLIMITED_HEADERS]
        try:
            admission = self._admissions.admit(request, limit_headers, self.auto_login)
        except ReadTooLong:
            raise
        except Exception as error:
            admission = responses.failure(request, error)
        if isinstance(admission, Response):
            return responses.with_headers(request, admission, limit_headers)
        return admission

    def respond_to(self, request: Request, admission: Admission, body: ReceivedBody | None) -> Response:
        """Returns the answer to a request that was admitted and whose body has been read; errors become answers."""
        # Another thread has admitted it.
        _enter(request)
        return self._respond(request, admission, body)

    def _respond(self, request: Request, admission: Admission, body: ReceivedBody | None) -> Response:
        try:
            if request.read_error is not None:
                raise request.read_error
            if body is not None:
                request.body = body.decode()
            response = self._call_endpoint(request, admission)
        except ReadTooLong:
            raise
        except Exception as error:
            response = responses.failure(request, error)
        return responses.with_headers(request, response, admission.limit_headers)

    def _call_endpoint(self, request: Request, admission: Admission) -> Response:
        """Returns the answer without the headers that all have."""
        route = admission.route
        if route is None:
            oauth_response = oauth.handle(self.companies, self.auto_login, request)
            length = (b"content-length", str(len(oauth_response.body)).encode())
            return Response(oauth_response.status, [*oauth_response.headers, length], oauth_response.body)
        endpoint = route.endpoint
        arguments = _arguments(route, admission.variables, request)

        # Not the time that passes: while others compute, all routes would look slow.
        started_at = time.thread_time()
        try:
            if route.gets_session:
                body = route.handler(admission.browser, **arguments)
            elif route.gets_sandbox:
                body = route.handler(self._sandbox, **arguments)
            elif route.gets_caller:
                body = self._run_for_caller(route, admission.principal, request, arguments)
            else:
                assert admission.principal is not None
                body = self._run(route, admission.principal, request, arguments)
        except Invalid as error:
            raise errors.with_declared_names(error, endpoint) from None
        except InactiveUser:
            raise HttpError(401, "unauthorized access") from None
        if isinstance(body, Download):
            return responses.file_response(request, body)
        if isinstance(body, Redirect):
            return responses.redirect(endpoint.status, body)
        if isinstance(body, EventStream):
            assert admission.principal is not None
            assert admission.browser is not None
            listener = Listener(admission.principal, admission.browser.session_id, body.after)
            return responses.event_stream_response(request, listener)
        if request.selected_fields is not None and endpoint.version == "v1":
            body = _select_fields(body, request.selected_fields)
        cookie_headers = admission.browser.cookie_headers if admission.browser and route.gets_session else ()
        response = responses.json_response(endpoint.status, body, cookie_headers)
        if endpoint.revalidated:
            response = responses.revalidated(request, response)
        route.latency.observe(time.thread_time() - started_at)
        return response

    def _run(self, route: Route, principal: Principal, request: Request, arguments: dict[str, object]) -> Any:
        """Returns what the handler of a route returns, after its preparation if it has one."""
        user_agent = request.header(b"user-agent")
        try:
            if route.preparation is None:
                return self._run_handler(route, principal, request, (), arguments)
            with self.companies.preparation(
                principal.company, principal.user_id, user_agent=user_agent, app=principal.app, source=principal.source
            ) as preparation:
                prepared = route.preparation.prepare(preparation, **arguments)
                return self._run_handler(route, principal, request, (prepared,), arguments, preparation)
        except rehearsal.Rehearsed as end:
            return {"success": True, "data": end.rehearsal.show()}

    def _run_for_caller(
        self, route: Route, principal: Principal | None, request: Request, arguments: dict[str, object]
    ) -> Any:
        """Returns what a handler returns that gets the caller, who must be an active user and may use the API."""
        assert principal is not None
        with self.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
            access.require_permission(crm, "can_use_api")
        return route.handler(Caller(self.companies, principal, request.token() or ""), **arguments)

    def _run_handler(
        self,
        route: Route,
        principal: Principal,
        request: Request,
        prepared: tuple[object, ...],
        arguments: dict[str, object],
        preparation: Preparation | None = None,
    ) -> Any:
        """Runs a handler in a unit of work, and in a second one when the first conflicted; returns its result."""
        run_id = _run_id(request, principal)
        wish = rehearsal.unseal(principal, run_id, request.header(rehearsal.HEADER.encode()))
        for attempt in self.companies.attempts(
            principal.company,
            principal.user_id,
            write=route.endpoint.method != "GET",
            user_agent=request.header(b"user-agent"),
            app=principal.app,
            run_id=run_id,
            source=principal.source,
            new_files=preparation.new_files if preparation else None,
        ):
            with attempt as crm:
                # Apps are let in by what users have granted to them.
                if principal.app is None and route.endpoint.version != "app":
                    access.require_permission(crm, "can_use_api")
                body = route.handler(crm, *prepared, **arguments)
                if wish is not None:
                    rehearsal.finish(crm, wish)
        return body


async def _serve_mounted(mounted: Mounted, request: Request, receive: Receive, send: Send) -> int:
    """Has another application answer a request; returns the status."""
    _enter(request)
    request.route = request.path
    status = 500

    async def send_on(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            own = (b"x-correlation-id", request.correlation_id.encode())
            message = {**message, "headers": [*message.get("headers", ()), own]}
        await send(message)

    await mounted(request.scope, receive, send_on, urls.base_url())
    return status


def _run_id(request: Request, principal: Principal) -> str | None:
    """Returns the id of the run that a request is part of; None when it says none that was sealed for its user."""
    stated = request.header(run_ids.HEADER.encode())
    if not stated:
        return None
    if principal.source == "app":
        # Somebody who is signed in may name a run of his own as he likes: nobody takes back what others did under its name.
        return run_ids.plain_id(stated)
    return run_ids.unseal(principal.company, principal.user_id, stated)


def _enter(request: Request) -> None:
    """Makes a request the current one, in the thread that goes on with it."""
    request_log.current.set(request)
    urls.set_base_url(request)


def _arguments(route: Route, variables: tuple[str, ...], request: Request) -> dict[str, object]:
    """Returns the arguments of a handler. Raises `InvalidArguments`, and `HttpError` for a body of the wrong kind."""
    endpoint = route.endpoint
    provided: dict[str, object] = {name: value for name, value in request.query.items() if name != "api_token"}
    provided.update(zip(route.variables, variables, strict=True))
    provided.update(
        (name, value) for name in route.headers if (value := request.header(name.lower().encode())) is not None
    )
    arguments = read_parameters(endpoint, provided, refuse_unknown=endpoint.version not in LENIENT_VERSIONS)
    if endpoint.body is not None:
        if endpoint.version != "v1" and endpoint.body_kind == "json" and request.is_form():
            raise HttpError(400, "The body must be JSON")
        if endpoint.version == "v1":
            refusals.check_uploads(endpoint, request.body)
        arguments["data"] = read_declared_body(endpoint, request.body)
        if endpoint.version == "v1":
            refusals.check_update(endpoint, request.body)
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
