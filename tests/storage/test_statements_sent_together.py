"""Tests of statements that are sent together with a later one: their order, their errors, and what the driver prepares."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from dealwright.storage.engines import PostgresServer, Transaction

METADATA = sa.MetaData()
NUMBERS = sa.Table("numbers", METADATA, sa.Column("number", sa.Integer, primary_key=True))
NAMES = sa.Table("names", METADATA, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
REPETITIONS = 12
"""More than it takes until the driver prepares a statement."""


def test_an_error_of_a_kept_statement_is_raised_and_leaves_the_connection_usable(postgres_url: str) -> None:
    server = PostgresServer(postgres_url, max_connections=1)
    database = server.database("tests", "numbers")
    database.create_tables(METADATA)

    def count(transaction: Transaction) -> int:
        return int(transaction.value(sa.select(sa.func.count()).select_from(NUMBERS)))

    def add_a_known_number(following_statements: int) -> None:
        with database.write() as transaction:
            transaction.insert_later(NUMBERS, {"number": 0})
            for _ in range(following_statements):
                transaction.insert_later(NAMES, {"name": "Name"})

    with database.write() as transaction:
        transaction.insert_later(NUMBERS, {"number": 0})
        assert count(transaction) == 1
    # In each round the driver gets to the point of preparing one more statement, after one that fails.
    for number in range(1, REPETITIONS):
        with pytest.raises(Exception, match="numbers_pkey") as failure:
            add_a_known_number(number)
        assert database.is_serialization_failure(failure.value)
        with database.write() as transaction:
            transaction.insert_later(NUMBERS, {"number": number})
            transaction.insert_later(NAMES, {"name": "Name"})
        with database.read() as transaction:
            assert count(transaction) == number + 1
            assert transaction.value(sa.select(sa.func.count()).select_from(NAMES)) == number
    server.close()
