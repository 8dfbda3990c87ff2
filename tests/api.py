"""A client for the tests: speaks to the ASGI application in this process and checks every answer against the contract."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import orjson

from dealwright.console import endpoints as console_endpoints
from dealwright.crm.companies import Companies
from dealwright.crm.integration import run_ids
from dealwright.crm.kernel.unit_of_work import Principal, UserRef
from dealwright.crm.team import sessions
from dealwright.server.application import Application
from dealwright.server.browser_session import csrf_token
from dealwright.server.requests import ABSTRA_PREFIXES, WEB_APP_PATHS, Request
from dealwright.server.routes import build_router
from tests import response_checks

# Importing them binds them.
assert console_endpoints.__all__
ROUTER = build_router()


class Response(msgspec.Struct):
    """An answer. ``data`` and ``error`` are the members of its body; the body of a download is bytes."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def data(self) -> Any:
        assert self.status < 400, f"{self.status}: {self.body}"
        return self.body["data"]

    @property
    def error(self) -> str:
        assert self.status >= 400, f"{self.status}: {self.body}"
        error = self.body.get("error", self.body)
        return str(error["message"] if isinstance(error, dict) else error)

    @property
    def next_cursor(self) -> str | None:
        cursor: str | None = self.body["additional_data"]["next_cursor"]
        return cursor


class Clock:
    """A clock that stands still until it is advanced."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 10, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        """Moves the clock forward, as in ``advance(days=2)``."""
        self.now += timedelta(**delta)


class Api:
    """Calls the API as one user, by default the admin who created the company."""

    def __init__(self, app: Application, clock: Clock, principal: Principal) -> None:
        self.app = app
        self.clock = clock
        self.principal = principal
        self.token = app.companies.create_session_token(principal.company, principal.user_id)
        self.run_headers: dict[str, str] = {}
        self._session: tuple[datetime, str] | None = None

    @property
    def companies(self) -> Companies:
        return self.app.companies

    def session_headers(self) -> dict[str, str]:
        """Returns the headers of a browser in which the user is signed in, for the web app's own API."""
        if self._session is None or self.clock() >= self._session[0] + sessions.LIFETIME:
            owner = UserRef(self.principal.company.id, self.principal.user_id)
            self._session = self.clock(), sessions.start(self.companies.platform, [owner], self.clock())
        secret = self._session[1]
        return {"cookie": f"dealwright={secret}", "x-csrf-token": csrf_token(secret)}

    def _own_headers(self, path: str) -> dict[str, str]:
        """Returns the headers by which the user is known at a path."""
        if path.startswith(WEB_APP_PATHS):
            return self.session_headers()
        if path.startswith(ABSTRA_PREFIXES):
            cli, _ = ABSTRA_PREFIXES
            return (
                {"api-authorization": f"Bearer {self.token}"} if path.startswith(cli) else {"shared-token": self.token}
            )
        return {"x-api-token": self.token}

    def as_user(self, user_id: int) -> Api:
        """Returns a client of the same company, as another user."""
        return Api(self.app, self.clock, Principal(self.principal.company, user_id))

    def in_run(self, run_id: str) -> Api:
        """Returns a client of the same user, whose requests are part of a run."""
        found = Api(self.app, self.clock, self.principal)
        found.run_headers = {run_ids.HEADER: run_ids.seal(self.principal.company, self.principal.user_id, run_id)}
        return found

    def get(self, path: str, **query: object) -> Response:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: object = None, **query: object) -> Response:
        return self.call("POST", path, body, query=query)

    def put(self, path: str, body: object = None, **query: object) -> Response:
        return self.call("PUT", path, body, query=query)

    def patch(self, path: str, body: object = None, **query: object) -> Response:
        return self.call("PATCH", path, body, query=query)

    def delete(self, path: str, **query: object) -> Response:
        return self.call("DELETE", path, query=query)

    def form(self, method: str, path: str, fields: Mapping[str, object]) -> Response:
        """Sends an url-encoded form."""
        return self.send(method, path, urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def upload(
        self,
        method: str,
        path: str,
        files: Mapping[str, tuple[str, str, bytes]],
        fields: Mapping[str, object] | None = None,
    ) -> Response:
        """Sends a multipart form. A file is a name, a media type and its content."""
        parts = [
            f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
            for name, value in (fields or {}).items()
        ]
        for name, (filename, media_type, content) in files.items():
            head = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {media_type}'
            parts.append(head.encode() + b"\r\n\r\n" + content)
        raw = b"".join(b"--tests\r\n" + part + b"\r\n" for part in parts) + b"--tests--\r\n"
        return self.send(method, path, raw, "multipart/form-data; boundary=tests")

    def call(
        self, method: str, path: str, body: object = None, *, query: Mapping[str, object] | None = None
    ) -> Response:
        raw = b"" if body is None else orjson.dumps(body)
        return self.send(method, path, raw, "application/json", query=query)

    def send(
        self,
        method: str,
        path: str,
        raw: bytes = b"",
        content_type: str = "application/json",
        *,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        raw_query: bytes | None = None,
        scheme: str = "http",
    ) -> Response:
        """Sends bytes as they are; ``headers`` replace the token or the session, ``raw_query`` the query."""
        if headers is None:
            headers = {**self._own_headers(path), **self.run_headers}
        request_headers = dict(headers)
        query_params = {name: value for name, value in (query or {}).items() if value is not None}
        scope: MutableMapping[str, Any] = {
            "type": "http",
            "scheme": scheme,
            "method": method,
            "path": path,
            "query_string": urlencode(query_params, quote_via=quote).encode() if raw_query is None else raw_query,
            "headers": [
                (b"content-type", content_type.encode()),
                *((k.lower().encode(), v.encode()) for k, v in request_headers.items()),
            ],
        }
        status, response_headers, content = _call_app(self.app, scope, raw)
        is_json = response_headers.get("content-type", "").startswith("application/json")
        body: Any = orjson.loads(content) if content and is_json else content or None
        request = Request({**scope, "query_string": b""})
        match = ROUTER.find(method, request.path)
        if match.target is not None and status != 401 and is_json:
            response_checks.check_response(
                match.target.endpoint, status, body, selected=request.selected_fields is not None
            )
        assert status < 500 or status == 503, f"{method} {path}: {status} {body}"
        return Response(status, response_headers, body)


_loop = asyncio.new_event_loop()


def _call_app(app: Application, scope: MutableMapping[str, Any], raw: bytes) -> tuple[int, dict[str, str], bytes]:
    messages: list[MutableMapping[str, Any]] = []

    requests: list[MutableMapping[str, Any]] = [{"type": "http.request", "body": raw, "more_body": False}]

    async def receive() -> MutableMapping[str, Any]:
        # A client that has sent its request and listens no longer: answers that do not end by themselves do.
        return requests.pop() if requests else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        messages.append(message)

    call = app(scope, receive, send)
    # Tests that call from several threads do so beside each other.
    if threading.current_thread() is threading.main_thread():
        _loop.run_until_complete(call)
    else:
        asyncio.run(call)
    start, *parts = messages
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, b"".join(part.get("body", b"") for part in parts)
