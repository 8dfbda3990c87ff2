"""Serves the built web app: its page at every address of the app, and the files that belong to it.

The files are read when the server starts, and looked up by their names, so that no path leads to any other. The page has a policy
that lets it load and call nothing but this server. It holds nothing of a user: what it shows comes from the API.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from dealwright.server import health, oauth, public_images, urls
from dealwright.server.headers import NO_STORE_HEADERS, Header
from dealwright.server.requests import ABSTRA_PREFIXES, SANDBOX_PREFIX, Request
from dealwright.server.responses import Response

FOLDER = Path(__file__).parents[1] / "web" / "static"
"""Where the build puts the app (`make web-build`)."""

PAGE, ASSETS = "index.html", "assets/"
PAGE_ROUTE, FILE_ROUTE = "/{page}", "/{file}"
"""What the metrics call these paths."""

PAGES = frozenset(
    {
        *("sign-in", "password", "_components"),
        *(
            "deals",
            "leads",
            "activities",
            "people",
            "organizations",
            "products",
            "projects",
            "mail",
            "insights",
            "import",
        ),
        *("connections", "actions", "runs", "chat", "editor", "settings"),
    }
)
"""The first parts of the addresses that the app has, beside ``/``; at others it says that there is no such page."""

NEXT = "next"

SECURITY_HEADERS: tuple[Header, ...] = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        b"connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
        b"form-action 'self'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), midi=(), "
        b"display-capture=(), screen-wake-lock=(), browsing-topics=()",
    ),
)
"""The headers of the page and of all files. A worker goes by those of its own file."""

_NOT_BUILT = (
    b"<!doctype html><html lang=en><meta charset=utf-8><title>Dealwright</title>"
    b"<p>The web app has not been built: run <code>make web-build</code> in the project's folder, and start the server again."
)
# What is below these is the API's, for projects of Abstra, the provider's of OAuth, or for monitoring. (The first part is looked at without its slash.)
_OTHERS = frozenset(
    path.split("/")[1]
    for path in (
        "/v1",
        "/v2",
        "/api",
        "/app",
        "/openapi",
        "/files",
        *ABSTRA_PREFIXES,
        SANDBOX_PREFIX,
        *health.PATHS,
        *oauth.METHODS,
        public_images.PREFIX,
    )
)
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""The encodings in which the build leaves copies, the best first, with the endings of these."""

# One slash, and nothing that a browser reads as a second one or leaves out.
_OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


class _Content(NamedTuple):
    """The content of a file in one encoding."""

    body: bytes
    etag: str


class _File(NamedTuple):
    """A file: its media type, and its content by encoding; the empty one is the file as it is."""

    media_type: str
    contents: dict[str, _Content]
    is_immutable: bool


class WebApp:
    """The app in a folder, as it is now."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = _read_files(folder)

    def respond(self, request: Request) -> Response | None:
        """Returns the answer to a request for a page or a file of the app; None for any other."""
        if request.method not in ("GET", "HEAD") or request.host_error is not None:
            return None
        name = request.path.removeprefix("/")
        first = name.partition("/")[0]
        if first in _OTHERS:
            return None
        if name != PAGE and (file := self._files.get(name)):
            request.route = FILE_ROUTE
            return _respond_with(request, file, 200)
        if name.startswith(ASSETS):
            request.route = FILE_ROUTE
            return _answer(404, b"There is no such file", "text/plain; charset=utf-8", NO_STORE_HEADERS[:2])
        if not _accepts_html(request):
            return None
        request.route = PAGE_ROUTE
        if request.path == urls.SIGN_IN_PAGE and not _is_own_path(request.query.get(NEXT, "/")):
            return _redirect_without_next(request)
        page = self._files.get(PAGE)
        if page is None:
            return _answer(503, _NOT_BUILT, _TYPES[".html"], NO_STORE_HEADERS[:2])
        return _respond_with(request, page, 200 if first in PAGES or not name else 404)


def _read_files(folder: Path) -> dict[str, _File]:
    """Returns all files of a folder by their paths in it, without their encoded copies."""
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    found = {}
    for name, path in paths.items():
        if path.suffix in _ENCODINGS.values() and name.removesuffix(path.suffix) in paths:
            continue
        contents = {"": _content(path)}
        for encoding, ending in _ENCODINGS.items():
            if name + ending in paths:
                contents[encoding] = _content(paths[name + ending])
        media_type = _TYPES.get(path.suffix, "application/octet-stream")
        found[name] = _File(media_type, contents, name.startswith(ASSETS))
    return found


def _content(path: Path) -> _Content:
    body = path.read_bytes()
    return _Content(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _respond_with(request: Request, file: _File, status: int) -> Response:
    accepted = _accepted_encodings(request.header(b"accept-encoding") or "")
    encoding = next((one for one in _ENCODINGS if one in accepted and one in file.contents), "")
    body, etag = file.contents[encoding]
    headers: list[Header] = [
        (b"cache-control", b"public, max-age=31536000, immutable" if file.is_immutable else b"no-cache"),
        (b"etag", etag.encode()),
        (b"vary", b"accept-encoding"),
    ]
    if encoding:
        headers.append((b"content-encoding", encoding.encode()))
    known = {one.strip().removeprefix("W/") for one in (request.header(b"if-none-match") or "").split(",")}
    if status == 200 and (etag in known or "*" in known):
        return Response(304, [*headers, *SECURITY_HEADERS], b"", is_shared=True)
    return _answer(status, body, file.media_type, headers)


def _answer(status: int, body: bytes, media_type: str, headers: list[Header] | tuple[Header, ...]) -> Response:
    own = ((b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode()))
    return Response(status, [*own, *headers, *SECURITY_HEADERS], body, is_shared=True)


def _redirect_without_next(request: Request) -> Response:
    """Returns the way to the sign-in page that leads to this server's own start afterwards, and nowhere else."""
    rest = urlencode({name: value for name, value in request.query.items() if name != NEXT})
    location = f"{urls.SIGN_IN_PAGE}?{rest}" if rest else urls.SIGN_IN_PAGE
    headers = [(b"location", location.encode()), (b"content-length", b"0"), *NO_STORE_HEADERS[:2], *SECURITY_HEADERS]
    return Response(303, headers, b"")


def _is_own_path(address: str) -> bool:
    """Whether an address leads to this server, whatever a browser makes of it."""
    return _OWN_PATH.fullmatch(address) is not None


def _accepts_html(request: Request) -> bool:
    """Whether a request asks for a page, as browsers do; clients of the API accept anything, or JSON."""
    return "text/html" in (request.header(b"accept") or "")


def _accepted_encodings(header: str) -> set[str]:
    """Returns the encodings that a client names and does not refuse."""
    found = set()
    for part in header.split(","):
        name, _, weight = part.partition(";")
        if weight.replace(" ", "").rstrip("0.") != "q=":
            found.add(name.strip().lower())
    return found
