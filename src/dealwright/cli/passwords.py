"""Passwords in URLs: taken out of locations where they come in, and masked in whatever is written."""

from __future__ import annotations

import os
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode

PASSWORD_VARIABLE = "PGPASSWORD"
"""The variable from which PostgreSQL's library and programs take a password that is not in the URL."""

_WORD = re.compile(r"\S+")
_USER = re.compile(r"(?<=://)[^\s:/?#]*:")
_PARAMETER = re.compile(r"(?<=[?&\s]password=)[^\s&]+|(?<=^password=)[^\s&]+")


def mask_passwords(text: str) -> str:
    """Returns a text in which the passwords of URLs and connection strings are ``***``."""
    return _PARAMETER.sub("***", _WORD.sub(lambda word: _mask_user_info(word[0]), text))


def _mask_user_info(word: str) -> str:
    """Returns a word in which what is between a user and the last at sign is ``***``."""
    at = word.rfind("@")
    user = _USER.search(word, 0, at) if at >= 0 else None
    return word if user is None else f"{word[: user.end()]}***{word[at:]}"


def take_password(location: str | None) -> str | None:
    """Returns the location of a platform without its password, which goes to the environment.

    There PostgreSQL's library finds it, in this process and those that it starts, and no message can repeat it.
    """
    if location is None or not location.startswith(("postgresql://", "postgres://")):
        return location
    scheme, _, rest = location.partition("://")
    authority, mark, query = rest.partition("?")
    if "@" not in authority and "@" in query:
        # A question mark in a password that should have been encoded.
        authority, mark, query = rest, "", ""
    user_info, at, host = authority.rpartition("@")
    user, _, password = user_info.partition(":")
    parameters = parse_qsl(query, keep_blank_values=True)
    named = [value for name, value in parameters if name == "password"]
    if found := (named[-1] if named else unquote(password)):
        os.environ[PASSWORD_VARIABLE] = found
    if named:
        query = urlencode([pair for pair in parameters if pair[0] != "password"], quote_via=quote)
    return f"{scheme}://{user}{at}{host}{mark if query else ''}{query}"
