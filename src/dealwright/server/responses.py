"""Answers over HTTP: their bodies, and the headers that all of them have."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import orjson

from dealwright._limit_log import limit_log
from dealwright.contract.endpoint import Download, Redirect, Version
from dealwright.crm.errors import Forbidden, LimitReached
from dealwright.crm.kernel.unit_of_work import Principal
from dealwright.server import cors, downloads, errors
from dealwright.server.errors import HttpError
from dealwright.server.headers import JSON_HEADERS, NO_STORE_HEADERS
from dealwright.server.requests import ABSTRA_PREFIXES, SANDBOX_PREFIX, WEB_APP_PATHS, Request

TOKEN_REFUSED = "requests without a valid token"

log = logging.getLogger(__name__)


class Listener(NamedTuple):
    """Who listens to the changes of a company, in which session of a browser, and after which position."""

    principal: Principal
    session_id: int
    after: int | None


class Response(NamedTuple):
    """Status, headers and body, ready to send. For a large file, ``rest`` reads the chunks after ``body``.

    A body that ``is_shared`` is the same object in all answers. With a ``stream``, events follow instead of a body.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: Iterator[bytes] | None = None
    is_shared: bool = False
    stream: Listener | None = None


def version_of(path: str) -> Version:
    """Returns the API version to answer in; v1 unless the path says otherwise."""
    if path.startswith(WEB_APP_PATHS):
        return "app"
    if path.startswith(ABSTRA_PREFIXES):
        return "abstra"
    if path.startswith(SANDBOX_PREFIX):
        return "sandbox"
    return "v2" if path.startswith(("/api/v2", "/v2")) else "v1"


def failure(request: Request, error: Exception) -> Response:
    """Returns the answer to a request that failed; logs what an operator should know of it."""
    response = _error_response(error, request.path, request.correlation_id)
    errors.log_failure(error, response.status, f"{request.method} {request.path}")
    if response.status == 401:
        limit_log.report(TOKEN_REFUSED, request.client)
    elif isinstance(error, Forbidden | LimitReached) or response.status == 403:
        log.info("%s", error, extra={"status": response.status})
    return response


def with_headers(request: Request, response: Response, limit_headers: Iterable[tuple[bytes, bytes]] = ()) -> Response:
    """Returns the answer to a request with the headers that all have."""
    return _with_headers(response, request.path, request.correlation_id, limit_headers)


def refusal(error: HttpError, path: str, correlation_id: str) -> Response:
    """Returns the complete answer to a request for a path that is not looked at, or whose answer is not sent."""
    return _with_headers(_error_response(error, path, correlation_id), path, correlation_id)


def _error_response(error: Exception, path: str, correlation_id: str) -> Response:
    status, envelope = errors.render(error, version_of(path), path)
    if status in (500, 503):
        # With this, an operator finds what the log says of it.
        envelope = envelope | {"correlation_id": correlation_id}
    return json_response(status, envelope, errors.headers(error, status))


def json_response(status: int, body: object, extra_headers: tuple[tuple[bytes, bytes], ...] = ()) -> Response:
    """Returns an answer in JSON."""
    content = orjson.dumps(body)
    headers = [(b"content-length", str(len(content)).encode()), *JSON_HEADERS, *extra_headers]
    return Response(status, headers, content)


def revalidated(request: Request, response: Response) -> Response:
    """Returns an answer that a browser may keep as long as it asks again; without its body when the browser has it already."""
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'.encode()
    headers = [*response.headers, (b"etag", tag), (b"cache-control", b"private, no-cache")]
    known = (request.header(b"if-none-match") or "").encode()
    if tag in [one.strip().removeprefix(b"W/") for one in known.split(b",")]:
        return Response(304, [header for header in headers if not header[0].startswith(b"content-")], b"")
    return response._replace(headers=headers)


def encoded_response(content: bytes) -> Response:
    """Returns a successful answer in JSON that is encoded already, and the same for everybody."""
    return Response(200, [(b"content-length", str(len(content)).encode()), *JSON_HEADERS], content, is_shared=True)


def redirect(status: int, target: Redirect) -> Response:
    """Returns an answer that leads a browser on."""
    headers = [(b"location", target.url.encode()), (b"content-length", b"0"), *NO_STORE_HEADERS]
    return Response(status, headers, b"")


def event_stream_response(request: Request, listener: Listener) -> Response:
    """Returns the head of an answer that goes on with events; for a HEAD that is all."""
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"x-content-type-options", b"nosniff"),
        # Proxies pass each event on as it comes.
        (b"x-accel-buffering", b"no"),
    ]
    return Response(200, headers, b"", stream=None if request.method == "HEAD" else listener)


def file_response(request: Request, download: Download) -> Response:
    """Returns a file. Its first chunk is read here, so that a file that cannot be read is an error like any other."""
    first = b"" if request.method == "HEAD" else next(download.content, b"")
    complete = request.method == "HEAD" or len(first) >= download.size
    return Response(200, downloads.headers(download), first, None if complete else download.content)


def _with_headers(
    response: Response, path: str, correlation_id: str, limit_headers: Iterable[tuple[bytes, bytes]] = ()
) -> Response:
    response.headers.append((b"x-correlation-id", correlation_id.encode()))
    response.headers.extend(limit_headers)
    if path.startswith(WEB_APP_PATHS) and not any(name == b"cache-control" for name, _ in response.headers):
        response.headers.extend(NO_STORE_HEADERS)
    if cors.is_allowed(path):
        response.headers.extend(cors.RESPONSE_HEADERS)
    return response
