"""What the provider answers: pages, redirects, JSON."""

from __future__ import annotations

from typing import NamedTuple

import orjson

Header = tuple[bytes, bytes]

# Codes and tokens are for nobody's cache, and no address with a code in it goes to others.
PRIVATE: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"pragma", b"no-cache"),
    (b"referrer-policy", b"no-referrer"),
)


class Reply(NamedTuple):
    """Status, headers and body, without the length."""

    status: int
    headers: tuple[Header, ...]
    content: bytes


def json(status: int, body: object, *more: Header) -> Reply:
    """An answer for programs."""
    return Reply(status, ((b"content-type", b"application/json; charset=utf-8"), *PRIVATE, *more), orjson.dumps(body))


def redirect(location: str, *more: Header) -> Reply:
    """Sends the browser on. 303, so that it never posts again what it posted here."""
    return Reply(303, ((b"location", location.encode("latin-1", "replace")), *PRIVATE, *more), b"")
