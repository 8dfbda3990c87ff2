"""What keeps secrets and forged lines out of the log: the last step before a line is written, for every line there is.

Texts of requests reach a line in many ways: paths, messages of errors, tracebacks. So nothing depends on who logs: all texts of a
line are searched for the secrets that came with the request at hand, and for what looks like a secret by its name or form.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, NamedTuple

from dealwright.server import request_log

REDACTED = "[redacted]"
MAX_TEXT_LENGTH = 8_000
MAX_TRACEBACK_LENGTH = 60_000
MAX_MEMBERS = 50

_NAMES = "|".join(sorted(map(re.escape, request_log.SECRET_NAMES), key=len, reverse=True))


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
# Texts of so many characters at most recur from line to line: names of members, levels, routes.
_CACHED_LENGTH = 60


def redact(event: MutableMapping[str, Any], secrets: Iterable[str] = (), safe: str = "") -> dict[str, Any]:
    """Returns the members of a line without secrets, without characters that a terminal obeys, and of bounded length.

    ``safe`` is a text of ours that comes with every line, and need not be searched.
    """
    # Python shows texts in tracebacks with escapes.
    forms = {form for secret in secrets for form in (secret, repr(secret)[1:-1], ascii(secret)[1:-1])}
    return _redact_members(event, sorted(forms, key=len, reverse=True), safe)


def _redact_members(members: Mapping[str, Any], secrets: list[str], safe: str) -> dict[str, Any]:
    return {
        _clean(name, secrets): REDACTED
        if request_log.is_secret(name)
        else value
        if value is safe
        else _redact_value(name, value, secrets)
        for name, value in members.items()
    }


def _redact_value(name: str, value: object, secrets: list[str]) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if name == "exception":
        # Lines of a traceback stay lines; whoever renders them makes sure that none looks like one of the log's own.
        whole = _mask(_shorten(str(value), MAX_TRACEBACK_LENGTH), secrets)
        return "\n".join(map(escape, whole.split("\n")))
    if isinstance(value, Mapping):
        return _redact_members({str(key): one for key, one in [*value.items()][:MAX_MEMBERS]}, secrets, "")
    if isinstance(value, list | tuple):
        return [_redact_value("", one, secrets) for one in value[:MAX_MEMBERS]]
    return _clean(value if isinstance(value, str) else str(value), secrets)


def _clean(text: str, secrets: list[str]) -> str:
    return escape(_mask(_shorten(text, MAX_TEXT_LENGTH), secrets))


def _mask(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, REDACTED)
    return _mask_cached(text) if len(text) <= _CACHED_LENGTH else _mask_patterns(text)


def _mask_patterns(text: str) -> str:
    lower = text.lower()
    for marks, expression, replacement in _PATTERNS:
        if len(text) >= _TOKEN_LENGTH if marks == ("",) else any(mark in lower for mark in marks):
            text = expression.sub(replacement, text)
    return text


_mask_cached = functools.lru_cache(maxsize=1024)(_mask_patterns)


def escape(text: str) -> str:
    """Returns a text with escapes for all that is not printable: control characters, ends of lines, changes of direction."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _shorten(text: str, length: int) -> str:
    """Returns a long text without its middle: a traceback begins with where it was called, and ends with the error."""
    if len(text) <= length:
        return text
    half = length // 2
    return f"{text[:half]} [{len(text) - 2 * half} characters left out] {text[-half:]}"
