"""The search index: it finds the current texts, however they were written."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from dealwright.storage import search_index
from dealwright.storage.engines import Transaction
from dealwright.storage.tables.integration.search import MIN_PREFIX_INDEXED_ID
from tests.api import Api

# Its texts are those of no records.
pytestmark = pytest.mark.damaging

FULL_RANGE = (0, 2**53, 1000)


def find_ids(db: Transaction, *pieces: str) -> list[int]:
    return [number for number, _ in search_index.find(db, pieces, *FULL_RANGE)]


def count_pending(db: Transaction) -> int:
    return int(db.value(sa.text("select count(*) from search_pending")))


def test_the_index_follows_every_change(api: Api) -> None:
    rng = random.Random(1)
    texts: dict[int, str | None] = {}
    words = ("anna", "berg", "carl", "dora", "emil")
    for _ in range(40):
        changes = {
            rng.randrange(1, 200): None if rng.random() < 0.2 else f"\n {' '.join(rng.sample(words, 3))}\n"
            for _ in range(30)
        }
        with api.principal.company.database.write() as db:
            search_index.upsert(db, changes)
        texts |= changes
        with api.principal.company.database.read() as db:
            for pieces in (("anna",), ("\n berg",), ("carl\n", "dora"), (" dora ", "em"), ("nna be",)):
                matching = [number for number, text in texts.items() if text and all(piece in text for piece in pieces)]
                assert find_ids(db, *pieces) == sorted(matching, reverse=True), pieces
    with api.principal.company.database.write() as db:
        if db.dialect == "sqlite":
            # The list of texts that are not in the index yet stays short.
            assert count_pending(db) < 300


def test_what_is_rolled_back_is_not_found(api: Api) -> None:
    def fail() -> None:
        with api.principal.company.database.write() as db:
            search_index.upsert(db, {1: "\n anna\n"})
            assert find_ids(db, "anna") == [1]
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with api.principal.company.database.read() as db:
        assert find_ids(db, "anna") == []


def test_all_texts_are_replaced(api: Api) -> None:
    with api.principal.company.database.write() as db:
        search_index.upsert(db, dict.fromkeys(range(1, 400), "\n anna\n"))
        search_index.replace_all(db, [[(1, "\n anna\n"), (2, "\n berg\n")], [(3, "\n carl anna\n")]])
    with api.principal.company.database.read() as db:
        assert find_ids(db, "anna") == [3, 1]
        assert find_ids(db, "berg") == [2]
        assert search_index.get_many(db, [2, 3, 4]) == {2: "\n berg\n", 3: "\n carl anna\n"}


def test_ranges_limits_and_signs(api: Api) -> None:
    texts = {number: f'\n 100%_\\ "quoted" it\'s {number}\n' for number in (1, 2, 3, 4)}
    with api.principal.company.database.write() as db:
        search_index.upsert(db, {**texts, 5: "\n 100xy\n"})
        for piece in ("100%", '"quoted"', "0%_\\", "it's", ' "q'):
            assert find_ids(db, piece) == [4, 3, 2, 1], piece
        assert [number for number, _ in search_index.find(db, ["quoted"], 2, 3, 10)] == [3, 2]
        assert search_index.find(db, ["quoted"], 1, 4, 1) == [(4, texts[4])]
        assert find_ids(db, "q", "it") == []


def test_texts_by_prefix_are_sorted(api: Api) -> None:
    names = ["\n anna berg\n", "\n anna\n", "\n annabel\n", "\n ann\n", "\n anna\n other\n", "\n änne\n"]
    texts = {MIN_PREFIX_INDEXED_ID + number: name for number, name in enumerate(names)}
    with api.principal.company.database.write() as db:
        search_index.upsert(db, {1: "\n anna\n", **texts})
        starting = search_index.find_by_prefix(db, "\n anna", *FULL_RANGE)
        assert [number - MIN_PREFIX_INDEXED_ID for number, _ in starting] == [1, 4, 0, 2]
        assert len(search_index.find_by_prefix(db, "\n anna", 0, 2**53, 2)) == 2
        assert search_index.find_by_prefix(db, "\n anna", MIN_PREFIX_INDEXED_ID + 2, MIN_PREFIX_INDEXED_ID + 2, 9) == [
            (MIN_PREFIX_INDEXED_ID + 2, names[2])
        ]
        assert search_index.find_by_prefix(db, "\n anna", 0, MIN_PREFIX_INDEXED_ID - 1, 9) == []
