"""Reads sentences that name an action: the one of the connector's document, and others that people write.

    Execute the action "get_deals" from my connector "local" using the params "{"status": "open"}".
    run get_deals on sales with limit=5
    v2.post_deals {'data': {'title': 'Roof'}}

Whoever names an action means it exactly, so that nothing is guessed: what cannot be read is said. Each character is looked at a fixed
number of times.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from dealwright.chat import literals
from dealwright.chat.literals import DOUBLE_QUOTES, QUOTES, SINGLE_QUOTES, Unreadable

MAX_LENGTH = literals.MAX_LENGTH + 4096
"""How long a text may be."""

_RUN_WORDS = frozenset(["execute", "run", "call", "perform", "invoke", "start", "use", "trigger"])
_ACTION_WORDS = frozenset(["action", "operation", "command", "endpoint"])
_CONNECTION_WORDS = frozenset(["connector", "connection", "account"])
_PARAMETER_WORDS = re.compile(r"\b(?:params|parameters|param|arguments|payload)\b\s*:?", re.IGNORECASE)
_SMALL = "the my our your this a an from on in with using at of to and named called is that please"
_SMALL_WORDS = frozenset(_SMALL.split())
_NOTHING = frozenset(["", "none", "nothing", "no", "empty", "null", "n/a", "-"])
_PLACEHOLDERS = {
    "choose_one_action_below": "Put the name of an action in place of CHOOSE_ONE_ACTION_BELOW.",
    "your_connector_name": "Put the name of one of your connections in place of YOUR_CONNECTOR_NAME: local is this CRM.",
    "your_connection_name": "Put the name of one of your connections in place of your_connection_name: local is this CRM.",
    "params_here": 'Put the parameters in place of PARAMS_HERE, as {"limit": 5}, or {} for none.',
}
_TOKEN = re.compile(
    rf"[{DOUBLE_QUOTES}](?P<double>[^{DOUBLE_QUOTES}]*)[{DOUBLE_QUOTES}]"
    rf"|(?<!\w)[{SINGLE_QUOTES}](?P<single>[^{SINGLE_QUOTES}]*)[{SINGLE_QUOTES}](?!\w)"
    rf"|(?P<word>[^\s{DOUBLE_QUOTES}]+)"
)
_PAIR = re.compile(r"\A([A-Za-z_]\w*)=(.*)", re.DOTALL)
_NAME = re.compile(r"\A(?:v[12]\.)?[a-z]+(?:_[a-z0-9]+)+")
_PUNCTUATION = ".,;:!?()"
_PLACE = re.compile(
    rf"\b(?:on|from|in|using|with)\s{{1,9}}(?:(?:my|the|our|your)\s{{1,9}})?(?:connector|connection)\s{{1,9}}(?:(?:named|called)\s{{1,9}})?"
    rf"(?:[{QUOTES}](?P<quoted>[^{QUOTES}]{{1,100}})[{QUOTES}]|(?P<word>[^\s{QUOTES}]{{1,100}}))",
    re.IGNORECASE,
)


class Token(NamedTuple):
    """A word, or what stands in quotation marks."""

    text: str
    is_quoted: bool

    @property
    def key(self) -> str:
        """The word as keywords are written; a text in quotation marks is none."""
        return "" if self.is_quoted else self.text.strip(_PUNCTUATION).lower()


class Command(NamedTuple):
    """An action by the name that was given, on a connection if one was named, with its parameters."""

    action: str
    connection: str | None
    params: dict[str, Any]


def read(text: str, is_action: Callable[[str], bool]) -> Command | None:
    """Returns what a text commands; None for one that names no action.

    ``is_action`` says whether there is an action of a name. Raises `Unreadable` for a sentence that names one, and has something else
    that cannot be read.
    """
    if len(text) > MAX_LENGTH:
        raise Unreadable(f"A text may have {MAX_LENGTH:,} characters, and this one has {len(text):,}")
    head, bracket, _ = text.partition("{")
    if '\\"' in head:
        # As it is copied out of a program.
        text, head = text.replace('\\"', '"'), head.replace('\\"', '"')
    if _find_action(tokens(head), is_action) is None and bracket:
        try:
            # The parameters may come first.
            return _command(text, is_action)
        except Unreadable:
            if _is_order(head):
                raise
            return None
    return _command(text, is_action)


def tokens(text: str) -> list[Token]:
    """Returns the words of a text, and the texts in quotation marks."""
    return [
        Token(found["word"], is_quoted=False)
        if found["word"] is not None
        else Token((found["double"] if found["double"] is not None else found["single"]).strip(), is_quoted=True)
        for found in _TOKEN.finditer(text)
    ]


def pairs(words: Sequence[Token]) -> dict[str, Any]:
    """Returns what is written as ``name=value``, where the value may stand in quotation marks."""
    found: dict[str, Any] = {}
    for position, word in enumerate(words):
        pair = None if word.is_quoted else _PAIR.fullmatch(word.text.rstrip(",;"))
        if pair is None:
            continue
        following = words[position + 1] if position + 1 < len(words) else None
        found[pair[1]] = (
            following.text if not pair[2] and following and following.is_quoted else literals.read_value(pair[2])
        )
    return found


def split_connection(text: str) -> tuple[str, str | None]:
    """Returns plain words without those that say on which connection, and the name of that; None where none is named."""
    found = _PLACE.search(text)
    if found is None:
        return text, None
    name = found["quoted"] or found["word"].strip(_PUNCTUATION)
    return f"{text[: found.start()]}{text[found.end() :]}", name.strip() or None


def _is_order(head: str) -> bool:
    words = {word.key for word in tokens(head)}
    return not words.isdisjoint(_RUN_WORDS) and not words.isdisjoint(_ACTION_WORDS)


def _command(text: str, is_action: Callable[[str], bool]) -> Command | None:
    frame, params = _split_params(text, is_action)
    words = tokens(frame)
    position = _find_action(words, is_action)
    if position is None:
        return None
    action = _name(words[position])
    connection = _find_connection([*words[:position], Token("", is_quoted=False), *words[position + 1 :]])
    for name in (action, connection or ""):
        if name.lower() in _PLACEHOLDERS:
            raise Unreadable(_PLACEHOLDERS[name.lower()])
    return Command(action, connection, {**pairs(words), **params})


def _split_params(text: str, is_action: Callable[[str], bool]) -> tuple[str, dict[str, Any]]:
    """Returns the text around the parameters, and these."""
    start = text.find("{")
    if start >= 0:
        rest = text[start:]
        try:
            found = literals.read_object(rest, 0)
        except Unreadable as error:
            # As it is copied out of a program.
            rest = rest.replace('\\"', '"')
            if rest == text[start:]:
                raise Unreadable(f"The parameters cannot be read: {error}") from None
            found = _read_again(rest, error)
        return f"{text[:start].rstrip().rstrip(QUOTES)} {rest[found.end :].lstrip().lstrip(QUOTES)}", found.value
    keyword = next(iter([*_PARAMETER_WORDS.finditer(text)][-1:]), None)
    # A connection may be called so, too.
    if keyword is None or _find_action(tokens(text[: keyword.start()]), is_action) is None:
        return text, {}
    rest = text[keyword.end() :].strip().rstrip(".").strip().strip(QUOTES).strip()
    if rest.lower() in _PLACEHOLDERS:
        raise Unreadable(_PLACEHOLDERS[rest.lower()])
    if rest.lower() in _NOTHING:
        return text[: keyword.start()], {}
    try:
        return text[: keyword.start()], literals.read_pairs(rest)
    except Unreadable as error:
        raise Unreadable(f'The parameters cannot be read: {error}. Write them as {{"limit": 5}}') from None


def _read_again(text: str, first: Unreadable) -> literals.Literal:
    try:
        return literals.read_object(text, 0)
    except Unreadable:
        raise Unreadable(f"The parameters cannot be read: {first}") from None


def _find_action(words: Sequence[Token], is_action: Callable[[str], bool]) -> int | None:
    """Returns the position of the name of an action; None where none is meant to be run."""
    for position, word in enumerate(words):
        if word.key.rstrip("s") not in _ACTION_WORDS and word.key not in _ACTION_WORDS:
            continue
        after = next((at for at in range(position + 1, len(words)) if words[at].key not in _SMALL_WORDS), None)
        if after is not None and (words[after].is_quoted or _NAME.fullmatch(_name(words[after]).lower())):
            return after
        if position and (words[position - 1].is_quoted or _NAME.fullmatch(_name(words[position - 1]).lower())):
            return position - 1
    is_ordered = True
    for position, word in enumerate(words):
        if is_ordered and is_action(_name(word)):
            return position
        # Whoever asks about an action does not want it to be run.
        is_ordered = (is_ordered and position > 0) or word.key in _RUN_WORDS
    return None


def _find_connection(words: Sequence[Token]) -> str | None:
    """Returns the name of the connection; None where none is named."""
    for position, word in enumerate(words):
        if word.key not in _CONNECTION_WORDS:
            continue
        after = [one for one in words[position + 1 : position + 3] if one.key not in ("named", "called", "is")][:1]
        if after and (after[0].is_quoted or (after[0].key and after[0].key not in _SMALL_WORDS)):
            return _name(after[0])
        before = words[position - 1] if position else None
        if before is not None and (before.is_quoted or (before.key and before.key not in _SMALL_WORDS)):
            return _name(before)
    for word, following in itertools.pairwise(words):
        if word.key in ("on", "from") and (
            following.is_quoted or following.key not in {"", *_SMALL_WORDS, *_CONNECTION_WORDS}
        ):
            return _name(following)
    return None


def _name(word: Token) -> str:
    """Returns a name, without what stands around it in a sentence."""
    return word.text.strip() if word.is_quoted else word.text.strip(_PUNCTUATION + QUOTES)
