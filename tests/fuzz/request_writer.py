"""Writes requests, well or not so well, as the bytes that go over the wire."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from random import Random
from typing import NamedTuple
from urllib.parse import quote_from_bytes

from dealwright.server.browser_session import csrf_token
from dealwright.server.requests import WEB_APP_PATHS

BOUNDARY = "fuzz"
FORM = "application/x-www-form-urlencoded"
MAX_TARGET = 12_000
"""Longer targets are refused before anything looks at them; a few of them are enough."""

HOSTS = (
    *(
        "localhost",
        "crm.example:8000",
        "[::1]:80",
        "x" * 300,
        "a b",
        "",
        "evil.example@x",
        "xn--mnchen-3ya.example",
        "1.2.3.4:99999",
    ),
)
EXTRA_HEADERS = (
    *(
        ("accept", "*/*;q=x"),
        ("accept", "\xff\xfe"),
        ("accept-language", "de,\x80"),
        ("accept-encoding", "gzip;q=0, br"),
    ),
    *(
        ("origin", "https://app.example"),
        ("origin", "null"),
        ("access-control-request-method", "POST"),
        ("range", "bytes=0-1,9-"),
    ),
    *(
        ("if-none-match", '"x"'),
        ("if-modified-since", "Thu, 99 Foo 0000"),
        ("x-forwarded-proto", "htt ps"),
        ("referer", "x"),
    ),
    *(
        ("x-forwarded-for", "::1, 1.2.3.4, x"),
        ("x-forwarded-host", "a/b"),
        ("forwarded", "for=x"),
        ("user-agent", "\xfc" * 300),
    ),
    *(
        ("cookie", 'dealwright="\\054\\'),
        ("cookie", "dealwright=x; dealwright=y; =; ;"),
        ("cookie", "__Host-dealwright=\x80"),
    ),
    *(
        ("expect", "100-continue"),
        ("upgrade", "websocket"),
        ("x-http-method-override", "DELETE"),
        ("content-language", "x"),
    ),
    *(
        ("user-agent", "x" * 9_000),
        ("x" * 500, "y"),
        ("te", "trailers"),
        ("via", "1.0 x"),
        ("idempotency-key", "\x7f" * 50),
    ),
)
CONTENT_TYPES = (
    *("", "text/plain", "application/xml", "application/json; charset=utf-16", "application/json;charset=nosuch", "x"),
    *(
        "application/json; charset=unicode_escape",
        FORM,
        f"{FORM}; charset=latin-1",
        "multipart/form-data",
        "application/vnd.api+json",
    ),
    *(
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "b" * 300,
        f"multipart/form-data; boundary={BOUNDARY}",
    ),
    *(
        "multipart/form-data; boundary=fuzz; charset=utf-7",
        "multipart/mixed; boundary=fuzz",
        "/;=",
        "application/json, text/x",
    ),
)


class Tokens(NamedTuple):
    """Ways to be let in."""

    admin: str
    others: Sequence[str]
    access: str
    # The secret of a browser in which the admin has signed in.
    session: str


class Call(NamedTuple):
    """A request as it is sent: the operation that it is meant for, its method, and all its bytes.

    ``is_complete`` says whether the server has what it needs to answer.
    """

    number: int
    operation: str
    method: str
    target: str
    raw: bytes
    is_complete: bool


class RequestWriter:
    """Writes one request. ``awkward`` is the share of awkward values in it: a writer of 0 makes no mistakes."""

    def __init__(self, random: Random, number: int, tokens: Tokens) -> None:
        self.random = random
        self.number = number
        self.tokens = tokens
        self.awkward = random.choice((0.0, 0.0, 0.0, 0.02, 0.1, 0.3))
        self.is_complete = True

    def _chance(self, share: float) -> bool:
        """Whether something awkward happens, in calls in which it may."""
        return self.awkward > 0 and self.random.random() < share

    def _quote(self, text: str) -> str:
        """Returns a text for a target, well quoted or not so well."""
        if self._chance(0.03):
            return "".join(f"%{byte:02x}" for byte in text.encode(errors="surrogatepass")[:2_000]) + self.random.choice(
                ("", "%", "%u0041")
            )
        return quote_from_bytes(text.encode(errors="surrogatepass"), safe="/:,")

    def _multipart(self, pairs: Sequence[tuple[str, str | bytes]]) -> bytes:
        random = self.random
        parts = []
        for name, value in pairs:
            head = f'Content-Disposition: form-data; name="{name}"'
            if isinstance(value, bytes) or self._chance(0.05):
                filename = random.choice(
                    ("a.png", "a.txt", "", "../../x", "ü.pdf", "a\u202e.exe", "x" * 300, "a\\b", "con")
                )
                head += f'; filename="{filename}"\r\nContent-Type: {random.choice(("image/png", "text/html", "x", ""))}'
            if self._chance(0.05):
                head += random.choice(
                    (
                        "\r\nContent-Type: text/plain; charset=utf-16",
                        "\r\nX:y",
                        "\r\n",
                        "; name=x",
                        "; filename*=UTF-8''%zz",
                    )
                )
            content = value if isinstance(value, bytes) else value.encode(errors="surrogatepass")
            parts.append(b"--fuzz\r\n" + head.encode(errors="surrogatepass") + b"\r\n\r\n" + content + b"\r\n")
        end = (
            random.choice((b"", b"--fuzz", b"--fuzz--", b"--fuzz--\r\nmore", b"--"))
            if self._chance(0.1)
            else b"--fuzz--\r\n"
        )
        return b"".join(parts) + end

    def _request(self, operation: str, method: str, path: str, query: str, body: bytes, content_type: str) -> Call:
        random = self.random
        headers, token_in_query = self._session() if path.startswith(WEB_APP_PATHS) else self._credentials()
        query = "&".join(part for part in (query, token_in_query) if part)
        if self._chance(0.04):
            content_type = random.choice(CONTENT_TYPES)
        if body and self._chance(0.1):
            body = self._damaged(body)
        if self._chance(0.02):
            packed = random.choice((gzip.compress(body), gzip.compress(body)[:-5], zlib.compress(body), body))
            body, encoding = packed, random.choice(("gzip", "deflate", "br", "x", "gzip, gzip", "identity"))
            headers.append(("content-encoding", encoding))
        if content_type:
            headers.append(("content-type", content_type))
        if self._chance(0.2):
            headers += random.choices(EXTRA_HEADERS, k=random.randint(1, 3))
        host = random.choice(HOSTS) if self._chance(0.03) else "crm.example"
        target = f"{path}?{query}" if query else path
        if len(target) > MAX_TARGET and random.random() < 0.95:
            target = target[:MAX_TARGET]
        if body or method in ("POST", "PUT", "PATCH"):
            if random.random() < 0.05:
                headers.append(("transfer-encoding", "chunked"))
                body = self._chunked(body)
            else:
                missing = 100 if self._chance(0.005) else 0
                self.is_complete = self.is_complete and not missing
                headers.append(("content-length", str(len(body) + missing)))
        lines = [f"{method} {target} HTTP/1.1", f"host: {host}", *(f"{name}: {value}" for name, value in headers)]
        raw = "\r\n".join(lines).encode("latin-1", errors="replace") + b"\r\n\r\n" + body
        return Call(self.number, operation, method, target, raw, self.is_complete)

    def _session(self) -> tuple[list[tuple[str, str]], str]:
        """Returns the headers of a browser in which the admin has signed in, or nearly so."""
        secret = self.tokens.session
        cookie, token = ("cookie", f"dealwright={secret}"), ("x-csrf-token", csrf_token(secret))
        if self._chance(0.1):
            return self.random.choice(
                ([cookie], [token], [cookie, ("x-csrf-token", "\xe9" * 64)], [cookie, cookie, token])
            ), ""
        return [cookie, token], ""

    def _credentials(self) -> tuple[list[tuple[str, str]], str]:
        """Returns the headers and the part of the query that say who calls."""
        random, tokens = self.random, self.tokens
        chance = random.random()
        if chance < 0.85:
            return [("x-api-token", tokens.admin)], ""
        if chance < 0.88:
            return [], f"api_token={tokens.admin}"
        if chance < 0.92:
            return [("authorization", f"Bearer {tokens.access}")], ""
        if chance < 0.97:
            return [("x-api-token", random.choice(tokens.others))], ""
        token = random.choice((tokens.admin, tokens.access))
        at = random.randrange(len(token))
        mutated = random.choice(
            (token[:at], token + "x", token[:at] + "\xe9" + token[at:], token.upper(), "", "0", token * 50)
        )
        return random.choice(
            (
                ([("x-api-token", mutated)], ""),
                ([("authorization", f"Bearer {mutated}")], ""),
                ([("authorization", f"Basic {mutated}")], ""),
                ([("authorization", mutated)], ""),
                ([("x-api-token", mutated), ("x-api-token", tokens.admin)], ""),
                ([], "api_token=%00"),
                ([], ""),
            )
        )

    def _damaged(self, body: bytes) -> bytes:
        random = self.random
        at = random.randrange(len(body))
        flipped = bytes([body[at] ^ (1 << random.randrange(8))])
        return random.choice(
            (
                *(
                    body[:at],
                    body[:at] + flipped + body[at + 1 :],
                    body[:at] + b"\0" + body[at:],
                    b"\xef\xbb\xbf" + body,
                ),
                *(
                    body + body,
                    body[:at] + b"\xff\xfe" + body[at:],
                    body.decode("utf-8", "replace").encode("utf-16"),
                    b"",
                    b" \n",
                ),
                *(
                    body[:-1] + b",}",
                    b"[" + body + b"]",
                    body[:at] + body[at:] * 2,
                    body + b"\0",
                    b"&" * 50 + body,
                    b"null",
                    b"0",
                ),
            )
        )

    def _chunked(self, body: bytes) -> bytes:
        size = self.random.choice((1, 7, 1_000, 100_000)) if len(body) < 2_000 else 10_000
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        end = b"0\r\n\r\n"
        if self._chance(0.05):
            self.is_complete = False
            end = self.random.choice((b"zz\r\n\r\n", b"-1\r\n\r\n", b"ffffffffffffffffff\r\n", b"0\r\nx: y\r\n\r\n"))
        return b"".join(f"{len(piece):x}".encode() + b"\r\n" + piece + b"\r\n" for piece in pieces) + end


def urlencoded(pairs: Sequence[tuple[str, str | bytes]]) -> bytes:
    return b"&".join(
        quote_from_bytes(name.encode(errors="surrogatepass"), safe="[]").encode()
        + b"="
        + quote_from_bytes(value if isinstance(value, bytes) else value.encode(errors="surrogatepass")).encode()
        for name, value in pairs
    )
