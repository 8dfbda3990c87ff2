"""What is noted of every request: its number in the metrics, and a line in the log where that is asked for.

Lines that are logged on the way to an answer get the request's correlation id, user and route from `current`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from dealwright import _metrics
from dealwright._redaction import SECRET_NAMES, is_secret
from dealwright.contract.forms import Form
from dealwright.server.requests import Request

REQUESTS_LOGGER = "dealwright.requests"
NO_ROUTE = "none"
CLIENT_LEFT = 499
"""Stands for a status where the client left before there was an answer, as other servers count it."""

MIN_SECRET_LENGTH = 4
"""Shorter texts cannot be told from what is in a line anyway."""

MAX_SECRETS = 1000

log = logging.getLogger(REQUESTS_LOGGER)

current: ContextVar[Request | None] = ContextVar("request", default=None)
"""The request that is being answered in this thread or task."""


def record(request: Request, status: int, seconds: float) -> None:
    """Counts a request that has been answered, and logs it where that is asked for."""
    method = request.method if request.method in _metrics.METHODS else "other"
    _metrics.requests.add(method, request.route, status, seconds)
    if log.isEnabledFor(logging.INFO):
        log.info("request", extra={"status": status, "duration_ms": round(seconds * 1000, 3), "path": request.path})


def context(request: Request) -> dict[str, Any]:
    """Returns what every line about a request says."""
    found: dict[str, Any] = {"correlation_id": request.correlation_id, "method": request.method}
    if request.route:
        found["route"] = request.route
    if request.client:
        found["client"] = request.client
    if request.principal is not None:
        found |= {"company": request.principal.company.domain, "user": request.principal.user_id}
        if request.principal.app is not None:
            found["app"] = request.principal.app.client_id
    return found


def secrets(request: Request) -> set[str]:
    """Returns the secret texts that came with a request."""
    found: set[str] = set()
    for name, value in request.headers.items():
        if name.decode("latin-1") in SECRET_NAMES:
            text = value.decode("latin-1")
            found |= {text, *text.replace(";", " ").replace("=", " ").split()}
    found |= {value for name, value in request.query.items() if is_secret(name)}
    body = request.body.flat() if isinstance(request.body, Form) else request.body
    for text in _secret_texts(body):
        if len(found) >= MAX_SECRETS:
            break
        found.add(text)
    return {text for text in found if len(text) >= MIN_SECRET_LENGTH and text.lower() not in ("bearer", "basic")}


def _secret_texts(body: object) -> Iterator[str]:
    """Yields the texts and numbers below names of secrets."""
    # Without recursion: bodies are as deep as clients like.
    pending: list[tuple[object, bool]] = [(body, False)]
    while pending:
        value, secret = pending.pop()
        if isinstance(value, Mapping):
            pending += [(one, secret or is_secret(str(name))) for name, one in value.items()]
        elif isinstance(value, list):
            pending += [(one, secret) for one in value]
        elif secret and isinstance(value, str | int | float):
            yield str(value)
