"""Sends a call over a connection and reads the answer. Every request of the connector goes through `Channel.send`.

Each request is booked in the budget before it leaves. It is sent again where `retry` allows that, or with a new token
where an OAuth connection's old one is refused.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cached_property
from typing import Any

import httpx2

from dealwright import _redaction
from dealwright.connectors import answers, auth, connections, embedded, grants, oauth, pace, retry, transport
from dealwright.connectors.answers import Answer
from dealwright.connectors.auth import Access
from dealwright.connectors.budget import Account, CostLimit
from dealwright.connectors.calls import PreparedRequest
from dealwright.connectors.connection_store import ConnectionStore
from dealwright.connectors.connections import Connection
from dealwright.connectors.driver import Driver
from dealwright.connectors.embedded import LocalCrm, Use
from dealwright.connectors.errors import (
    ApiError,
    Failure,
    RateLimited,
    TryLater,
    Unauthorized,
    Unavailable,
    UnusableConnection,
)
from dealwright.connectors.retry import Clock, RetryPolicy
from dealwright.connectors.token_refresh import TokenRefresher

DEFAULT_TIMEOUT_SECONDS = 30.0
MAX_REDIRECTS = 5
EMBEDDED_URL = "http://embedded"

_LOG = logging.getLogger(__name__)

# These fail before the request has left.
_NOT_SENT_ERRORS = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)


class Channel:
    """Sends calls to the service of a connection, from any thread, or from the tasks of one event loop: ``driver`` says which.

    ``account`` is that of the connection; it stays open when the channel is closed. ``store`` keeps the connection.
    ``application`` is the CRM that a connection to the embedded one leads to, by default that of its folder.
    """

    def __init__(
        self,
        connection: Connection,
        account: Account,
        *,
        timeout: float | None,
        retry_policy: RetryPolicy,
        clock: Clock,
        store: ConnectionStore,
        driver: Driver,
        application: LocalCrm | None = None,
    ) -> None:
        seconds = timeout or connection.timeout or DEFAULT_TIMEOUT_SECONDS
        options: dict[str, Any] = {}
        self._use: Use | None = None
        token, url = connection.token, connection.url
        if connection.kind == "embedded":
            if application is None:
                use = self._use = embedded.acquire(connection.folder)
                # Whoever forgets to close a client does not keep the CRM open.
                self._forgotten = weakref.finalize(self, use.abandon)
                self._forgotten.atexit = False
                application = LocalCrm(use.transport, use.token)
            token, url = application.token, EMBEDDED_URL
            # The transport outlives this channel, and there is no proxy in between.
            options = {"transport": driver.wrap(application.transport), "trust_env": False}
        self._access: Access | TokenRefresher
        if connection.grant:
            self._access = TokenRefresher(connection, store, seconds=seconds, clock=clock)
        elif token:
            self._access = Access(url, auth.api_token_header(token))
        else:
            raise UnusableConnection(f"Connection '{connection.name}' has no token")
        self._name = connection.name
        self._account = account
        self._retry_policy = retry_policy
        self._clock = clock
        self._driver = driver
        self._pace = pace.shared(connection, clock)
        self._allow_plain_http = connection.allow_plain_http
        self._embedded = connection.kind == "embedded"
        # In this process a failure recurs, unless a test has asked for it.
        self._fails_again = self._embedded and not (self._use and self._use.is_sandbox)
        provider = connection.grant.app.provider if connection.grant else url
        self._provider = grants.PIPEDRIVE_OAUTH_URL if connection.kind == "pipedrive" else provider
        self._timeout = seconds
        self._max_answer_bytes = transport.max_answer_bytes()
        self._http = driver.create_client(seconds, **options)

    async def close(self) -> None:
        """Closes the connections that are kept open."""
        await self._driver.close(self._http)
        if "_elsewhere" in self.__dict__:
            await self._driver.close(self._elsewhere)
        if self._use is not None:
            self._forgotten.detach()
            await self._driver.call(self._use.release)

    async def send(
        self, call: PreparedRequest, cost_limit: CostLimit | None = None, *, streams: bool = False
    ) -> Answer:
        """Sends a call, again where that can do no harm and may help, and returns the answer.

        With ``streams`` the body of the answer is an asynchronous iterator of its bytes, which are not kept; whoever reads it closes it.
        Raises `BadConnection`, `TryLater` and `ApiError` errors, and `BudgetExceeded`.
        """
        limit = cost_limit or CostLimit(None)
        may_replay = _is_burst_limited if self._fails_again else retry.replay_predicate(call.entry.method)
        until = self._clock.monotonic() + self._retry_policy.max_wait
        return await retry.call_with_retries(
            lambda: self._attempt(call, limit, until, streams),
            may_replay,
            self._retry_policy,
            self._clock,
            self._driver.sleep,
        )

    async def _attempt(self, call: PreparedRequest, cost_limit: CostLimit, until: float, streams: bool) -> Answer:
        # Consent and tokens of OAuth have a host and credentials of their own.
        if call.entry.path.startswith("/oauth/"):
            return await self._send(call, cost_limit, until, self._provider, None, streams)
        refresher = self._access
        if isinstance(refresher, Access):
            return await self._send(call, cost_limit, until, *refresher, streams)
        access = await self._get_access(call, refresher.current_access)
        try:
            return await self._send(call, cost_limit, until, *access, streams)
        except Unauthorized:
            # A request that was not authenticated has changed nothing.
            refreshed_access = await self._get_access(call, lambda: refresher.refresh(access))
        try:
            return await self._send(call, cost_limit, until, *refreshed_access, streams)
        except Unauthorized as error:
            raise self._unauthorized(call, error.failure, refresher) from None

    async def _get_access(self, call: PreparedRequest, get: Callable[[], Access]) -> Access:
        """Returns access by a grant.

        Raises the provider's errors as errors of the call, which has not been carried out.
        """
        assert isinstance(self._access, TokenRefresher)
        try:
            return await self._driver.call(get)
        except oauth.ProviderRefused as error:
            raise self._unauthorized(call, error.failure, self._access) from error
        except oauth.ProviderUnavailable as error:
            raise Unavailable(
                f"its access token cannot be renewed: {error.reason}",
                action=call.action,
                connection=self._name,
                may_have_run=False,
                failure=error.failure,
                retry_after=error.retry_after,
            ) from error

    def _unauthorized(self, call: PreparedRequest, failure: Failure, refresher: TokenRefresher) -> Unauthorized:
        return Unauthorized(failure, action=call.action, connection=self._name, reconnect=refresher.reconnect)

    async def _send(
        self,
        call: PreparedRequest,
        cost_limit: CostLimit,
        until: float,
        url: str,
        header: auth.Header | None,
        streams: bool,
    ) -> Answer:
        if self._use is not None:
            self._use.check()
        if not self._embedded:
            connections.check_encryption(url, allow_plain_http=self._allow_plain_http)
        cost = call.entry.cost
        cost_limit.check(call.action, self._name, cost)
        await self._wait_for_room(call, until)
        headers: Mapping[str, str] = {}
        is_refused = False
        try:
            await self._driver.call(self._account.reserve, call.action, cost)
            response, content = await self._exchange(call, url, header, cost_limit, streams)
            headers, is_refused = response.headers, response.status_code == 429
        finally:
            # The budget of a day is another limit, which is not waited for.
            is_one_too_many = is_refused and answers.rate_limit_wait(headers, cost)[0] == "burst"
            self._pace.leave(call.entry.path, self._clock.monotonic(), headers, is_refused=is_one_too_many)
        await self._settle(cost, headers, cost_limit, was_received=not is_refused)
        if response.has_redirect_location and call.endpoint.media_type != "text/html":
            failure = Failure(status=response.status_code, message=f"moved to {response.headers['location']}")
            raise ApiError(failure, action=call.action, connection=self._name)
        if content is None:
            return Answer(response.status_code, headers, self._stream(call, response), call.action)
        return answers.parse_response(call, self._name, response.status_code, headers, content)

    async def _wait_for_room(self, call: PreparedRequest, until: float) -> None:
        """Waits until the service takes another request. Raises `RateLimited` when that would be later than ``until``."""
        seconds = await self._pace.wait(call.entry.path, call.action, self._clock, until, self._driver.sleep)
        if seconds:
            failure = Failure(
                status=429, message="the service takes no more requests at present; this one was not sent"
            )
            raise RateLimited(failure, action=call.action, connection=self._name, window="burst", retry_after=seconds)

    async def _exchange(
        self, call: PreparedRequest, url: str, header: auth.Header | None, cost_limit: CostLimit, streams: bool
    ) -> tuple[httpx2.Response, bytes | None]:
        """Sends a request and returns the response with its content; None for one that streams. What has no answer is booked here."""
        cost = call.entry.cost
        started = time.perf_counter()
        _LOG.debug("> %s %s%s", call.entry.method, url, call.target)
        try:
            response = await self._request(call, url, header)
            content = None if streams and response.status_code < 300 else await self._read(response)
        except transport.AnswerTooLarge as error:
            await self._settle(cost, error.response.headers, cost_limit)
            failure = Failure(status=error.response.status_code, message=str(error))
            raise ApiError(failure, action=call.action, connection=self._name) from None
        except httpx2.HTTPError as error:
            was_received = not isinstance(error, _NOT_SENT_ERRORS)
            await self._settle(cost, {}, cost_limit, was_received=was_received)
            unavailable = self._unavailable(call, error)
            _LOG.info("%s on connection '%s': %s", call.action, self._name, unavailable.reason)
            raise unavailable from error
        if _LOG.isEnabledFor(logging.DEBUG):
            _LOG.debug("< %d %s", response.status_code, response.reason_phrase)
            for name, value in response.headers.multi_items():
                _LOG.debug("< %s: %s", name, _told(name, value))
        milliseconds = round((time.perf_counter() - started) * 1000)
        message = "%s on connection '%s': %s %s answered %d in %d ms, %d tokens"
        entry = call.entry
        _LOG.info(message, call.action, self._name, entry.method, entry.path, response.status_code, milliseconds, cost)
        return response, content

    async def _read(self, response: httpx2.Response) -> bytes:
        limit = self._max_answer_bytes
        return await transport.read_content(response, limit, self._driver.pieces, self._driver.close)

    async def _stream(self, call: PreparedRequest, response: httpx2.Response) -> AsyncIterator[bytes]:
        """Yields the content of an answer, and closes it at its end. Raises `Unavailable` where it breaks off."""
        try:
            async for piece in transport.decoded(response, self._driver.pieces):
                yield piece
        except httpx2.HTTPError as error:
            raise self._unavailable(call, error) from error
        finally:
            await self._driver.close(response)

    async def _settle(
        self, cost: int, headers: Mapping[str, str], cost_limit: CostLimit, *, was_received: bool = True
    ) -> None:
        await self._driver.call(lambda: self._account.settle(cost, headers, was_received=was_received))
        cost_limit.spent += cost if was_received else 0

    async def _request(self, call: PreparedRequest, url: str, header: auth.Header | None) -> httpx2.Response:
        request = self._http.build_request(
            call.entry.method,
            url + call.target,
            headers=call.headers,
            content=call.content,
            data=call.fields or None,
            files={name: (file.filename, file.content, file.content_type) for name, file in call.files.items()} or None,
        )
        response = await self._driver.send(self._http, request, header)
        if call.entry.method == "GET" and call.endpoint.media_type != "text/html":
            response = await self._follow_redirects(response, _origin(request.url), header)
        return response

    async def _follow_redirects(
        self, response: httpx2.Response, own_origin: tuple[str, str, int | None], header: auth.Header | None
    ) -> httpx2.Response:
        """Follows redirects and returns the last response; the token goes to the connection's own host only."""
        for _ in range(MAX_REDIRECTS):
            following = response.next_request
            if following is None or following.url.scheme not in ("http", "https"):
                break
            await self._driver.close(response)
            if header is not None:
                following.headers.pop(header.name, None)
            at_home = _origin(following.url) == own_origin
            if at_home:
                response = await self._driver.send(self._http, following, header)
            else:
                response = await self._driver.send(self._elsewhere, following, None)
        return response

    @cached_property
    def _elsewhere(self) -> Any:
        """The client for hosts that are not the connection's, which never get the token and are never the embedded CRM."""
        return self._driver.create_client(self._timeout)

    def _unavailable(self, call: PreparedRequest, error: httpx2.HTTPError) -> Unavailable:
        sent = not isinstance(error, _NOT_SENT_ERRORS)
        reason = "no answer in time" if isinstance(error, httpx2.TimeoutException) else str(error) or repr(error)
        may_have_run = sent and call.entry.method != "GET"
        return Unavailable(reason, action=call.action, connection=self._name, may_have_run=may_have_run)


def _is_burst_limited(error: TryLater) -> bool:
    """Whether an error of the embedded CRM may pass.

    Only a rate limit does; any other failure in this process recurs.
    """
    return isinstance(error, RateLimited) and error.window == "burst"


def _told(header: str, value: str) -> str:
    """Returns the value of a header without what lets others in: an address may be signed."""
    return _redaction.REDACTED if header == "location" or _redaction.is_secret(header) else value


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
