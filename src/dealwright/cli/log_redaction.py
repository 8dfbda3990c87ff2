"""What keeps secrets and forged lines out of the log: the last step before a line is written, for every line there is.

Texts of requests reach a line in many ways: paths, messages of errors, tracebacks. So nothing depends on who logs: all texts of a
line are searched for the secrets that came with the request at hand, and for what looks like a secret by its name or form.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from dealwright._redaction import REDACTED, is_secret, mask_patterns, mask_secrets

MAX_TEXT_LENGTH = 8_000
MAX_TRACEBACK_LENGTH = 60_000
MAX_MEMBERS = 50

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
        if is_secret(name)
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
    text = mask_secrets(text, secrets)
    return _mask_cached(text) if len(text) <= _CACHED_LENGTH else mask_patterns(text)


_mask_cached = functools.lru_cache(maxsize=1024)(mask_patterns)


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
