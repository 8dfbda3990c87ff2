"""Sends a call over a connection and reads the answer. Every request of the connector goes through `Channel.send`.

There it is entered into the budget before it leaves, and sent again where `retry` says so.
"""

from __future__ import annotations

from typing import Any

import httpx2

from dealwright._version import __version__
from dealwright.connectors import answers, auth, embedded, retry
from dealwright.connectors.answers import Answer
from dealwright.connectors.budget import Allowance, Ledger
from dealwright.connectors.calls import Call
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import ApiError, Failure, RateLimited, TryLater, Unavailable, UnusableConnection
from dealwright.connectors.retry import Clock, Patience

SECONDS = 30.0
SECONDS_TO_CONNECT = 10.0
REDIRECTS = 5
OAUTH = "https://oauth.pipedrive.com"
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
        options: dict[str, Any] = {
            "headers": {"user-agent": f"dealwright/{__version__}", "accept": "application/json, */*;q=0.5"},
            "timeout": httpx2.Timeout(seconds, connect=min(seconds, SECONDS_TO_CONNECT)),
        }
        token = connection.token
        self._url = connection.url
        if connection.kind == "embedded":
            opened = embedded.opened(connection.folder)
            token, self._url = opened.token, EMBEDDED
            # Its transport outlives this channel, and no proxy lies between.
            options |= {"transport": _Shared(opened.transport), "trust_env": False}
        if not token:
            raise UnusableConnection(f"Connection '{connection.name}' has no token")
        self._name = connection.name
        self._ledger = ledger
        self._patience = patience
        self._clock = clock
        self._embedded = connection.kind == "embedded"
        self._oauth = OAUTH if connection.kind == "pipedrive" else self._url
        self._auth = auth.ApiToken(token)
        self._http = httpx2.Client(**options)

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
        cost = call.entry.cost
        allowance.check(call.action, self._name, cost)
        self._ledger.reserve(call.action, cost)
        try:
            response = self._exchange(call)
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

    def _exchange(self, call: Call) -> httpx2.Response:
        # Consent and tokens of OAuth have a host and credentials of their own.
        own_host = call.entry.path.startswith("/oauth/")
        request = self._http.build_request(
            call.entry.method,
            (self._oauth if own_host else self._url) + call.target,
            headers=call.headers,
            content=call.content,
            data=call.fields or None,
            files={name: (file.filename, file.content, file.content_type) for name, file in call.files.items()} or None,
        )
        response = self._http.send(request, auth=None if own_host else self._auth)
        if call.entry.method == "GET" and call.endpoint.media_type != "text/html":
            response = self._follow(response)
        return response

    def _follow(self, response: httpx2.Response) -> httpx2.Response:
        """Goes where redirects lead; the token stays with the host that it is for."""
        own = _origin(httpx2.URL(self._url))
        for _ in range(REDIRECTS):
            if response.next_request is None:
                break
            following = response.next_request
            following.headers.pop("x-api-token", None)
            at_home = _origin(following.url) == own
            response = self._http.send(following, auth=self._auth) if at_home else self._send_elsewhere(following)
        return response

    def _send_elsewhere(self, request: httpx2.Request) -> httpx2.Response:
        """Sends to a host that is not the connection's: not into the embedded application, and without its token."""
        with httpx2.Client(timeout=self._http.timeout) as http:
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
