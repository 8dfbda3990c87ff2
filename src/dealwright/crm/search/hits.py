"""Texts that match a term: the best first, and among equally good ones those of the newest records.

Beginnings of titles and names are found in all texts. Everything else is ranked within windows of the newest texts, so
that a term that many records contain costs no more to find than a rare one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.search import indexed_columns
from dealwright.crm.search.indexed_columns import IndexedColumn
from dealwright.crm.search.terms import Term
from dealwright.storage import search_index

MAX_CANDIDATES = 10_000
"""The maximum number of texts that are examined for one answer: those after them are not found."""

_WINDOW_SIZE = 500


class Hit(NamedTuple):
    """A text that matches: its column, its record, and its score."""

    text_score: float
    column: IndexedColumn
    id: int

    @property
    def score(self) -> float:
        """The score of the hit among all hits of a search: that of the text, plus a little for the column's rank."""
        return round(self.text_score + self.column.rank / 10_000, 4)


def search_columns(crm: UnitOfWork, term: Term, columns: Collection[IndexedColumn]) -> Iterator[list[Hit]]:
    """Yields all texts in some columns that match, in batches; those with the digits of a phone number first."""
    if term.phone:
        yield from search_columns(crm, term.phone, columns)
    best: dict[int, str] = {}
    if not term.exact:
        for first, last in indexed_columns.document_id_ranges(columns):
            best |= search_index.find_by_prefix(crm.db, term.line_prefix, first, last, _WINDOW_SIZE)
    if len(term.pieces) > 1:
        best |= next(find_containing(crm, (term.line,), columns), [])
    windows = find_containing(crm, term.pieces, columns)
    yield rank(term, {**best, **dict(next(windows, []))})
    for window in windows:
        yield rank(term, {number: text for number, text in window if number not in best})


def find_containing(
    crm: UnitOfWork, pieces: Sequence[str], columns: Collection[IndexedColumn]
) -> Iterator[list[tuple[int, str]]]:
    """Yields the texts in some columns that contain all ``pieces``, by document id, in windows.

    The best columns and the newest records come first.
    """
    remaining = MAX_CANDIDATES
    window: list[tuple[int, str]] = []
    for first, last in indexed_columns.document_id_ranges(columns):
        while remaining > 0:
            size = _WINDOW_SIZE - len(window)
            found = search_index.find(crm.db, pieces, first, last, size)
            window += found
            remaining -= len(found)
            if len(found) < size:
                break
            yield window
            window, last = [], found[-1][0] - 1  # noqa: PLW2901
    if window:
        yield window


def rank(term: Term, texts: Mapping[int, str]) -> list[Hit]:
    """Returns those of some texts, by document id, that match, the best first."""
    scores = {number: fit for number, text in texts.items() if (fit := term.score(text)) is not None}
    best_first = sorted(scores, key=lambda number: (scores[number], number), reverse=True)
    return [Hit(scores[number], *indexed_columns.from_document_id(number)) for number in best_first]
