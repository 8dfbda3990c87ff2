"""What the fields of all kinds of records have in common."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract import field_types
from dealwright.contract.bodies import V1Body
from dealwright.contract.field_types import CustomFieldType
from dealwright.contract.values import MAX_OPTIONS, Color, Id, Name

FieldId = Annotated[Id, Meta(description="The id of the field.")]

FieldType = Literal[field_types.FieldType, "pipeline", "product"]
"""The types of all fields, those of the system among them."""

NewFieldType = Literal[CustomFieldType, "visible_to"]
"""The types of the fields that can be created; those of products are a `CustomFieldType`."""


class Option(TypedDict):
    """A value to choose; options of system fields may have a text or a boolean as their id."""

    id: int | str | bool
    label: str
    color: NotRequired[str | None]
    alt_id: NotRequired[str | None]


class Subfield(TypedDict):
    """A part of a field, such as the currency of an amount."""

    id: None
    key: str
    name: str
    field_type: FieldType
    active_flag: bool
    edit_flag: bool
    mandatory_flag: bool
    is_subfield: bool
    parent_id: int
    id_suffix: str


class ShownInPipelines(TypedDict):
    """The pipelines whose deals show a field; the ids count unless it is all."""

    show_in_all: bool
    pipeline_ids: list[int]


class Field(TypedDict):
    """A field of a kind of record. ``edit_flag`` is true for custom fields, whose ``key`` has 40 characters.

    Lists hold the parts of a field too, as fields of their own with ``is_subfield`` and without an id; they have only
    what is always there. ``mandatory_flag`` may be a condition: another field's key to what its value must be.
    """

    id: int | None
    key: str
    name: str
    field_type: FieldType
    active_flag: bool
    edit_flag: bool
    mandatory_flag: bool | dict[str, str]
    group_id: NotRequired[int | None]
    order_nr: NotRequired[int]
    json_column_flag: NotRequired[bool]
    add_time: NotRequired[str]
    update_time: NotRequired[str | None]
    last_updated_by_user_id: NotRequired[int | None]
    created_by_user_id: NotRequired[int | None]
    index_visible_flag: NotRequired[bool]
    details_visible_flag: NotRequired[bool]
    add_visible_flag: NotRequired[bool]
    important_flag: NotRequired[bool]
    bulk_edit_allowed: NotRequired[bool]
    searchable_flag: NotRequired[bool]
    filtering_allowed: NotRequired[bool]
    sortable_flag: NotRequired[bool]
    options: NotRequired[list[Option] | None]
    options_deleted: NotRequired[list[Option]]
    subfields: NotRequired[list[Subfield]]
    is_subfield: NotRequired[bool]
    parent_id: NotRequired[int]
    id_suffix: NotRequired[str]
    use_field: NotRequired[str | None]
    link: NotRequired[str | None]
    description: NotRequired[str | None]
    restriction_settings: NotRequired[list[str]]
    user_restrictions: NotRequired[None]
    picklist_data: NotRequired[None]
    projects_detail_visible_flag: NotRequired[bool]
    show_in_pipelines: NotRequired[ShownInPipelines]


class NewOption(V1Body, kw_only=True):
    """An option to create."""

    label: Name
    color: Color | UnsetType | None = UNSET


class OptionToKeep(V1Body, kw_only=True):
    """An option that stays (with its id) or comes (without)."""

    label: Name
    id: Id | UnsetType = UNSET
    color: Color | UnsetType | None = UNSET


class NewField(V1Body, kw_only=True):
    """A field to create. Fields of type `enum` and `set` need options."""

    name: Name
    field_type: NewFieldType
    options: Annotated[list[NewOption], Meta(max_length=MAX_OPTIONS)] | UnsetType | None = UNSET
    add_visible_flag: bool | UnsetType = UNSET


class FieldChanges(V1Body, kw_only=True):
    """What to change of a field. The options given replace all there are."""

    name: Name | UnsetType = UNSET
    options: Annotated[list[OptionToKeep], Meta(max_length=MAX_OPTIONS)] | UnsetType | None = UNSET
    add_visible_flag: bool | UnsetType = UNSET
