"""Sends a call over a connection and reads the answer. Every request of the connector goes through `Channel.send`.

There it is entered into the budget before it leaves, and sent again where `retry` says so, or with a new token where the
old one of an OAuth connection is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2

from dealwright.connectors import answers, auth, embedded, grants, oauth, retry, transport
from dealwright.connectors.answers import Answer
from dealwright.connectors.auth import Access
from dealwright.connectors.budget import Allowance, Ledger
from dealwright.connectors.calls import Call
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import (
    ApiError,
    Failure,
    RateLimited,
    TryLater,
    Unauthorized,
    Unavailable,
    UnusableConnection,
)
from dealwright.connectors.renewal import Renewal
from dealwright.connectors.retry import Clock, Patience

SECONDS = 30.0
REDIRECTS = 5
EMBEDDED = "http://embedded"

# These fail before the request has left.
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)


class Channel:
    """A way to the service of a connection, for many calls from any thread.

    ``ledger`` is the account of the connection; it stays open when the channel is closed.
    """

    def __init__(
        self, connection: Connection, ledger: Ledger, *, timeout: float | None, patience: Patience, clock: Clock
    ) -> None:
        seconds = timeout or connection.timeout or SECONDS
        options: dict[str, Any] = {}
        token, url = connection.token, connection.url
        if connection.kind == "embedded":
            opened = embedded.opened(connection.folder)
            token, url = opened.token, EMBEDDED
            # Its transport outlives this channel, and no proxy lies between.
            options = {"transport": _Shared(opened.transport), "trust_env": False}
        self._access: Access | Renewal
        if connection.grant:
            self._access = Renewal(connection, seconds=seconds, clock=clock)
        elif token:
            self._access = Access(url, auth.api_token(token))
        else:
            raise UnusableConnection(f"Connection '{connection.name}' has no token")
        self._name = connection.name
        self._ledger = ledger
        self._patience = patience
        self._clock = clock
        self._embedded = connection.kind == "embedded"
        provider = connection.grant.app.provider if connection.grant else url
        self._provider = grants.PIPEDRIVE if connection.kind == "pipedrive" else provider
        self._seconds = seconds
        self._http = transport.client(seconds, **options)

    def close(self) -> None:
        """Closes the connections that are kept open."""
        self._http.close()

    def send(self, call: Call, allowance: Allowance | None = None) -> Answer:
        """Sends a call, again where that can do no harm and may help.

        Raises `BadConnection`, `TryLater` and `ApiError` errors, and `BudgetExceeded`.
        """
        allowed = allowance or Allowance(None)
        may_replay = _if_limited if self._embedded else retry.harmless(call.entry.method)
        return retry.carry_out(lambda: self._attempt(call, allowed), may_replay, self._patience, self._clock)

    def _attempt(self, call: Call, allowance: Allowance) -> Answer:
        # Consent and tokens of OAuth have a host and credentials of their own.
        if call.entry.path.startswith("/oauth/"):
            return self._send(call, allowance, self._provider, None)
        renewal = self._access
        if isinstance(renewal, Access):
            return self._send(call, allowance, *renewal)
        access = self._granted(call, renewal.current)
        try:
            return self._send(call, allowance, *access)
        except Unauthorized:
            # Whoever is not let in has carried nothing out.
            renewed = self._granted(call, lambda: renewal.renewed(access))
        try:
            return self._send(call, allowance, *renewed)
        except Unauthorized as error:
            raise self._unauthorized(call, error.failure, renewal) from None

    def _granted(self, call: Call, get: Callable[[], Access]) -> Access:
        """Access by a grant; what is wrong with that is said as an error of the call, which has not been carried out."""
        assert isinstance(self._access, Renewal)
        try:
            return get()
        except oauth.Refused as error:
            raise self._unauthorized(call, error.failure, self._access) from error
        except oauth.Unheard as error:
            raise Unavailable(
                f"its access token cannot be renewed: {error.reason}",
                action=call.action,
                connection=self._name,
                may_have_run=False,
                failure=error.failure,
                retry_after=error.retry_after,
            ) from error

    def _unauthorized(self, call: Call, failure: Failure, renewal: Renewal) -> Unauthorized:
        return Unauthorized(failure, action=call.action, connection=self._name, reconnect=renewal.reconnect)

    def _send(self, call: Call, allowance: Allowance, url: str, header: auth.Header | None) -> Answer:
        cost = call.entry.cost
        allowance.check(call.action, self._name, cost)
        self._ledger.reserve(call.action, cost)
        try:
            response = self._exchange(call, url, header)
        except httpx2.HTTPError as error:
            heard = not isinstance(error, _NOT_SENT)
            self._ledger.settle(cost, {}, heard=heard)
            allowance.spent += cost if heard else 0
            raise self._unavailable(call, error) from error
        heard = response.status_code != 429
        self._ledger.settle(cost, response.headers, heard=heard)
        allowance.spent += cost if heard else 0
        if response.has_redirect_location and call.endpoint.media_type != "text/html":
            failure = Failure(status=response.status_code, message=f"moved to {response.headers['location']}")
            raise ApiError(failure, action=call.action, connection=self._name)
        return answers.read(call, self._name, response.status_code, response.headers, response.content)

    def _exchange(self, call: Call, url: str, header: auth.Header | None) -> httpx2.Response:
        request = self._http.build_request(
            call.entry.method,
            url + call.target,
            headers=call.headers,
            content=call.content,
            data=call.fields or None,
            files={name: (file.filename, file.content, file.content_type) for name, file in call.files.items()} or None,
        )
        response = self._http.send(request, auth=header)
        if call.entry.method == "GET" and call.endpoint.media_type != "text/html":
            response = self._follow(response, _origin(request.url), header)
        return response

    def _follow(
        self, response: httpx2.Response, own: tuple[str, str, int | None], header: auth.Header | None
    ) -> httpx2.Response:
        """Goes where redirects lead; the token stays with the host that it is for."""
        for _ in range(REDIRECTS):
            if response.next_request is None:
                break
            following = response.next_request
            if header is not None:
                following.headers.pop(header.name, None)
            at_home = _origin(following.url) == own
            response = self._http.send(following, auth=header) if at_home else self._send_elsewhere(following)
        return response

    def _send_elsewhere(self, request: httpx2.Request) -> httpx2.Response:
        """Sends to a host that is not the connection's: not into the embedded application, and without its token."""
        with transport.client(self._seconds) as http:
            return http.send(request)

    def _unavailable(self, call: Call, error: httpx2.HTTPError) -> Unavailable:
        sent = not isinstance(error, _NOT_SENT)
        reason = "no answer in time" if isinstance(error, httpx2.TimeoutException) else str(error) or repr(error)
        may_have_run = sent and call.entry.method != "GET"
        return Unavailable(reason, action=call.action, connection=self._name, may_have_run=may_have_run)


class _Shared(httpx2.BaseTransport):
    """A transport that stays open when the client that uses it is closed."""

    def __init__(self, transport: httpx2.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._transport.handle_request(request)


def _if_limited(error: TryLater) -> bool:
    """What fails in this very process fails again; only a limit passes."""
    return isinstance(error, RateLimited) and error.window == "burst"


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
