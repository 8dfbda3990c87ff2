"""An HTTP request as the ASGI server hands it over: path, query, token. `server.request_bodies` reads the body."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from dealwright.contract.app.integration.connections import CALLBACK_PATH
from dealwright.contract.forms import Form
from dealwright.crm.kernel.unit_of_work import Principal
from dealwright.server import urlencoded
from dealwright.server.errors import HttpError, OAuthHttpError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

OAUTH_PREFIX = "/oauth/"
"""Paths with this prefix take only forms, and report errors in their own format."""

OAUTH_REGISTRATION = "/oauth/register"
"""The path with that prefix that takes JSON."""

APP_PREFIX = "/app/api/"
"""Paths with this prefix are the web app's own; they take the session of a browser and nothing else."""

WEB_APP_PATHS = (APP_PREFIX, CALLBACK_PATH)
"""What the paths begin with whose requests and answers are those of the web app's own API."""

ABSTRA_PREFIXES = ("/cli/", "/apps/")
"""What the paths begin with that projects of Abstra call: those that run at a developer's, and those that are deployed."""

SANDBOX_PREFIX = "/sandbox/"
"""Paths with this prefix are those of a sandbox, and nowhere else."""

END_STREAM = "dealwright.end_stream"
"""The member of a scope in which the application leaves what ends an answer that does not end by itself."""

FORM_URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def new_correlation_id() -> str:
    """Returns a random UUID. It need not be hard to guess, so that it takes no call of the system."""
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


class Request:
    """The parts of an HTTP request that are needed to answer it. ``body`` is decoded JSON or a `Form`; None when there is none.

    ``read_error`` is the error when the request is unreadable: it is kept until after authentication. ``host_error`` is
    the one when it does not say for which host it is; then nothing else is looked at. ``principal`` and ``route`` are
    whose it is and the template of its path, as soon as that is known. ``answered_at`` is when an answer began that does not end
    by itself.
    """

    __slots__ = (
        *("answered_at", "body", "client", "correlation_id", "headers", "host_error", "method", "path", "principal"),
        *("query", "read_error", "route", "scheme", "scope", "selected_fields"),
    )

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.correlation_id = new_correlation_id()
        self.principal: Principal | None = None
        self.route = ""
        self.answered_at: float | None = None
        self.scheme: str = scope.get("scheme", "http")
        self.client: str = (scope.get("client") or ("",))[0]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.host_error = _host_error(scope, self.headers)
        self.path, self.selected_fields = _split_selector(scope["path"])
        self.read_error: HttpError | None = None
        try:
            self.query = _query(scope["query_string"], "strict")
        except UnicodeDecodeError:
            self.query = _query(scope["query_string"], "replace")
            self.read_error = HttpError(400, "The query is not UTF-8")
        self.body: object = None

    def header(self, name: bytes) -> str | None:
        """Returns a header by its lower-case name, or None."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def media_type(self) -> str:
        """Returns the declared type of the body, without its parameters; empty when there is none."""
        return (self.header(b"content-type") or "").partition(";")[0].strip().lower()

    def is_form(self) -> bool:
        """Whether the body is a form, in either of its encodings."""
        return self.media_type() in (FORM_URLENCODED, MULTIPART)

    def urlencoded_form(self) -> dict[str, str] | None:
        """Returns an url-encoded form as flat names and texts; None for any other body."""
        if not isinstance(self.body, Form) or self.media_type() != FORM_URLENCODED:
            return None
        return {name: str(value) for name, value in self.body.flat().items()}

    def api_token(self) -> str | None:
        """Returns the API token in a header or in the query, or None."""
        if token := self.headers.get(b"x-api-token"):
            return token.decode("latin-1")
        return self.query.get("api_token")

    def abstra_token(self) -> str | None:
        """Returns the API token in the header in which a project of Abstra sends its key; None when there is none."""
        if self.path.startswith(ABSTRA_PREFIXES[1]):
            return self.header(b"shared-token")
        scheme, _, token = (self.header(b"api-authorization") or "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    def token(self) -> str | None:
        """Returns the token that the request came with, of whatever kind. Raises as `access_token` does."""
        if self.path.startswith(ABSTRA_PREFIXES):
            return self.abstra_token()
        return self.access_token() or self.api_token()

    def access_token(self) -> str | None:
        """Returns the access token of an OAuth app, or None; an API token in a header goes before it.

        Raises `OAuthHttpError` for a malformed authorization header.
        """
        authorization = self.header(b"authorization")
        if authorization is None or self.headers.get(b"x-api-token"):
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise OAuthHttpError(400, "Invalid request: malformed authorization header")
        return token.strip()


def _host_error(scope: Scope, headers: Mapping[bytes, bytes]) -> HttpError | None:
    """Returns the error when there are several Host headers or, in HTTP/1.1, none."""
    if b"host" in headers:
        # As a dict, the headers are fewer than sent only when one of them came twice.
        if len(headers) == len(scope["headers"]) or sum(name == b"host" for name, _ in scope["headers"]) == 1:
            return None
    elif scope.get("http_version") != "1.1":
        return None
    return HttpError(400, "There must be one Host header")


def _split_selector(path: str) -> tuple[str, tuple[str, ...] | None]:
    """Returns a path without its v1 field selector ``:(a,b)``, and the selected names."""
    start = path.find(":(", path.rfind(")", 0, -1) + 1) if path.endswith(")") else -1
    if start < 0:
        return path.rstrip("/") if path != "/oauth/token/" else path, None
    return path[:start].rstrip("/"), tuple(name.strip() for name in path[start + 2 : -1].split(",") if name.strip())


def _query(raw: bytes, errors: str) -> dict[str, str]:
    return dict(urlencoded.read_pairs(raw, errors)) if raw else {}
