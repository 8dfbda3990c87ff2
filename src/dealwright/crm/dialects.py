"""The little SQL that the two databases write differently: values inside JSON columns, and text without its case."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dealwright.storage.engines import DialectName

UNICODE = "und-x-icu"
"""The collation whose lower case is that of Python, and so the one of `storage.engines` for SQLite."""


def json_text(dialect: DialectName, stored: sa.ColumnElement[Any], *path: str) -> sa.ColumnElement[str]:
    """The text at a path of a JSON column; null where there is none."""
    if dialect == "sqlite":
        return sa.func.json_extract(stored, _path(path), type_=sa.Text)
    return sa.func.jsonb_extract_path_text(stored, *path, type_=sa.Text)


def json_number(dialect: DialectName, stored: sa.ColumnElement[Any], *path: str) -> sa.ColumnElement[float]:
    """The number at a path of a JSON column; null where there is none."""
    if dialect == "sqlite":
        return sa.func.json_extract(stored, _path(path), type_=sa.Double)
    return sa.cast(sa.func.jsonb_extract_path_text(stored, *path), sa.Double)


def json_members(dialect: DialectName, stored: sa.ColumnElement[Any], *path: str) -> sa.TableValuedAlias:
    """The members of a list at a path of a JSON column as rows, each with its ``value``, which is JSON again."""
    if dialect == "sqlite":
        return sa.func.json_each(stored, _path(path)).table_valued("value")
    found = sa.func.jsonb_extract_path(stored, *path) if path else stored
    return sa.func.jsonb_array_elements(found).table_valued("value").render_derived()


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


def days_later(dialect: DialectName, moment: sa.ColumnElement[Any], days: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The date some days after a moment, as text; null where there is no number of days."""
    if dialect == "sqlite":
        return sa.func.date(moment, days.concat(" days"), type_=sa.Text)
    return as_day(dialect, moment + sa.func.make_interval(0, 0, 0, days))


def as_day(dialect: DialectName, moment: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The date of a moment or a date, as text."""
    if dialect == "sqlite":
        return sa.func.substr(moment, 1, 10, type_=sa.Text)
    return sa.func.to_char(moment, "YYYY-MM-DD", type_=sa.Text)


def _path(keys: tuple[str, ...]) -> str:
    return "$" + "".join(f'."{key}"' for key in keys)
