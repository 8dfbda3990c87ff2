"""Saved filters, by which lists are narrowed."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Ids, RecordId
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, List
from dealwright.contract.values import MAX_MEMBERS, Json, LongText, Name, ShortText, VisibleTo

READ = frozenset(
    {"activities:full", "activities:read", "contacts:full", "contacts:read", "deals:full", "deals:read"},
)
WRITE = frozenset({"activities:full", "contacts:full", "deals:full"})

FilterType = Literal["deals", "leads", "org", "people", "products", "activity", "projects"]
FilterVisibility = Literal[1, 7]
WithFieldCodes = Annotated[
    bool, Meta(description="Whether each test names its field by code as well, in `field_code`.")
]
Glue = Literal["and", "or"]
FilteredObject = Literal["person", "deal", "organization", "product", "activity", "lead", "project"]
Operator = Literal[
    "=",
    "!=",
    ">",
    "<",
    ">=",
    "<=",
    "IS NULL",
    "IS NOT NULL",
    "LIKE '%$%'",
    "LIKE '$%'",
    "LIKE '%$'",
    "NOT LIKE '%$%'",
    "NOT LIKE '$%'",
    "NOT LIKE '%$'",
    "ends_at",
    "does_not_end_at",
    "ends_before",
    "ends_e_before",
    "ends_after",
    "ends_e_after",
    "includes",
    "contains",
    "not_contains",
    "has_been",
    "belongs_to_team",
]


class StoredCondition(TypedDict):
    """One test of a field. ``field_id`` is a number, or a number in text, as it was given.

    ``json_value_flag`` tells values that are lists or objects. ``field_code`` is the field's code in v2, where it is asked for.
    """

    object: FilteredObject
    field_id: int | str
    operator: Operator
    value: Json
    extra_value: NotRequired[str | None]
    json_value_flag: bool
    field_code: NotRequired[str | None]


class StoredGroup(TypedDict):
    """Tests of which all, or any one, must hold; an empty group may hold a single null."""

    glue: Glue
    conditions: list[StoredCondition | None]


class StoredConditions(TypedDict):
    """The tests of a filter: both groups must hold."""

    glue: Literal["and"]
    conditions: list[StoredGroup]


class Filter(TypedDict):
    """A filter; lists of filters leave its conditions out.

    ``is_editable`` is about the caller. Users make all filters here, so that none has a ``filter_code`` of the system; when one was
    last used is not kept.
    """

    id: int
    name: str
    filter_code: str | None
    is_editable: bool
    active_flag: bool
    type: FilterType
    temporary_flag: bool | None
    user_id: int
    add_time: str
    update_time: str | None
    visible_to: VisibleTo
    last_used_time: str | None
    custom_view_id: int | None
    conditions: NotRequired[StoredConditions]


class FilterHelpers(TypedDict):
    """What conditions may be made of, each with its name for people.

    ``operators`` are by type of field (those of ``enum`` each in an object of its own), ``relative_dates`` by kind.
    """

    operators: dict[str, dict[str, str] | list[dict[str, str]]]
    deprecated_operators: dict[str, str]
    relative_dates: dict[str, dict[str, str]]
    address_field_components: dict[str, str]


ComparedValue = LongText | int | float | bool | list[Json] | dict[str, Json] | None
"""What the values of a field are compared with."""


class Condition(V1Body, kw_only=True):
    """A test of a field.

    ``field_id`` is the id of the field in the list of fields of ``object``, or its code. Dates are ``YYYY-MM-DD`` or a word such as
    ``last_week``. ``extra_value`` names the part of an address to test.
    """

    object: FilteredObject
    field_id: int | ShortText
    operator: Operator
    value: ComparedValue | UnsetType = UNSET
    extra_value: ShortText | UnsetType | None = UNSET


class ConditionGroup(V1Body, kw_only=True):
    """Tests of which all (``and``) or any one (``or``) must hold; an empty group always holds."""

    glue: Glue
    conditions: Annotated[list[Condition | None], Meta(max_length=MAX_MEMBERS)]


class Conditions(V1Body, kw_only=True):
    """The tests of a filter: one group with ``and`` and one with ``or``, 16 tests in both together."""

    glue: Literal["and"]
    conditions: Annotated[list[ConditionGroup], Meta(min_length=1, max_length=2)]


class NewFilter(V1Body, kw_only=True):
    """A filter to create; it is the caller's own.

    ``visible_to`` is 1 for a private filter, as it is unless told otherwise, and 7 for one that everyone may use. A filter
    with ``temporary_flag`` is not meant to be kept.
    """

    name: Name
    conditions: Conditions
    type: FilterType
    visible_to: FilterVisibility | UnsetType = UNSET
    temporary_flag: bool | UnsetType = UNSET


class FilterChanges(V1Body, kw_only=True):
    """What to change of a filter; its conditions are always given, as a whole."""

    name: Name | UnsetType = UNSET
    conditions: Conditions
    visible_to: FilterVisibility | UnsetType = UNSET
    temporary_flag: bool | UnsetType = UNSET


@endpoint("DELETE /v1/filters", group="Filters", scopes=WRITE, cost=10)
def delete_filters(ids: Ids) -> Item[DeletedMany]:
    """Delete several filters."""


@endpoint("GET /v1/filters", group="Filters", scopes=READ, cost=20)
def get_filters(
    type: Annotated[FilterType, Meta(description="Only filters of this kind of records.")] | None = None,
) -> List[Filter]:
    """List the filters that the caller may use."""


@endpoint("POST /v1/filters", group="Filters", scopes=WRITE, cost=10)
def post_filters(data: NewFilter, include_field_code: WithFieldCodes = False) -> Item[Filter]:
    """Create a filter."""


@endpoint("GET /v1/filters/helpers", group="Filters", scopes=READ, cost=20)
def get_filters_helpers() -> Item[FilterHelpers]:
    """List the operators, relative dates and parts of addresses that conditions may be made of."""


@endpoint("DELETE /v1/filters/{id}", group="Filters", scopes=WRITE, cost=6)
def delete_filters_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a filter."""


@endpoint("GET /v1/filters/{id}", group="Filters", scopes=READ, cost=2)
def get_filters_by_id(id: RecordId, include_field_code: WithFieldCodes = False) -> Item[Filter]:
    """Get one filter, with its conditions."""


@endpoint("PUT /v1/filters/{id}", group="Filters", scopes=WRITE, cost=10)
def put_filters_by_id(id: RecordId, data: FilterChanges, include_field_code: WithFieldCodes = False) -> Item[Filter]:
    """Change a filter."""
