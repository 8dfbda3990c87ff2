"""Headers that answers of different kinds share."""

from __future__ import annotations

Header = tuple[bytes, bytes]

JSON_HEADERS: tuple[Header, ...] = (
    (b"content-type", b"application/json; charset=utf-8"),
    (b"x-content-type-options", b"nosniff"),
)
"""The headers of every answer in JSON: browsers must not take it for anything else."""

NO_STORE_HEADERS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"pragma", b"no-cache"),
    (b"referrer-policy", b"no-referrer"),
)
"""The headers of what nobody may keep: codes, tokens, and what a session sees. No URL goes to other sites as a referrer."""
