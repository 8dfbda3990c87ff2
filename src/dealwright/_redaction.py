"""What is a secret, by its name or by its form, and texts and values without secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from dealwright._json import Json

REDACTED = "[redacted]"

SECRET_NAMES = frozenset(
    {
        *("api_token", "apitoken", "x-api-token", "token", "access_token", "refresh_token", "authorization", "cookie"),
        *("set-cookie", "x-csrf-token", "form_token", "password", "current_password", "credentials"),
        *("client_secret", "secret", "code", "code_verifier"),
        *("http_auth_password", "signing_secret", "secret_key", "private_key"),
    }
)
"""Members of headers, queries and bodies whose values are secrets."""

_NAMES = "|".join(sorted(map(re.escape, SECRET_NAMES), key=len, reverse=True))


class _Pattern(NamedTuple):
    """What looks like a secret. A text without any of ``marks`` has none, which is found out much faster."""

    marks: tuple[str, ...]
    expression: re.Pattern[str]
    replacement: str


# Each expression is bounded, so that the time for a text grows with its length only.
_PATTERNS = (
    _Pattern(
        ("bearer ", "basic "),
        re.compile(r"\b(bearer|basic) {1,3}[^\s\"',;]{1,2000}", re.IGNORECASE),
        rf"\1 {REDACTED}",
    ),
    _Pattern(
        (":", "="),
        re.compile(
            rf"(?<![A-Za-z])({_NAMES})([\"']?\s{{0,3}}[:=]\s{{0,3}})(?!\[redacted\])"
            rf"(\"[^\"]{{0,2000}}\"?|'[^']{{0,2000}}'?|[^\s&,;\"'}})]{{1,2000}})",
            re.IGNORECASE,
        ),
        rf"\1\2{REDACTED}",
    ),
    # The password of a URL.
    _Pattern(("://",), re.compile(r"(://[^\s/:@]{0,200}):[^\s/@]{1,200}@"), rf"\1:{REDACTED}@"),
    # API tokens, secrets of apps, and the keys of files that are public to those who know them.
    _Pattern(("",), re.compile(r"(?<![0-9A-Fa-f])[0-9a-f]{40}(?![0-9A-Fa-f])"), REDACTED),
)
_TOKEN_LENGTH = 40
_IN_URLS = _PATTERNS[1:3]
_URL_NAMES = ("url", "uri")


def is_secret(name: str) -> bool:
    """Whether values of this name are secret."""
    return name.lower() in SECRET_NAMES


def mask_patterns(text: str) -> str:
    """Returns a text without what looks like a secret."""
    lower = text.lower()
    for marks, expression, replacement in _PATTERNS:
        if len(text) >= _TOKEN_LENGTH if marks == ("",) else any(mark in lower for mark in marks):
            text = expression.sub(replacement, text)
    return text


def mask_secrets(text: str, secrets: Iterable[str]) -> str:
    """Returns a text without some secrets."""
    for secret in secrets:
        if secret and secret in text:
            text = text.replace(secret, REDACTED)
    return text


def _mask_url(url: str) -> str:
    """Returns an address without the secrets in it: the password of a user, and what its query calls a secret."""
    for _, expression, replacement in _IN_URLS:
        url = expression.sub(replacement, url)
    return url


def find_secrets(value: Json, names: Collection[str] = SECRET_NAMES) -> list[str]:
    """Returns the texts that stand under a secret's name."""
    if isinstance(value, Mapping):
        return [
            text
            for name, one in value.items()
            for text in ([one] if name.lower() in names and isinstance(one, str) else find_secrets(one, names))
        ]
    return [text for one in value for text in find_secrets(one, names)] if isinstance(value, list) else []


def redact(value: Json, secrets: Collection[str] = (), names: Collection[str] = SECRET_NAMES) -> tuple[Json, bool]:
    """Returns a value without secrets, and whether it had any: what is under a secret's name, and texts that contain ``secrets``."""
    if isinstance(value, Mapping):
        found: dict[str, Json] = {}
        had_any = False
        for name, one in value.items():
            if name.lower() in names and one not in (None, ""):
                found[name], had = REDACTED, True
            elif isinstance(one, str) and name.lower().endswith(_URL_NAMES):
                found[name] = mask_secrets(_mask_url(one), secrets)
                had = found[name] != one
            else:
                found[name], had = redact(one, secrets, names)
            had_any |= had
        return found, had_any
    if isinstance(value, list):
        pairs = [redact(one, secrets, names) for one in value]
        return [one for one, _ in pairs], any(had for _, had in pairs)
    if isinstance(value, str):
        masked = mask_secrets(value, secrets)
        return masked, masked != value
    return value, False
