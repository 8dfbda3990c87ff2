"""SQL that differs between SQLite and PostgreSQL: values inside JSON columns, text without case, dates and times."""

from __future__ import annotations

from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from dealwright._json import Json
from dealwright.crm.values.formats import dumps
from dealwright.storage.engines import DialectName

T = TypeVar("T")

UNICODE_COLLATION = "und-x-icu"
"""The PostgreSQL collation that lowers case as Python does, and so as `storage.engines` does for SQLite."""


def json_text(dialect: DialectName, column: sa.ColumnElement[Any], *path: str) -> sa.ColumnElement[str]:
    """Returns the text at a path of a JSON column; null where there is none."""
    if dialect == "sqlite":
        return sa.func.json_extract(column, _path(path), type_=sa.Text)
    if not path:
        return column.op("#>>", return_type=sa.Text())(sa.literal_column("'{}'"))
    return sa.func.jsonb_extract_path_text(column, *path, type_=sa.Text)


def json_number(dialect: DialectName, column: sa.ColumnElement[Any], *path: str) -> sa.ColumnElement[float]:
    """Returns the number at a path of a JSON column; null where there is none."""
    if dialect == "sqlite":
        return sa.func.json_extract(column, _path(path), type_=sa.Double)
    return sa.cast(json_text(dialect, column, *path), sa.Double)


def json_equals(
    dialect: DialectName, column: sa.ColumnElement[Any], value: int | str, *path: str
) -> sa.ColumnElement[bool]:
    """Returns the criterion that the number or text at a path of a JSON column equals ``value``."""
    if dialect == "sqlite":
        return sa.func.json_extract(column, _path(path)) == value
    return _json_contains(column, value, path)


def json_array_contains(
    dialect: DialectName, column: sa.ColumnElement[Any], value: int | str, *path: str
) -> sa.ColumnElement[bool]:
    """Returns the criterion that the list at a path of a JSON column contains ``value``."""
    if dialect == "sqlite":
        rows = json_array_elements(dialect, column, *path)
        return sa.exists(sa.select(sa.literal_column("1")).select_from(rows).where(rows.c.value == value))
    return _json_contains(column, [value], path)


def json_array_elements(dialect: DialectName, column: sa.ColumnElement[Any], *path: str) -> sa.TableValuedAlias:
    """Returns the elements of a list at a path of a JSON column as rows, each with its ``value``, which is JSON."""
    if dialect == "sqlite":
        return sa.func.json_each(column, _path(path)).table_valued("value")
    found = sa.func.jsonb_extract_path(column, *path) if path else column
    return sa.func.jsonb_array_elements(found).table_valued("value").render_derived()


def json_entries(
    dialect: DialectName, column: sa.ColumnElement[Any]
) -> tuple[sa.TableValuedAlias, sa.ColumnElement[str], sa.ColumnElement[int]]:
    """Returns the elements of a list of lists as rows, the first text of each, and its position, counted from 0."""
    if dialect == "sqlite":
        found = sa.func.json_each(column).table_valued("key", "value")
        return found, sa.func.json_extract(found.c.value, "$[0]", type_=sa.Text), found.c.key
    found = sa.func.jsonb_array_elements(column).table_valued("value", with_ordinality="place").render_derived()
    return found, sa.func.jsonb_extract_path_text(found.c.value, "0", type_=sa.Text), found.c.place - 1


def element_text(dialect: DialectName, element: sa.ColumnElement[Any], *path: str) -> sa.ColumnElement[str]:
    """Returns an element of a list as text, or the text at a path in it."""
    if dialect == "sqlite" and not path:
        # SQLite gives scalar elements as plain values, not as JSON.
        return sa.type_coerce(element, sa.Text)
    return json_text(dialect, element, *path)


def element_number(dialect: DialectName, element: sa.ColumnElement[Any]) -> sa.ColumnElement[float]:
    """Returns an element of a list as a number."""
    if dialect == "sqlite":
        return sa.type_coerce(element, sa.Double)
    return json_number(dialect, element)


def lower(dialect: DialectName, text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Returns a text in lower case, in all scripts."""
    if dialect == "sqlite":
        return sa.func.unicode_lower(text, type_=sa.Text)
    return sa.func.lower(sa.collate(text, UNICODE_COLLATION), type_=sa.Text)


def without_index(dialect: DialectName, column: sa.ColumnElement[T]) -> sa.ColumnElement[T]:
    """Returns a number for criteria that shall not lead to the rows: SQLite, which has no statistics, takes no index of it."""
    if dialect != "sqlite":
        return column
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def add_days(dialect: DialectName, time: sa.ColumnElement[Any], days: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """Returns the date ``days`` after a time, as text; null where there is no number of days."""
    if dialect == "sqlite":
        return sa.func.date(time, days.concat(" days"), type_=sa.Text)
    return to_date_text(dialect, time.op("+")(sa.func.make_interval(0, 0, 0, days)))


def combine_date_time(
    dialect: DialectName, day: sa.ColumnElement[Any], time: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    """Returns a date and a time of day, which is text, as one time; null where one of them is null."""
    if dialect == "sqlite":
        return day.concat(" ").concat(time)
    return sa.cast(day, postgresql.TIMESTAMP) + sa.cast(time, postgresql.INTERVAL)


def seconds_between(
    dialect: DialectName, start: sa.ColumnElement[Any], end: sa.ColumnElement[Any]
) -> sa.ColumnElement[float]:
    """Returns the seconds from one time to another; negative where the second one is earlier."""
    if dialect == "sqlite":
        return (sa.func.julianday(end, type_=sa.Double) - sa.func.julianday(start, type_=sa.Double)) * 86400
    span = sa.cast(end, postgresql.TIMESTAMP) - sa.cast(start, postgresql.TIMESTAMP)
    return sa.cast(sa.extract("epoch", span), sa.Double)


def with_milliseconds(dialect: DialectName, time: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Returns a time in whole seconds in a form that can be sorted among times with milliseconds."""
    return time.concat(".000") if dialect == "sqlite" else time


def to_date_text(dialect: DialectName, time: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """Returns the date of a time or of a date, as text."""
    if dialect == "sqlite":
        return sa.func.substr(time, 1, 10, type_=sa.Text)
    return sa.func.to_char(time, "YYYY-MM-DD", type_=sa.Text)


def _json_contains(column: sa.ColumnElement[Any], value: Json, path: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """Returns the criterion with PostgreSQL's ``@>``.

    The planner knows from statistics how many rows meet it, which it does not for functions.
    """
    for key in reversed(path):
        value = {key: value}
    return column.op("@>", is_comparison=True)(sa.cast(sa.literal(dumps(value), sa.Text), postgresql.JSONB))


def _path(keys: tuple[str, ...]) -> str:
    return "$" + "".join(f'."{key}"' for key in keys)
