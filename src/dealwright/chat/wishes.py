"""Finds the action that plain words mean, by searching the catalogue, and the values that they have for it.

list open deals              →  v2.get_deals, status=open
create a deal called "Roof"  →  v2.post_deals, data.title=Roof
deals of person 5            →  v1.get_persons_by_id_deals, id=5
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dealwright.chat import action_search, drafts, literals, sentence
from dealwright.chat.sentence import Token
from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry
from dealwright.contract.type_introspection import accepts, choices

MAX_WORDS = 40
"""How many words are looked at; whoever writes more does not name an action."""

MAX_OPTIONS = 5

_READING, _ADDING, _CHANGING, _REMOVING = ("GET",), ("POST",), ("PATCH", "PUT"), ("DELETE",)


def _words(text: str) -> list[str]:
    return text.split()


_VERBS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(
        _words("show list get find search see display read give fetch look what which who how count"), _READING
    ),
    **dict.fromkeys(_words("create add new make insert register schedule plan write"), _ADDING),
    **dict.fromkeys(_words("update change set edit rename move mark assign"), _CHANGING),
    **dict.fromkeys(_words("delete remove drop erase"), _REMOVING),
}
_FINDING = frozenset(["find", "search", "look"])
_SMALL_WORDS = frozenset(
    _words(
        "a all an and any are as at by called can could for from have i id in is it its like many me much my named need of on "
        "one our please some that the their there them titled to us want was we with would you your"
    )
)
_BEFORE_VALUES = frozenset(_words("to is = of as be :"))
_BEFORE_IDS = frozenset(_words("id ids number no nr with the = is of"))
_BEFORE_TITLES = frozenset(["called", "named", "titled"])
_TITLES = ("title", "name", "subject", "content", "term", "label")


class Wish(NamedTuple):
    """What was asked for: by which methods, about what, and the words as they were.

    ``id_of`` is what a number is the id of, empty where that is not said, and None without a number.
    """

    methods: Sequence[str]
    subjects: list[str]
    words: list[Token]
    id_of: str | None
    has_text: bool


def read(text: str) -> Wish:
    """Returns what plain words ask for."""
    words = sentence.tokens(text)[:MAX_WORDS]
    verbs = [word.key for word in words if word.key in _VERBS]
    methods = list(dict.fromkeys(method for verb in verbs[:1] for method in _VERBS[verb]))
    # What comes after `called` is a title, whatever words it has.
    before = next((position for position, word in enumerate(words) if word.key in _BEFORE_TITLES), len(words))
    subjects = [_stem(word.key) for word in words[:before] if _is_subject(word)]
    subjects = [subject for subject in subjects if _is_in_names(subject)]
    has_text = any(word.is_quoted for word in words)
    if not _FINDING.isdisjoint(verbs) and has_text:
        subjects.append("search")
    return Wish(methods, list(dict.fromkeys(subjects)), words, _id_of(words, subjects), has_text)


def find(wish: Wish) -> list[Entry]:
    """Returns the action that fits a wish best, or several between which nothing decides; none that has nothing to do with it."""
    entries, matched = _search(wish)
    if not entries or not matched:
        return []
    ranked = sorted(entries, key=lambda entry: (*_distance(entry, wish, matched), *_newness(entry)))
    best = _distance(ranked[0], wish, matched)
    alike = {entry.name: entry for entry in reversed(ranked) if _distance(entry, wish, matched) == best}
    return [*reversed(alike.values())][:MAX_OPTIONS]


def values(entry: Entry, wish: Wish) -> dict[str, Any]:
    """Returns the parameters and properties for which a wish has values, by their names."""
    types = drafts.names(entry)
    found, left = _named_values(types, wish)
    for position in list(left):
        word = wish.words[position]
        name = next(
            (one for one, declared in types.items() if _is_subject(word) and word.key in choices(declared)), None
        )
        if name is not None and name not in found:
            found[name] = word.key
            left.remove(position)
    variables = [part[1:-1] for part in entry.path.split("/") if part.startswith("{")]
    numbers = [position for position in left if _is_number(wish.words[position])]
    for name, position in zip((one for one in variables if one not in found), numbers, strict=False):
        found[name] = literals.read_value(wish.words[position].key)
        left.remove(position)
    title = next((one for one in _TITLES if one in types and one not in found), None)
    text = _title(wish, left)
    if title is not None and text is not None:
        found[title] = text
    return found


def _search(wish: Wish) -> tuple[list[Entry], list[str]]:
    """Returns the actions that have as many of the subjects as possible, in their order, and those subjects."""
    entries: list[Entry] = []
    matched: list[str] = []
    for subject in wish.subjects:
        found = [
            one
            for one in action_search.containing([*matched, subject])
            if not wish.methods or one.method in wish.methods
        ]
        if found:
            entries, matched = found, [*matched, subject]
    return entries, matched


def _distance(entry: Entry, wish: Wish, matched: Iterable[str]) -> tuple[int, int, bool]:
    """Returns how far an action is from a wish: in what one has and the other has not."""
    parts = [part for part in entry.name.split("_")[1:] if part != "by"]
    unasked = sum(not any(_stem(part).startswith(one) for one in matched) for part in parts if part != "id")
    unmet = sum(not any(_stem(part).startswith(one) for part in parts) for one in matched)
    owner = entry.name.partition("_by_")[0].rpartition("_")[2] if "id" in parts else None
    other = (owner is None) != (wish.id_of is None) or not _stem(owner or "").startswith(wish.id_of or "")
    searches = entry.method == "GET" and wish.has_text and "search" not in parts
    is_default = 0 if wish.methods or entry.method == "GET" else 1
    return unasked + unmet + other + searches, is_default, entry.deprecated


def _newness(entry: Entry) -> tuple[bool, int, int]:
    return not entry.documented, -int(entry.version.removeprefix("v")), len(entry.name)


def _named_values(types: Mapping[str, Any], wish: Wish) -> tuple[dict[str, Any], list[int]]:
    """Returns the values that stand behind the names of their parameters, and the positions of the other words."""
    found = {name: value for name, value in sentence.pairs(wish.words).items() if name in types}
    left: list[int] = []
    skipped: set[int] = set()
    for position, word in enumerate(wish.words):
        if position in skipped:
            continue
        at = position + 1
        while at < len(wish.words) and wish.words[at].key in _BEFORE_VALUES:
            at += 1
        name = next(
            (one for one in (word.key, f"{word.key}_id") if word.key and one in types and one not in found), None
        )
        if name is None or at >= len(wish.words) or not _may_be_value(types[name], wish.words[at]):
            left.append(position)
            continue
        value = wish.words[at]
        found[name] = value.text if value.is_quoted or accepts(types[name], str) else literals.read_value(value.key)
        skipped.update(range(position + 1, at + 1))
    return found, left


def _may_be_value(declared: Any, word: Token) -> bool:
    if _is_number(word):
        return accepts(declared, int) or accepts(declared, float) or accepts(declared, str)
    if choices(declared):
        return word.key in choices(declared) or word.text in choices(declared)
    return word.is_quoted and accepts(declared, str)


def _title(wish: Wish, left: Sequence[int]) -> str | None:
    """Returns the text that is a title or a name: in quotation marks, or the words after `called`."""
    quoted = next((wish.words[position].text for position in left if wish.words[position].is_quoted), None)
    if quoted is not None:
        return quoted
    start = next((at + 1 for at, word in enumerate(wish.words) if word.key in _BEFORE_TITLES), None)
    return " ".join(word.text for word in wish.words[start:]).strip(" .,;!?") or None if start is not None else None


def _id_of(words: Sequence[Token], subjects: Iterable[str]) -> str | None:
    """Returns what a number is the id of: what the word before it names, unless that is no subject but a parameter."""
    for position, word in enumerate(words):
        if not _is_number(word):
            continue
        before = next((one.key for one in reversed(words[:position]) if one.key not in _BEFORE_IDS), "")
        if not before or before in _VERBS:
            return ""
        if _stem(before) in subjects:
            return _stem(before)
    return None


@functools.cache
def _name_parts() -> frozenset[str]:
    return frozenset(_stem(part) for entry in catalogue.entries().values() for part in entry.name.split("_")[1:])


def _is_in_names(subject: str) -> bool:
    """Whether names of actions have a word that begins so. Others may be values, or nothing."""
    return len(subject) > 2 and any(part.startswith(subject) for part in _name_parts())


def _is_subject(word: Token) -> bool:
    return word.key.isalpha() and word.key not in _SMALL_WORDS and word.key not in _VERBS


def _is_number(word: Token) -> bool:
    return not word.is_quoted and word.key.lstrip("#").isdigit()


def _stem(word: str) -> str:
    """Returns what the singular and the plural of a word begin with."""
    singular = f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s") if len(word) > 3 else word
    singular = action_search.RECORDS.get(word) or action_search.RECORDS.get(singular, singular)
    return singular.removesuffix("y") if len(singular) > 4 else singular
