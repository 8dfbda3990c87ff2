"""Finds actions by words as people say them, the best first."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry
from dealwright.contract.meanings import RECORDS as RECORDS  # noqa: PLC0414 - what sentences name, too
from dealwright.contract.meanings import plural

_SAID = 1.0
"""From which weight on a word is said of an action, and is not only the name of a parameter."""

_WORD = re.compile(r"[a-z0-9]+")
_HUMP = re.compile(r"([a-z])([A-Z])")

_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    **{word: (record, plural(record)) for word, record in RECORDS.items()},
    **dict.fromkeys(
        ("find", "show", "read", "export", "fetch", "look", "download"), ("get", "list", "search", "download")
    ),
    **dict.fromkeys(("owner", "member"), ("user", "users")),
    **dict.fromkeys(("create", "add", "new", "make", "insert", "upload"), ("post", "add", "create", "upload")),
    **dict.fromkeys(
        ("change", "update", "edit", "set", "modify", "relabel", "move", "rename"), ("patch", "put", "update")
    ),
    **dict.fromkeys(("remove", "erase", "trash"), ("delete",)),
    **dict.fromkeys(("duplicate", "duplicates", "dedupe", "same"), ("merge", "search", "duplicate")),
    **dict.fromkeys(
        ("label", "labels", "option", "options", "column", "columns", "property"), ("fields", "label", "labels")
    ),
    **dict.fromkeys(("revenue", "won", "total", "sum", "report", "statistics"), ("summary", "timeline", "deals")),
    **dict.fromkeys(("email", "emails", "mail"), ("mailbox", "mail", "search")),
}

_STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "all",
        "and",
        "by",
        "for",
        "from",
        "in",
        "into",
        "me",
        "my",
        "of",
        "on",
        "or",
        "please",
        "the",
        "to",
        "with",
    ]
)


def is_for_agents(entry: Entry) -> bool:
    """Whether agents may run an action at all: those that hand out tokens are for programs."""
    return not entry.path.startswith("/oauth/")


class _Indexed(NamedTuple):
    entry: Entry
    words: Mapping[str, float]
    said: frozenset[str]
    length: float


def search(query: str, *, group: str | None = None) -> list[Entry]:
    """Returns the actions that fit some words, the best first; all of a group for no words."""
    wanted = _query_words(query)
    found: list[tuple[float, str, Entry]] = []
    for one in _index():
        if group is not None and one.entry.group.casefold() != group.casefold():
            continue
        score = sum(weight * _weight(word) * one.words.get(word, 0.0) for word, weight in wanted.items()) / one.length
        if score > 0 or not wanted:
            found.append((-score * (0.6 if one.entry.deprecated else 1.0), one.entry.qualified_name, one.entry))
    return [entry for *_, entry in sorted(found, key=lambda one: one[:2])]


def containing(beginnings: Iterable[str]) -> list[Entry]:
    """Returns the actions that have a word with each of these beginnings in name, summary or group, in the order of the catalogue."""
    wanted = tuple(beginnings)
    return [one.entry for one in _index() if all(any(word.startswith(start) for word in one.said) for start in wanted)]


@functools.cache
def groups() -> tuple[str, ...]:
    """Returns the groups that actions are in."""
    return tuple(sorted({one.entry.group for one in _index()}))


def _query_words(query: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for word in _words(query):
        for one in (word, _singular(word)):
            found[one] = max(found.get(one, 0.0), 1.0)
        for one in _SYNONYMS.get(word) or _SYNONYMS.get(_singular(word), ()):
            found[one] = max(found.get(one, 0.0), 0.6)
    return found


@functools.cache
def _index() -> tuple[_Indexed, ...]:
    return tuple(_indexed(entry) for entry in catalogue.entries().values() if is_for_agents(entry))


def _indexed(entry: Entry) -> _Indexed:
    words: Counter[str] = Counter()
    for text, weight in (
        (entry.attribute.replace("_", " "), 3.0),
        (entry.summary, 2.0),
        (_HUMP.sub(r"\1 \2", entry.group), 2.0),
        (" ".join((*entry.parameters, *(entry.body or ()))).replace("_", " "), 0.3),
    ):
        for word in {*_words(text), *map(_singular, _words(text))}:
            words[word] = max(words[word], weight)  # type: ignore[assignment]
    # Among actions that fit as well, those with fewer other words fit better.
    said = frozenset(word for word, weight in words.items() if weight >= _SAID)
    return _Indexed(entry, dict(words), said, 1.0 + 0.08 * len(entry.attribute.split("_")))


@functools.cache
def _weight(word: str) -> float:
    """Returns how much a word says: little, when most actions have it."""
    return math.log(1 + len(_index()) / (1 + sum(word in one.words for one in _index())))


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.casefold()) if word not in _STOP_WORDS]


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
