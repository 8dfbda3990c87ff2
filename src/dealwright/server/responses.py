"""Answers over HTTP: their bodies, and the headers that all of them have."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import orjson

from dealwright._limit_log import limit_log
from dealwright.contract.endpoint import Download, Version
from dealwright.crm.errors import Forbidden, LimitReached
from dealwright.server import cors, downloads, errors
from dealwright.server.errors import HttpError
from dealwright.server.oauth.responses import JSON_HEADERS
from dealwright.server.requests import Request

TOKEN_REFUSED = "requests without a valid token"

log = logging.getLogger(__name__)


class Response(NamedTuple):
    """Status, headers and body, ready to send. For a large file, ``rest`` reads the chunks after ``body``.

    A body that ``is_shared`` is the same object in all answers.
    """

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    rest: Iterator[bytes] | None = None
    is_shared: bool = False


def version_of(path: str) -> Version:
    """Returns the API version to answer in; v1 unless the path says v2."""
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


def encoded_response(content: bytes) -> Response:
    """Returns a successful answer in JSON that is encoded already, and the same for everybody."""
    return Response(200, [(b"content-length", str(len(content)).encode()), *JSON_HEADERS], content, is_shared=True)


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
    if cors.is_allowed(path):
        response.headers.extend(cors.RESPONSE_HEADERS)
    return response
