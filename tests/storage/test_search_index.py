"""The index of texts: what is found is what the texts are, however they became so."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from dealwright.storage import search_index
from dealwright.storage.engines import Transaction
from dealwright.storage.tables.search import STARTS_FROM
from tests.api import Api

EVERYTHING = (0, 2**53, 1000)


def found(db: Transaction, *pieces: str) -> list[int]:
    return [number for number, _ in search_index.find(db, pieces, *EVERYTHING)]


def pending(db: Transaction) -> int:
    return int(db.value(sa.text("select count(*) from search_pending")))


def test_the_index_follows_every_change(api: Api) -> None:
    chance = random.Random(1)
    texts: dict[int, str | None] = {}
    words = ("anna", "berg", "carl", "dora", "emil")
    for _ in range(40):
        changes = {
            chance.randrange(1, 200): None if chance.random() < 0.2 else f"\n {' '.join(chance.sample(words, 3))}\n"
            for _ in range(30)
        }
        with api.bearer.company.database.write() as db:
            search_index.put(db, changes)
        texts |= changes
        with api.bearer.company.database.read() as db:
            for pieces in (("anna",), ("\n berg",), ("carl\n", "dora"), (" dora ", "em"), ("nna be",)):
                fit = [number for number, text in texts.items() if text and all(piece in text for piece in pieces)]
                assert found(db, *pieces) == sorted(fit, reverse=True), pieces
    with api.bearer.company.database.write() as db:
        if db.dialect == "sqlite":
            # The list of what is not in the index yet stays short.
            assert pending(db) < 300


def test_what_is_rolled_back_is_not_found(api: Api) -> None:
    def fail() -> None:
        with api.bearer.company.database.write() as db:
            search_index.put(db, {1: "\n anna\n"})
            assert found(db, "anna") == [1]
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with api.bearer.company.database.read() as db:
        assert found(db, "anna") == []


def test_all_texts_anew(api: Api) -> None:
    with api.bearer.company.database.write() as db:
        search_index.put(db, dict.fromkeys(range(1, 400), "\n anna\n"))
        search_index.replace_all(db, [[(1, "\n anna\n"), (2, "\n berg\n")], [(3, "\n carl anna\n")]])
    with api.bearer.company.database.read() as db:
        assert found(db, "anna") == [3, 1]
        assert found(db, "berg") == [2]
        assert search_index.read(db, [2, 3, 4]) == {2: "\n berg\n", 3: "\n carl anna\n"}


def test_ranges_limits_and_signs(api: Api) -> None:
    texts = {number: f'\n 100%_\\ "quoted" it\'s {number}\n' for number in (1, 2, 3, 4)}
    with api.bearer.company.database.write() as db:
        search_index.put(db, {**texts, 5: "\n 100xy\n"})
        for piece in ("100%", '"quoted"', "0%_\\", "it's", ' "q'):
            assert found(db, piece) == [4, 3, 2, 1], piece
        assert [number for number, _ in search_index.find(db, ["quoted"], 2, 3, 10)] == [3, 2]
        assert search_index.find(db, ["quoted"], 1, 4, 1) == [(4, texts[4])]
        assert found(db, "q", "it") == []


def test_beginnings_come_in_order(api: Api) -> None:
    names = ["\n anna berg\n", "\n anna\n", "\n annabel\n", "\n ann\n", "\n anna\n other\n", "\n änne\n"]
    texts = {STARTS_FROM + number: name for number, name in enumerate(names)}
    with api.bearer.company.database.write() as db:
        search_index.put(db, {1: "\n anna\n", **texts})
        starting = search_index.find_starting(db, "\n anna", *EVERYTHING)
        assert [number - STARTS_FROM for number, _ in starting] == [1, 4, 0, 2]
        assert len(search_index.find_starting(db, "\n anna", 0, 2**53, 2)) == 2
        assert search_index.find_starting(db, "\n anna", STARTS_FROM + 2, STARTS_FROM + 2, 9) == [
            (STARTS_FROM + 2, names[2])
        ]
        assert search_index.find_starting(db, "\n anna", 0, STARTS_FROM - 1, 9) == []
