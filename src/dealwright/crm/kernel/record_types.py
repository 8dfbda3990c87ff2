"""Record types: which table holds the records, which class a row becomes, and who sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec
import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.kernel.counts import Kept
from dealwright.storage.types import DateText, DateTimeMsText, DateTimeText, JsonText

RecordTypeName = Literal[
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
    "project",
    "projectBoard",
    "projectPhase",
    "projectTemplate",
    "task",
    "dealProduct",
    "dealDiscount",
    "dealInstallment",
    "productVariation",
    "role",
    "team",
    "goal",
    "callLog",
    "channel",
    "mailThread",
    "mailMessage",
]
"""The name of a record type in the change log, in fields, followers and webhooks."""


OtherName = Literal["noteComment", "field", "webhook", "conversion", "account", "conversation", "notification"]
"""The name in the change log of what is no record with an id and fields of its own. Comments are listed under their note."""

RecordAction = Literal["create", "update", "delete", "restore", "merge"]
RelationAction = Literal["follow", "unfollow", "join", "leave"]
Action = RecordAction | RelationAction
"""The actions in the change log: on a record itself, or on its followers and participants."""

FieldChange = tuple[str, Json, Json]
"""The key of a field, its old value and its new one."""


class Record(msgspec.Struct, array_like=True, kw_only=True):
    """A row of a table: one attribute for each column, in the table's order. JSON columns are their text."""


R = TypeVar("R", bound=Record)


def preload_type(record_class: type[Record]) -> None:
    """Lets msgspec inspect a record class before several threads do so at once.

    While one thread collects the members, another one may take an incomplete list for complete: that crashes the
    process.
    """
    msgspec.convert([], list[record_class])  # type: ignore[valid-type]


class OwnVisibility(NamedTuple):
    """A record with ``owner_id`` and ``visible_to``, which decide who sees it; followers always see it.

    ``pipeline_column`` names the pipeline that the record is in: a pipeline that is hidden from a role hides its
    records, too.
    """

    pipeline_column: str | None = None


class LinkRelation(NamedTuple):
    """A table whose rows link records, which they have in ``row_id``, to others: those of its columns ``links``."""

    table: sa.Table
    row_id: str
    links: Mapping[str, RecordType[Any]]


class LinkedVisibility(NamedTuple):
    """A record that is visible to users who see one of the records that its columns ``links`` reference.

    With ``owner_column`` it is also visible to its owner, and to users whose role is above the owner's. ``relation`` links it
    to more records. While it is private, as ``private_column`` says, its owner alone sees it, and no admin.
    """

    links: Mapping[str, RecordType[Any]]
    owner_column: str | None = None
    private_column: str | None = None
    relation: LinkRelation | None = None


class PipelineVisibility(NamedTuple):
    """A pipeline, or a part of one: not visible to users from whose role the pipeline is hidden."""

    pipeline_column: str


class SharedVisibility(NamedTuple):
    """A record that only its owner sees, unless it is shared with everyone. Admins do not see those of others."""


class PublicVisibility(NamedTuple):
    """A record that every user of the company sees."""


Visibility = OwnVisibility | LinkedVisibility | PipelineVisibility | SharedVisibility | PublicVisibility
"""The rule for who sees the records of a type; `crm.kernel.access` turns it into criteria."""


class RecordType(Generic[R]):
    """A record type: its table, its class, its name in messages, and its visibility."""

    def __init__(
        self,
        object: RecordTypeName,
        table: sa.Table,
        record_class: type[R],
        noun: str,
        visibility: Visibility,
        *,
        key: str = "id",
        link: str | None = None,
        kept: Kept = (),
    ) -> None:
        """Describes the records of a table. ``kept`` is what they keep about other records.

        ``noun`` is the name for messages: "Deal". ``link`` is the name of the columns of other records that reference
        this type (default: ``deal_id`` …), ``key`` the column whose values they hold. Raises TypeError when the
        attributes of the class are not the columns of the table.
        """
        self.object: RecordTypeName = object
        self.table = table
        self.record_class = record_class
        self.noun = noun
        self.visibility: Visibility = visibility
        self.key: sa.Column[Any] = table.c[key]
        self.link = link or f"{object}_id"
        self.kept = kept
        if record_class.__struct_fields__ != tuple(table.c.keys()):
            raise TypeError(f"{record_class.__name__} must have the columns of {table.name}, in their order")
        preload_type(record_class)

    @cached_property
    def json_columns(self) -> frozenset[str]:
        """The columns that hold JSON."""
        return frozenset(column.name for column in self.table.c if column.type is JsonText)

    @cached_property
    def text_columns(self) -> frozenset[str]:
        """The columns that hold words, and not a time, a date or JSON as text."""
        forms = (DateText, JsonText, DateTimeText, DateTimeMsText)
        return frozenset(
            column.name
            for column in self.table.c
            if isinstance(column.type, sa.Text) and not any(column.type is form for form in forms)
        )

    @cached_property
    def has_milliseconds(self) -> bool:
        """Whether the add and update times are stored with milliseconds, not in whole seconds."""
        return "update_time" in self.table.c and self.table.c.update_time.type is DateTimeMsText

    @cached_property
    def select_by_id(self) -> sa.Select[tuple[Any, ...]]:
        """The query for the record with the parameter ``id``, composed once."""
        return sa.select(self.table).where(self.table.c.id == sa.bindparam("id"))

    @cached_property
    def select_by_id_for_update(self) -> sa.Select[tuple[Any, ...]]:
        """`select_by_id` with FOR UPDATE."""
        return self.select_by_id.with_for_update()

    @cached_property
    def delete_by_id(self) -> sa.Delete:
        """The statement that deletes the row with the parameter ``id``, composed once."""
        return sa.delete(self.table).where(self.table.c.id == sa.bindparam("id"))

    @cached_property
    def select_revision_by_id(self) -> sa.Select[tuple[Any, ...]]:
        """The query for the revision of the record with the parameter ``id``, unless it is deleted; composed once."""
        columns = self.table.c
        wanted = sa.select(columns.revision).where(columns.id == sa.bindparam("id"))
        return wanted.where(columns.is_deleted == sa.false())

    @cached_property
    def select_without_counts(self) -> sa.Select[tuple[Any, ...]]:
        """The query for all records without their counts, which are the columns after ``custom_fields``.

        Reading those takes a third of the time of a list. The attributes of such records have their defaults.
        """
        columns = list(self.table.c)
        counts_from = columns.index(self.table.c.custom_fields) + 1
        return sa.select(*columns[:counts_from])

    @cached_property
    def list_type(self) -> Any:
        """The type of a list of records, for msgspec."""
        return list[self.record_class]  # type: ignore[name-defined]

    def to_records(self, rows: Sequence[tuple[Any, ...]]) -> list[R]:
        """Returns records made of the rows of ``select(table)``."""
        # Lax, because SQLite's flags are 0 and 1.
        found: list[R] = msgspec.convert(rows, self.list_type, strict=False)
        return found
