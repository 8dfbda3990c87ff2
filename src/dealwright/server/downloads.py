"""The headers of files as answers, so that browsers neither guess types nor run anything."""

from __future__ import annotations

import re
from urllib.parse import quote

from dealwright.contract.endpoint import Download

# Types that browsers only show. They run scripts in HTML, SVG, XML and the like, so all other types are saved.
INLINE_TYPES = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
PAGE_TYPE = "text/html; charset=utf-8"
OCTET_STREAM = "application/octet-stream"

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ._()-]")
_SCRIPTABLE = re.compile(r"html|xml|svg|script|multipart")
# The characters that RFC 8187 takes as they are, beside letters and digits.
_ATTR_CHARS = "!#$&+-.^_`|~"


def headers(download: Download) -> list[tuple[bytes, bytes]]:
    """Returns the headers that describe a file."""
    # A page of our own has been made safe, and runs nothing because of the policy below.
    is_page = download.inline and download.content_type == PAGE_TYPE
    content_type = PAGE_TYPE if is_page else _content_type(download.content_type)
    inline = is_page or (download.inline and content_type in INLINE_TYPES)
    return [
        (b"content-type", content_type.encode()),
        (b"content-length", str(download.size).encode()),
        (b"content-disposition", _disposition(download.filename, inline=inline)),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", b"default-src 'none'; sandbox"),
    ]


def _content_type(declared: str) -> str:
    """Returns the media type without parameters; octet-stream if it is none, or one in which browsers run scripts."""
    plain = declared.partition(";")[0].strip().lower()
    return plain if _MEDIA_TYPE.fullmatch(plain) and not _SCRIPTABLE.search(plain) else OCTET_STREAM


def _disposition(filename: str, *, inline: bool) -> bytes:
    """Returns the header that says whether to show or to save a file, with its name in ASCII and in full."""
    ascii_name = _NOT_PLAIN.sub("_", filename)
    encoded = quote(filename, safe=_ATTR_CHARS, errors="replace")
    return f"{'inline' if inline else 'attachment'}; filename=\"{ascii_name}\"; filename*=UTF-8''{encoded}".encode()
