"""Where the values of a field lie, as SQL: in a column, inside JSON, in a list, or in rows of another table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from dealwright.crm import dialects
from dealwright.storage.engines import DialectName
from dealwright.storage.types import Moment, Moment3

NO_PARTS: Mapping[str, sa.ColumnElement[Any]] = {}


class Place:
    """Where one value lies. ``is_moment``: it is a moment in UTC, and no date."""

    is_moment = False

    def text(self) -> sa.ColumnElement[Any]:
        """The value, where it is a text, a date or a moment."""
        raise NotImplementedError

    def number(self) -> sa.ColumnElement[Any]:
        """The value, where it is a number, an id or a flag."""
        raise NotImplementedError

    def part(self, key: str) -> Place:
        """Where a part of the value lies: its currency, its end."""
        raise NotImplementedError

    def members(self) -> Place:
        """Where the members lie of a value that is a list."""
        raise NotImplementedError

    def any(self, criterion: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        """Whether a criterion about the value holds; where a record has several values, for any of them."""
        return criterion

    def has(self, value: int | str | bool) -> sa.ColumnElement[bool]:
        """Whether the value is this number, id or choice; where a record has several values, whether one of them is."""
        return self.any(self.number() == value)


class Column(Place):
    """A value in a column, or one that is calculated from some. ``parts`` lie in columns of their own."""

    def __init__(self, column: sa.ColumnElement[Any], parts: Mapping[str, sa.ColumnElement[Any]] = NO_PARTS) -> None:
        self._column = column
        self._parts = parts
        self.is_moment = column.type is Moment or column.type is Moment3

    def text(self) -> sa.ColumnElement[Any]:
        return self._column

    def number(self) -> sa.ColumnElement[Any]:
        return self._column

    def part(self, key: str) -> Place:
        return Column(self._parts[key]) if key in self._parts else self


class Inside(Place):
    """A value at a path of a JSON column."""

    def __init__(self, dialect: DialectName, stored: sa.ColumnElement[Any], *path: str) -> None:
        self._dialect: DialectName = dialect
        self._stored = stored
        self._path = path

    def text(self) -> sa.ColumnElement[Any]:
        return dialects.json_text(self._dialect, self._stored, *self._path)

    def number(self) -> sa.ColumnElement[Any]:
        return dialects.json_number(self._dialect, self._stored, *self._path)

    def part(self, key: str) -> Place:
        return Inside(self._dialect, self._stored, *self._path, key)

    def members(self) -> Place:
        return Members(self._dialect, self._stored, self._path)

    def has(self, value: int | str | bool) -> sa.ColumnElement[bool]:
        return dialects.json_is(self._dialect, self._stored, value, *self._path)


class Members(Place):
    """The members of a list in a JSON column, or what each of them holds under a key."""

    def __init__(
        self, dialect: DialectName, stored: sa.ColumnElement[Any], path: tuple[str, ...] = (), key: str | None = None
    ) -> None:
        self._dialect: DialectName = dialect
        self._stored = stored
        self._path = path
        self._rows = dialects.json_members(dialect, stored, *path)
        self._key = key

    def text(self) -> sa.ColumnElement[Any]:
        return dialects.member_text(self._dialect, self._rows.c.value, *([self._key] if self._key else []))

    def number(self) -> sa.ColumnElement[Any]:
        return dialects.member_number(self._dialect, self._rows.c.value)

    def any(self, criterion: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.exists(sa.select(sa.literal_column("1")).select_from(self._rows).where(criterion))

    def has(self, value: int | str | bool) -> sa.ColumnElement[bool]:
        return dialects.json_has_member(self._dialect, self._stored, value, *self._path)


class Linked(Place):
    """Values in rows of another table that ``link`` ties to the record."""

    def __init__(self, column: sa.Column[Any], link: sa.ColumnElement[bool]) -> None:
        self._column = column
        self._link = link
        self.is_moment = column.type is Moment or column.type is Moment3

    def text(self) -> sa.ColumnElement[Any]:
        return self._column

    def number(self) -> sa.ColumnElement[Any]:
        return self._column

    def any(self, criterion: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.exists(sa.select(sa.literal_column("1")).select_from(self._column.table).where(self._link, criterion))
