"""Indexes that lead to the records of lists in the order of a value and, among equal values, of their ids.

A database uses an index for an order only when both are the same expression, with nulls at the same end: what a list is
sorted by (`crm.kernel.ordering`) is made of the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from dealwright.storage.types import DateText, DateTimeMsText, DateTimeText, JsonText

SORTED_CHARACTERS = 255
"""How much of a text in JSON counts, which may be longer than an entry of an index of PostgreSQL."""

_TIMES_AND_JSON = (DateText, JsonText, DateTimeText, DateTimeMsText)


class JsonMember(sa.sql.functions.FunctionElement[str]):
    """The text at a path in a JSON column: names of members, and positions in lists. The path stands in the SQL, as in an index."""

    name = "json_member"
    type = sa.Text()
    inherit_cache = True

    def __init__(self, column: sa.Column[Any], *path: str | int) -> None:
        super().__init__(column, *(sa.literal_column(f"'{part}'") for part in path))
        self.path = path


@compiles(JsonMember, "sqlite")
def _compile_json_member_sqlite(element: JsonMember, compiler: Any, **options: Any) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f'."{part}"' for part in element.path)
    return f"json_extract({compiler.process(element.clauses.clauses[0], **options)}, '${path}')"


@compiles(JsonMember, "postgresql")
def _compile_json_member_postgresql(element: JsonMember, compiler: Any, **options: Any) -> str:
    return f"jsonb_extract_path_text({compiler.process(element.clauses, **options)})"


class WithoutCase(sa.sql.functions.FunctionElement[str]):
    """A text as it is sorted: A to Z like a to z."""

    name = "without_case"
    type = sa.Text()
    inherit_cache = True


@compiles(WithoutCase, "sqlite")
def _compile_without_case_sqlite(element: WithoutCase, compiler: Any, **options: Any) -> str:
    # An index of a column in a collation can be read without the rows; SQLite needs these for an index of an expression.
    return f"{compiler.process(element.clauses, **options)} COLLATE NOCASE"


@compiles(WithoutCase, "postgresql")
def _compile_without_case_postgresql(element: WithoutCase, compiler: Any, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


class _NullsFirst(sa.ColumnElement[Any]):
    """A column of an index in which nulls come first, as SQLite has them anyway."""

    inherit_cache = False

    def __init__(self, value: sa.ColumnElement[Any]) -> None:
        self.value = value


@compiles(_NullsFirst, "sqlite")
def _compile_nulls_first_sqlite(element: _NullsFirst, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.value, **options))


@compiles(_NullsFirst, "postgresql")
def _compile_nulls_first_postgresql(element: _NullsFirst, compiler: Any, **options: Any) -> str:
    return f"{compiler.process(element.value, **options)} NULLS FIRST"


def is_word(column: sa.ColumnElement[Any]) -> bool:
    """Whether a value is a text of words, and not a time, a date or JSON as text."""
    return isinstance(column.type, sa.Text) and not any(column.type is form for form in _TIMES_AND_JSON)


def sort_value(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Returns what a value is sorted by: words without their case, those in JSON by their beginning, anything else as it is."""
    if not is_word(value):
        return value
    if isinstance(value, JsonMember):
        beginning: Iterator[sa.ColumnElement[Any]] = (
            sa.literal_column(str(number)) for number in (1, SORTED_CHARACTERS)
        )
        return WithoutCase(sa.func.substr(value, *beginning, type_=sa.Text))
    return WithoutCase(value)


def is_nullable(value: sa.ColumnElement[Any]) -> bool:
    """Whether a value may be null: so in nullable columns, and in expressions."""
    return not isinstance(value, sa.Column) or bool(value.nullable)


def add_sort_indexes(
    table: sa.Table,
    values: Iterable[str | tuple[str, sa.ColumnElement[Any]]],
    *,
    flags: Sequence[str],
    prefix: Sequence[str] = (),
) -> None:
    """Adds indexes that lead to the records of a table in the order of a value and, among equal ones, of the id.

    ``values`` are columns, and expressions with a name. The indexes also have ``flags``, which lists ask for: so the records
    before a page need not be read. ``prefix`` are flags that they begin with, where another index does, too, which SQLite
    would otherwise prefer.
    """
    for entry in values:
        name, value = entry if isinstance(entry, tuple) else (entry, table.c[entry])
        shown = sort_value(value)
        sa.Index(
            f"ix_{table.name}_sorted_{name}",
            *(table.c[flag] for flag in prefix),
            _NullsFirst(shown) if is_nullable(value) else shown,
            table.c.id,
            *(table.c[flag] for flag in flags),
            _table=table,
        )
