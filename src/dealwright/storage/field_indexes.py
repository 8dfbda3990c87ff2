"""Indexes of custom fields that link records: one for each such field, which is created and dropped with it.

The expression of an index must be the same text as that of the queries that use it, so that both come from here.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from dealwright.storage.engines import DialectName, Transaction
from dealwright.storage.tables import deals, fields

INDEXED_TABLES = {("deal", "org"): deals}
"""The tables of records whose custom fields of a type are looked up, by the object and the type of the fields."""


def value_equals(dialect: DialectName, table: sa.Table, key: str, id: int) -> sa.ColumnElement[bool]:
    """Returns the criterion that the custom field with this key links the record with this id."""
    column: sa.ColumnElement[Any] = table.c.custom_fields
    if dialect == "sqlite":
        return sa.func.json_extract(column, sa.literal_column(_path(key))) == id
    return column.op("->")(sa.literal_column(f"'{key}'")) == sa.cast(sa.literal(str(id), sa.Text), postgresql.JSONB)


def create_index(db: Transaction, object: str, field_type: str, key: str) -> None:
    """Creates the index of a new field, if fields of its type have one."""
    if (table := INDEXED_TABLES.get((object, field_type))) is not None:
        db.execute_sql(_create_statement(db, table, key))


def drop_index(db: Transaction, object: str, field_type: str, key: str) -> None:
    """Drops the index of a deleted field, if it has one."""
    if (table := INDEXED_TABLES.get((object, field_type))) is not None:
        schema = db.table_name(table).rpartition(".")[0]
        db.execute_sql(f"drop index if exists {schema}{'.' if schema else ''}{_index_name(table, key)}")


def create_statements(db: Transaction) -> list[str]:
    """Returns the statements that create the indexes of all fields, for a company whose rows were copied."""
    statements = []
    for (object, field_type), table in INDEXED_TABLES.items():
        criteria = (fields.c.object == object, fields.c.field_type == field_type, fields.c.is_custom == sa.true())
        keys = db.values(sa.select(fields.c.key).where(*criteria, fields.c.is_deleted == sa.false()))
        statements += [_create_statement(db, table, key) for key in keys]
    return statements


def _create_statement(db: Transaction, table: sa.Table, key: str) -> str:
    value = f"json_extract(custom_fields, {_path(key)})" if db.dialect == "sqlite" else f"(custom_fields -> '{key}')"
    name = db.table_name(table)
    return f"create index if not exists {_index_name(table, key)} on {name} ({value}, id) where {value} is not null"


def _index_name(table: sa.Table, key: str) -> str:
    return f'"ix_{table.name}_{key}"'


def _path(key: str) -> str:
    return f"""'$."{key}"'"""
