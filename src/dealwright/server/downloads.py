"""Answers that are files: their headers, for browsers that must neither guess nor run anything."""

from __future__ import annotations

import re
from urllib.parse import quote

from dealwright.contract.endpoint import Download

# What browsers only show. They run scripts in HTML, SVG, XML and the like, so whatever is not here is saved.
SHOWN = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
BYTES = "application/octet-stream"

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_ACTIVE = re.compile(r"html|xml|svg|script|multipart")
# The characters that RFC 8187 takes as they are, beside letters and digits.
_PLAIN = "!#$&+-.^_`|~"


def headers(download: Download) -> list[tuple[bytes, bytes]]:
    """The headers that describe a file."""
    content_type = _content_type(download.content_type)
    inline = download.inline and content_type in SHOWN
    return [
        (b"content-type", content_type.encode()),
        (b"content-length", str(download.size).encode()),
        (b"content-disposition", _disposition(download.filename, inline=inline)),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; sandbox"),
    ]


def _content_type(declared: str) -> str:
    """The media type without its parameters; that of plain bytes for what is none, and for what browsers run."""
    plain = declared.partition(";")[0].strip().lower()
    return plain if _MEDIA_TYPE.fullmatch(plain) and not _ACTIVE.search(plain) else BYTES


def _disposition(filename: str, *, inline: bool) -> bytes:
    """Says whether to show or to save a file, and under which name: once in ASCII, and once as it is."""
    ascii_name = re.sub(r"[^A-Za-z0-9 ._()-]", "_", filename)
    encoded = quote(filename, safe=_PLAIN, errors="replace")
    return f"{'inline' if inline else 'attachment'}; filename=\"{ascii_name}\"; filename*=UTF-8''{encoded}".encode()
