"""Texts that fit a term: the best first, and of those that are equally good the ones of the newest records.

Beginnings of titles and names are found wherever they are. All else is ranked within windows of the newest texts, so that
what many records have in common costs no more to find than what few have.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from dealwright.crm.search import places
from dealwright.crm.search.places import Place
from dealwright.crm.search.terms import Term
from dealwright.crm.unit import Crm
from dealwright.storage import search_index

MOST_LOOKED_AT = 10_000
"""How many texts that fit are looked at for one answer: what comes after them is not found."""

_WINDOW = 500


class Hit(NamedTuple):
    """A text that fits: where it is, and how good that is."""

    fit: float
    place: Place
    id: int

    @property
    def score(self) -> float:
        """How good the hit is, among all hits of a search."""
        return round(self.fit + self.place.rank / 10_000, 4)


def everywhere(crm: Crm, term: Term, wanted: Collection[Place]) -> Iterator[list[Hit]]:
    """Everything in some places that fits, in portions."""
    best: dict[int, str] = {}
    if not term.exact:
        for first, last in places.ranges(wanted):
            best |= search_index.find_starting(crm.db, term.start, first, last, _WINDOW)
    if len(term.pieces) > 1:
        best |= next(holding(crm, (term.line,), wanted), [])
    windows = holding(crm, term.pieces, wanted)
    yield ranked(term, {**best, **dict(next(windows, []))})
    for window in windows:
        yield ranked(term, {number: text for number, text in window if number not in best})


def holding(crm: Crm, pieces: Sequence[str], wanted: Collection[Place]) -> Iterator[list[tuple[int, str]]]:
    """The texts in some places that hold some pieces, with their numbers, in windows: the best places and the newest first."""
    left = MOST_LOOKED_AT
    window: list[tuple[int, str]] = []
    for first, last in places.ranges(wanted):
        while left > 0:
            size = _WINDOW - len(window)
            found = search_index.find(crm.db, pieces, first, last, size)
            window += found
            left -= len(found)
            if len(found) < size:
                break
            yield window
            window, last = [], found[-1][0] - 1  # noqa: PLW2901
    if window:
        yield window


def ranked(term: Term, texts: Mapping[int, str]) -> list[Hit]:
    """Those of some texts, by number, that fit."""
    fits = {number: fit for number, text in texts.items() if (fit := term.fit(text)) is not None}
    best_first = sorted(fits, key=lambda number: (fits[number], number), reverse=True)
    return [Hit(fits[number], *places.at(number)) for number in best_first]
