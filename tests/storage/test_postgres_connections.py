"""What connections to PostgreSQL are set to."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from dealwright.storage.platform import Platform
from tests import company


def test_queries_are_not_compiled(postgres_url: str) -> None:
    company.create_company(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        if connection.execute("select pg_jit_available()").fetchone() != (True,):
            pytest.skip("this PostgreSQL compiles nothing")
        name = sql.Identifier(connection.info.dbname)
        for setting in ("jit_above_cost", "jit_inline_above_cost", "jit_optimize_above_cost"):
            connection.execute(sql.SQL("alter database {} set {} = 0").format(name, sql.Identifier(setting)))
    platform = Platform(postgres_url)
    try:
        for database in (platform.database, platform.list_companies()[0].database):
            with database.read() as db:
                plan = db.values(sa.text("explain analyze select count(*) from generate_series(1, 10)"))
                assert not [line for line in plan if line.startswith("JIT")]
    finally:
        platform.close()
