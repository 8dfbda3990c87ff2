"""SQL expressions for the values of a field: in a column, inside JSON, in a list, or in rows of another table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from dealwright.crm.kernel import sql_functions
from dealwright.storage.engines import DialectName
from dealwright.storage.types import DateTimeMsText, DateTimeText

NO_PARTS: Mapping[str, sa.ColumnElement[Any]] = {}


class ValueExpression:
    """The SQL expression of one value. ``is_datetime``: it is a time in UTC, and no date."""

    is_datetime = False

    def text(self) -> sa.ColumnElement[Any]:
        """Returns the expression of a value that is a text, a date or a time."""
        raise NotImplementedError

    def number(self) -> sa.ColumnElement[Any]:
        """Returns the expression of a value that is a number, an id or a flag."""
        raise NotImplementedError

    def part(self, key: str) -> ValueExpression:
        """Returns the expression of a part of the value: its currency, its end."""
        raise NotImplementedError

    def elements(self) -> ValueExpression:
        """Returns the expression of the elements of a value that is a list."""
        raise NotImplementedError

    def any(self, criterion: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        """Returns the criterion that ``criterion`` holds for the value, or for any of several values."""
        return criterion

    def has(self, value: int | str | bool) -> sa.ColumnElement[bool]:
        """Returns the criterion that the value, or one of several values, is this number, id or choice."""
        return self.any(self.number() == value)


class ColumnValue(ValueExpression):
    """A value in a column, or one that is computed from columns. ``parts`` are columns of their own."""

    def __init__(self, column: sa.ColumnElement[Any], parts: Mapping[str, sa.ColumnElement[Any]] = NO_PARTS) -> None:
        self._column = column
        self._parts = parts
        self.is_datetime = column.type is DateTimeText or column.type is DateTimeMsText

    def text(self) -> sa.ColumnElement[Any]:
        return self._column

    def number(self) -> sa.ColumnElement[Any]:
        return self._column

    def part(self, key: str) -> ValueExpression:
        return ColumnValue(self._parts[key]) if key in self._parts else self


class JsonPath(ValueExpression):
    """A value at a path of a JSON column."""

    def __init__(self, dialect: DialectName, column: sa.ColumnElement[Any], *path: str) -> None:
        self._dialect: DialectName = dialect
        self._column = column
        self._path = path

    def text(self) -> sa.ColumnElement[Any]:
        return sql_functions.json_text(self._dialect, self._column, *self._path)

    def number(self) -> sa.ColumnElement[Any]:
        return sql_functions.json_number(self._dialect, self._column, *self._path)

    def part(self, key: str) -> ValueExpression:
        return JsonPath(self._dialect, self._column, *self._path, key)

    def elements(self) -> ValueExpression:
        return JsonArray(self._dialect, self._column, self._path)

    def has(self, value: int | str | bool) -> sa.ColumnElement[bool]:
        return sql_functions.json_equals(self._dialect, self._column, value, *self._path)


class JsonArray(ValueExpression):
    """The elements of a list in a JSON column, or the value that each of them has under a key."""

    def __init__(
        self, dialect: DialectName, column: sa.ColumnElement[Any], path: tuple[str, ...] = (), key: str | None = None
    ) -> None:
        self._dialect: DialectName = dialect
        self._column = column
        self._path = path
        self._rows = sql_functions.json_array_elements(dialect, column, *path)
        self._key = key

    def text(self) -> sa.ColumnElement[Any]:
        return sql_functions.element_text(self._dialect, self._rows.c.value, *([self._key] if self._key else []))

    def number(self) -> sa.ColumnElement[Any]:
        return sql_functions.element_number(self._dialect, self._rows.c.value)

    def any(self, criterion: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.exists(sa.select(sa.literal_column("1")).select_from(self._rows).where(criterion))

    def has(self, value: int | str | bool) -> sa.ColumnElement[bool]:
        return sql_functions.json_array_contains(self._dialect, self._column, value, *self._path)


class RelatedRows(ValueExpression):
    """Values in rows of another table that ``link`` joins to the record."""

    def __init__(self, column: sa.Column[Any], link: sa.ColumnElement[bool]) -> None:
        self._column = column
        self._link = link
        self.is_datetime = column.type is DateTimeText or column.type is DateTimeMsText

    def text(self) -> sa.ColumnElement[Any]:
        return self._column

    def number(self) -> sa.ColumnElement[Any]:
        return self._column

    def any(self, criterion: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.exists(sa.select(sa.literal_column("1")).select_from(self._column.table).where(self._link, criterion))
