"""Kinds of records: which table holds them and what a row of it is called."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

import msgspec
import sqlalchemy as sa

from dealwright.storage.types import Day, JsonText, Moment, Moment3

Object = Literal[
    "deal",
    "person",
    "organization",
    "activity",
    "note",
    "product",
    "lead",
    "leadLabel",
    "pipeline",
    "stage",
    "user",
    "activityType",
    "filter",
    "file",
    "picture",
    "productImage",
    "organizationRelationship",
]
"""What the change log, fields, followers and webhooks call a kind of record."""


class Record(msgspec.Struct, array_like=True, kw_only=True):
    """A row of a table: one attribute a column, in the table's order. JSON columns are their text."""


R = TypeVar("R", bound=Record)


def prepare(record: type[Record]) -> None:
    """Has msgspec look into a type of records, before threads do so side by side.

    While one thread finds out what the members are, another one may take what is there so far for all: that ends the process.
    """
    msgspec.convert([], list[record])  # type: ignore[valid-type]


class Kind(Generic[R]):
    """A kind of record."""

    def __init__(self, object: Object, table: sa.Table, record: type[R], noun: str) -> None:
        """``noun`` is the name for messages: "Deal". Raises TypeError when table and record differ."""
        self.object: Object = object
        self.table = table
        self.record = record
        self.noun = noun
        if record.__struct_fields__ != tuple(table.c.keys()):
            raise TypeError(f"{record.__name__} must have the columns of {table.name}, in their order")
        prepare(record)

    @cached_property
    def json_columns(self) -> frozenset[str]:
        """The columns that hold JSON."""
        return frozenset(column.name for column in self.table.c if column.type is JsonText)

    @cached_property
    def text_columns(self) -> frozenset[str]:
        """The columns that hold words, and not a moment, a date or JSON as text."""
        forms = (Day, JsonText, Moment, Moment3)
        return frozenset(
            column.name
            for column in self.table.c
            if isinstance(column.type, sa.Text) and not any(column.type is form for form in forms)
        )

    @cached_property
    def to_milliseconds(self) -> bool:
        """Whether the times of adding and changing are kept with milliseconds, not in whole seconds."""
        return self.table.c.update_time.type is Moment3

    @cached_property
    def by_id(self) -> sa.Select[tuple[Any, ...]]:
        """The query for the record whose ``id`` is given, kept so that it need not be composed each time."""
        return sa.select(self.table).where(self.table.c.id == sa.bindparam("id"))

    @cached_property
    def by_id_to_change(self) -> sa.Select[tuple[Any, ...]]:
        """The same query for somebody who is about to change the record, which must not change in between."""
        return self.by_id.with_for_update()

    @cached_property
    def revision_by_id(self) -> sa.Select[tuple[Any, ...]]:
        """The query for the revision of the record whose ``id`` is given, unless it is deleted; kept like `by_id`."""
        columns = self.table.c
        wanted = sa.select(columns.revision).where(columns.id == sa.bindparam("id"))
        return wanted.where(columns.is_deleted == sa.false())

    @cached_property
    def plain(self) -> sa.Select[tuple[Any, ...]]:
        """A query for all records without their counts, which are the columns after ``custom_fields``.

        Reading those costs a third of a list. The attributes of records read so hold their defaults.
        """
        columns = list(self.table.c)
        counts_from = columns.index(self.table.c.custom_fields) + 1
        return sa.select(*columns[:counts_from])

    @cached_property
    def rows_type(self) -> Any:
        """The type of a list of records."""
        return list[self.record]  # type: ignore[name-defined]

    def records(self, rows: Sequence[tuple[Any, ...]]) -> list[R]:
        """Records from the rows of ``select(table)``."""
        # Lax, because SQLite's flags are 0 and 1.
        found: list[R] = msgspec.convert(rows, self.rows_type, strict=False)
        return found
