"""Sends a call over a connection and reads the answer. Every request of the connector goes through `Channel.send`.

Each request is booked in the budget before it leaves. It is sent again where `retry` allows that, or with a new token
where an OAuth connection's old one is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import httpx2

from dealwright.connectors import answers, auth, connections, embedded, grants, oauth, retry, transport
from dealwright.connectors.answers import Answer
from dealwright.connectors.auth import Access
from dealwright.connectors.budget import Account, CostLimit
from dealwright.connectors.calls import PreparedRequest
from dealwright.connectors.connection_store import ConnectionStore
from dealwright.connectors.connections import Connection
from dealwright.connectors.embedded import LocalCrm
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

# These fail before the request has left.
_NOT_SENT_ERRORS = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)


class Channel:
    """Sends calls to the service of a connection, from any thread.

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
        application: LocalCrm | None = None,
    ) -> None:
        seconds = timeout or connection.timeout or DEFAULT_TIMEOUT_SECONDS
        options: dict[str, Any] = {}
        token, url = connection.token, connection.url
        if connection.kind == "embedded":
            open_application = application or embedded.get_or_open(connection.folder)
            token, url = open_application.token, EMBEDDED_URL
            # The transport outlives this channel, and there is no proxy in between.
            options = {"transport": _Shared(open_application.transport), "trust_env": False}
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
        self._allow_plain_http = connection.allow_plain_http
        self._embedded = connection.kind == "embedded"
        provider = connection.grant.app.provider if connection.grant else url
        self._provider = grants.PIPEDRIVE_OAUTH_URL if connection.kind == "pipedrive" else provider
        self._timeout = seconds
        self._max_answer_bytes = transport.max_answer_bytes()
        self._http = transport.create_client(seconds, **options)

    def close(self) -> None:
        """Closes the connections that are kept open."""
        self._http.close()
        if "_elsewhere" in self.__dict__:
            self._elsewhere.close()

    def send(self, call: PreparedRequest, cost_limit: CostLimit | None = None) -> Answer:
        """Sends a call, again where that can do no harm and may help, and returns the answer.

        Raises `BadConnection`, `TryLater` and `ApiError` errors, and `BudgetExceeded`.
        """
        limit = cost_limit or CostLimit(None)
        may_replay = _is_burst_limited if self._embedded else retry.replay_predicate(call.entry.method)
        return retry.call_with_retries(lambda: self._attempt(call, limit), may_replay, self._retry_policy, self._clock)

    def _attempt(self, call: PreparedRequest, cost_limit: CostLimit) -> Answer:
        # Consent and tokens of OAuth have a host and credentials of their own.
        if call.entry.path.startswith("/oauth/"):
            return self._send(call, cost_limit, self._provider, None)
        refresher = self._access
        if isinstance(refresher, Access):
            return self._send(call, cost_limit, *refresher)
        access = self._get_access(call, refresher.current_access)
        try:
            return self._send(call, cost_limit, *access)
        except Unauthorized:
            # A request that was not authenticated has changed nothing.
            refreshed_access = self._get_access(call, lambda: refresher.refresh(access))
        try:
            return self._send(call, cost_limit, *refreshed_access)
        except Unauthorized as error:
            raise self._unauthorized(call, error.failure, refresher) from None

    def _get_access(self, call: PreparedRequest, get: Callable[[], Access]) -> Access:
        """Returns access by a grant.

        Raises the provider's errors as errors of the call, which has not been carried out.
        """
        assert isinstance(self._access, TokenRefresher)
        try:
            return get()
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

    def _send(self, call: PreparedRequest, cost_limit: CostLimit, url: str, header: auth.Header | None) -> Answer:
        if not self._embedded:
            connections.check_encryption(url, allow_plain_http=self._allow_plain_http)
        cost = call.entry.cost
        cost_limit.check(call.action, self._name, cost)
        self._account.reserve(call.action, cost)
        try:
            response = self._request(call, url, header)
            content = transport.read_content(response, self._max_answer_bytes)
        except transport.AnswerTooLarge as error:
            self._account.settle(cost, error.response.headers, was_received=True)
            cost_limit.spent += cost
            failure = Failure(status=error.response.status_code, message=str(error))
            raise ApiError(failure, action=call.action, connection=self._name) from None
        except httpx2.HTTPError as error:
            was_received = not isinstance(error, _NOT_SENT_ERRORS)
            self._account.settle(cost, {}, was_received=was_received)
            cost_limit.spent += cost if was_received else 0
            raise self._unavailable(call, error) from error
        was_received = response.status_code != 429
        self._account.settle(cost, response.headers, was_received=was_received)
        cost_limit.spent += cost if was_received else 0
        if response.has_redirect_location and call.endpoint.media_type != "text/html":
            failure = Failure(status=response.status_code, message=f"moved to {response.headers['location']}")
            raise ApiError(failure, action=call.action, connection=self._name)
        return answers.parse_response(call, self._name, response.status_code, response.headers, content)

    def _request(self, call: PreparedRequest, url: str, header: auth.Header | None) -> httpx2.Response:
        request = self._http.build_request(
            call.entry.method,
            url + call.target,
            headers=call.headers,
            content=call.content,
            data=call.fields or None,
            files={name: (file.filename, file.read(), file.content_type) for name, file in call.files.items()} or None,
        )
        response = self._http.send(request, auth=header, stream=True)
        if call.entry.method == "GET" and call.endpoint.media_type != "text/html":
            response = self._follow_redirects(response, _origin(request.url), header)
        return response

    def _follow_redirects(
        self, response: httpx2.Response, own_origin: tuple[str, str, int | None], header: auth.Header | None
    ) -> httpx2.Response:
        """Follows redirects and returns the last response; the token goes to the connection's own host only."""
        for _ in range(MAX_REDIRECTS):
            following = response.next_request
            if following is None or following.url.scheme not in ("http", "https"):
                break
            response.close()
            if header is not None:
                following.headers.pop(header.name, None)
            at_home = _origin(following.url) == own_origin
            if at_home:
                response = self._http.send(following, auth=header, stream=True)
            else:
                response = self._elsewhere.send(following, stream=True)
        return response

    @cached_property
    def _elsewhere(self) -> httpx2.Client:
        """The client for hosts that are not the connection's, which never get the token and are never the embedded CRM."""
        return transport.create_client(self._timeout)

    def _unavailable(self, call: PreparedRequest, error: httpx2.HTTPError) -> Unavailable:
        sent = not isinstance(error, _NOT_SENT_ERRORS)
        reason = "no answer in time" if isinstance(error, httpx2.TimeoutException) else str(error) or repr(error)
        may_have_run = sent and call.entry.method != "GET"
        return Unavailable(reason, action=call.action, connection=self._name, may_have_run=may_have_run)


class _Shared(httpx2.BaseTransport):
    """A transport that stays open when the client that uses it is closed."""

    def __init__(self, transport: httpx2.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._transport.handle_request(request)


def _is_burst_limited(error: TryLater) -> bool:
    """Whether an error of the embedded CRM may pass.

    Only a rate limit does; any other failure in this process recurs.
    """
    return isinstance(error, RateLimited) and error.window == "burst"


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
