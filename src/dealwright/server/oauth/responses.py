"""The provider's responses: pages, redirects, JSON."""

from __future__ import annotations

from typing import NamedTuple

import orjson

Header = tuple[bytes, bytes]

JSON_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"application/json; charset=utf-8"),
    (b"x-content-type-options", b"nosniff"),
)
"""The headers of every answer in JSON: browsers must not take it for anything else."""

# Codes and tokens must not be cached, and no URL with a code may go to other sites as a referrer.
NO_STORE_HEADERS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"pragma", b"no-cache"),
    (b"referrer-policy", b"no-referrer"),
)


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
