"""The little SQL that the two databases write differently: values inside JSON columns, and text without its case."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from dealwright._json import Json
from dealwright.crm.values import dumps
from dealwright.storage.engines import DialectName

UNICODE = "und-x-icu"
"""The collation whose lower case is that of Python, and so the one of `storage.engines` for SQLite."""


def json_text(dialect: DialectName, stored: sa.ColumnElement[Any], *path: str) -> sa.ColumnElement[str]:
    """The text at a path of a JSON column; null where there is none."""
    if dialect == "sqlite":
        return sa.func.json_extract(stored, _path(path), type_=sa.Text)
    if not path:
        return stored.op("#>>", return_type=sa.Text())(sa.literal_column("'{}'"))
    return sa.func.jsonb_extract_path_text(stored, *path, type_=sa.Text)


def json_number(dialect: DialectName, stored: sa.ColumnElement[Any], *path: str) -> sa.ColumnElement[float]:
    """The number at a path of a JSON column; null where there is none."""
    if dialect == "sqlite":
        return sa.func.json_extract(stored, _path(path), type_=sa.Double)
    return sa.cast(json_text(dialect, stored, *path), sa.Double)


def json_is(
    dialect: DialectName, stored: sa.ColumnElement[Any], value: int | str, *path: str
) -> sa.ColumnElement[bool]:
    """Whether a number or a text at a path of a JSON column is this one."""
    if dialect == "sqlite":
        return sa.func.json_extract(stored, _path(path)) == value
    return _json_contains(stored, value, path)


def json_has_member(
    dialect: DialectName, stored: sa.ColumnElement[Any], value: int | str, *path: str
) -> sa.ColumnElement[bool]:
    """Whether a number or a text is among the members of a list at a path of a JSON column."""
    if dialect == "sqlite":
        rows = json_members(dialect, stored, *path)
        return sa.exists(sa.select(sa.literal_column("1")).select_from(rows).where(rows.c.value == value))
    return _json_contains(stored, [value], path)


def json_members(dialect: DialectName, stored: sa.ColumnElement[Any], *path: str) -> sa.TableValuedAlias:
    """The members of a list at a path of a JSON column as rows, each with its ``value``, which is JSON again."""
    if dialect == "sqlite":
        return sa.func.json_each(stored, _path(path)).table_valued("value")
    found = sa.func.jsonb_extract_path(stored, *path) if path else stored
    return sa.func.jsonb_array_elements(found).table_valued("value").render_derived()


def json_entries(
    dialect: DialectName, stored: sa.ColumnElement[Any]
) -> tuple[sa.TableValuedAlias, sa.ColumnElement[str], sa.ColumnElement[int]]:
    """The members of a list of lists as rows; the text that each begins with, and its place, counted from 0."""
    if dialect == "sqlite":
        found = sa.func.json_each(stored).table_valued("key", "value")
        return found, sa.func.json_extract(found.c.value, "$[0]", type_=sa.Text), found.c.key
    found = sa.func.jsonb_array_elements(stored).table_valued("value", with_ordinality="place").render_derived()
    return found, sa.func.jsonb_extract_path_text(found.c.value, "0", type_=sa.Text), found.c.place - 1


def member_text(dialect: DialectName, member: sa.ColumnElement[Any], *path: str) -> sa.ColumnElement[str]:
    """The text that a member of a list is, or that stands at a path of it."""
    if dialect == "sqlite" and not path:
        # Members without parts are no JSON there, but the values themselves.
        return sa.type_coerce(member, sa.Text)
    return json_text(dialect, member, *path)


def member_number(dialect: DialectName, member: sa.ColumnElement[Any]) -> sa.ColumnElement[float]:
    """The number that a member of a list is."""
    if dialect == "sqlite":
        return sa.type_coerce(member, sa.Double)
    return json_number(dialect, member)


def lowered(dialect: DialectName, text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """A text in lower case, in all scripts."""
    if dialect == "sqlite":
        return sa.func.unicode_lower(text, type_=sa.Text)
    return sa.func.lower(sa.collate(text, UNICODE), type_=sa.Text)


def days_later(
    dialect: DialectName, moment: sa.ColumnElement[Any], days: sa.ColumnElement[Any]
) -> sa.ColumnElement[str]:
    """The date some days after a moment, as text; null where there is no number of days."""
    if dialect == "sqlite":
        return sa.func.date(moment, days.concat(" days"), type_=sa.Text)
    return as_day(dialect, moment.op("+")(sa.func.make_interval(0, 0, 0, days)))


def moment_of(dialect: DialectName, day: sa.ColumnElement[Any], time: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The moment of a date and a time of day that is text; null where one of them is."""
    if dialect == "sqlite":
        return day.concat(" ").concat(time)
    return sa.cast(day, postgresql.TIMESTAMP) + sa.cast(time, postgresql.INTERVAL)


def seconds_between(
    dialect: DialectName, start: sa.ColumnElement[Any], end: sa.ColumnElement[Any]
) -> sa.ColumnElement[float]:
    """How many seconds lie between two moments; less than 0 where the second one is earlier."""
    if dialect == "sqlite":
        return (sa.func.julianday(end, type_=sa.Double) - sa.func.julianday(start, type_=sa.Double)) * 86400
    span = sa.cast(end, postgresql.TIMESTAMP) - sa.cast(start, postgresql.TIMESTAMP)
    return sa.cast(sa.extract("epoch", span), sa.Double)


def with_milliseconds(dialect: DialectName, moment: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A moment in whole seconds as one that can be sorted among those with milliseconds."""
    return moment.concat(".000") if dialect == "sqlite" else moment


def as_day(dialect: DialectName, moment: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The date of a moment or a date, as text."""
    if dialect == "sqlite":
        return sa.func.substr(moment, 1, 10, type_=sa.Text)
    return sa.func.to_char(moment, "YYYY-MM-DD", type_=sa.Text)


def _json_contains(stored: sa.ColumnElement[Any], value: Json, path: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """PostgreSQL knows from samples how many rows this holds for, as it does not for what functions give."""
    for key in reversed(path):
        value = {key: value}
    return stored.op("@>", is_comparison=True)(sa.cast(sa.literal(dumps(value), sa.Text), postgresql.JSONB))


def _path(keys: tuple[str, ...]) -> str:
    return "$" + "".join(f'."{key}"' for key in keys)
