"""What the fields of all kinds of records have in common."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.field_types import CustomFieldType, FieldType
from dealwright.contract.values import MAX_MEMBERS, MAX_OPTIONS, Id, IdList, LongText, Name, NonEmptyShortText

FieldCode = Annotated[
    NonEmptyShortText,
    Meta(description="The code of the field: a word for one of the system, 40 characters for a custom one."),
]
Extra = Literal["ui_visibility", "important_fields", "required_fields"]
Extras = Annotated[
    list[Extra], Meta(max_length=MAX_MEMBERS, description="What to add to every field, comma-separated.")
]
VisibilityExtra = Annotated[
    list[Literal["ui_visibility"]],
    Meta(max_length=MAX_MEMBERS, description="What to add to every field, comma-separated."),
]


class Option(TypedDict):
    """A value to choose; options of system fields may have a text as their id: a yes or no has ``true`` and ``false``."""

    id: int | str
    label: str
    color: NotRequired[str | None]
    add_time: NotRequired[str | None]
    update_time: NotRequired[str | None]


class TouchedOption(TypedDict):
    """An option that was added, renamed or deleted."""

    id: int
    label: str


class Subfield(TypedDict):
    """A part of a field, such as the currency of an amount."""

    field_code: str
    field_name: str
    field_type: FieldType


class Field(TypedDict):
    """A field of a kind of record; the code of a custom one has 40 characters."""

    field_name: str
    field_code: str
    description: str | None
    field_type: FieldType
    options: list[Option] | None
    subfields: list[Subfield] | None
    is_custom_field: bool
    is_optional_response_field: bool


class Visibility(TypedDict):
    """Where the app shows a field: in the form for a new record, and in the record."""

    add_visible_flag: bool
    details_visible_flag: bool


class ShownInDialog(TypedDict):
    """Whether the form for a new record of another kind shows a field, and in which place."""

    show: bool
    order: int | None


class Importance(TypedDict):
    """Whether a field is marked as important, and in which stages; in all of them when none is named."""

    enabled: bool
    stage_ids: list[int]


class Requirement(TypedDict):
    """Whether the app asks for a field."""

    enabled: bool


class VisibilitySetting(V2Body, kw_only=True):
    """Where the app shall show a field: in the form for a new record, and in the record."""

    add_visible_flag: bool | UnsetType = UNSET
    details_visible_flag: bool | UnsetType = UNSET


class DialogSetting(V2Body, kw_only=True):
    """Whether the form for a new record of another kind shall show a field, and in which place."""

    show: bool | UnsetType = UNSET
    order: int | UnsetType | None = UNSET


class ImportanceSetting(V2Body, kw_only=True):
    """Whether to mark a field as important, and in which stages; in all of them when none is named."""

    enabled: bool | UnsetType = UNSET
    stage_ids: IdList | UnsetType = UNSET


class RequirementSetting(V2Body, kw_only=True):
    """Whether the app shall ask for a field."""

    enabled: bool | UnsetType = UNSET


class NewOption(V2Body, kw_only=True):
    """An option to create."""

    label: Name


class RenamedOption(V2Body, kw_only=True):
    """An option and its new label."""

    id: Id
    label: Name


class OptionToDelete(V2Body, kw_only=True):
    """An option to delete."""

    id: Id


NewOptions = Annotated[list[NewOption], Meta(min_length=1, max_length=MAX_OPTIONS)]
RenamedOptions = Annotated[list[RenamedOption], Meta(min_length=1, max_length=MAX_OPTIONS)]
OptionsToDelete = Annotated[list[OptionToDelete], Meta(min_length=1, max_length=MAX_OPTIONS)]


class NewField(V2Body, kw_only=True):
    """A field to create. Fields of type `enum` and `set` need options."""

    field_name: Name
    field_type: CustomFieldType
    options: Annotated[list[NewOption], Meta(max_length=MAX_OPTIONS)] | UnsetType = UNSET
    ui_visibility: VisibilitySetting | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET


class FieldChanges(V2Body, kw_only=True):
    """What to change of a field: at least one of its properties, never its type."""

    field_name: Name | UnsetType = UNSET
    ui_visibility: VisibilitySetting | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET
