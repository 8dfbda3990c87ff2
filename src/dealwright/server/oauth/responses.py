"""The provider's responses: pages, redirects, JSON."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from dealwright.server.headers import JSON_HEADERS, NO_STORE_HEADERS, Header


class Response(NamedTuple):
    """Status, headers and body, without the length."""

    status: int
    headers: tuple[Header, ...]
    body: bytes


def json(status: int, body: object, *more: Header) -> Response:
    """Returns a response in JSON."""
    return Response(status, (*JSON_HEADERS, *NO_STORE_HEADERS, *more), orjson.dumps(body))


def redirect(location: str, *more: Header) -> Response:
    """Returns a redirect of the browser. It is a 303, so that the browser does not post the form again."""
    return Response(303, ((b"location", location.encode("latin-1", "replace")), *NO_STORE_HEADERS, *more), b"")
