"""The fields of persons."""

from __future__ import annotations

from typing import NotRequired

from msgspec import UNSET, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Cursor, Limit
from dealwright.contract.v2.envelopes import Item, List, Page
from dealwright.contract.v2.fields import (
    DialogSetting,
    Extras,
    Field,
    FieldCode,
    Importance,
    ImportanceSetting,
    NewFieldType,
    NewOption,
    NewOptions,
    OptionsToDelete,
    RenamedOptions,
    Requirement,
    RequirementSetting,
    ShownInDialog,
    TouchedOption,
    Visibility,
    VisibilitySetting,
)
from dealwright.contract.values import Name

READ = frozenset({"admin", "contact-fields:full", "contacts:full", "contacts:read"})
CHANGE = frozenset({"admin", "contact-fields:full", "contacts:full"})
WRITE = frozenset({"admin", "contact-fields:full"})


class PersonFieldVisibility(Visibility):
    """Where the app shows a person field."""

    show_in_add_deal_dialog: ShownInDialog


class PersonField(Field):
    """A field of persons. What is not always there comes on request, by `include_fields`."""

    ui_visibility: NotRequired[PersonFieldVisibility]
    important_fields: NotRequired[Importance]
    required_fields: NotRequired[Requirement]


class PersonFieldVisibilitySetting(VisibilitySetting, kw_only=True):
    """Where the app shall show a person field."""

    show_in_add_deal_dialog: DialogSetting | UnsetType = UNSET


class NewPersonField(V2Body, kw_only=True):
    """A field to create. Fields of type `enum` and `set` need options."""

    field_name: Name
    field_type: NewFieldType
    options: list[NewOption] | UnsetType = UNSET
    ui_visibility: PersonFieldVisibilitySetting | UnsetType = UNSET
    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: RequirementSetting | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


class PersonFieldChanges(V2Body, kw_only=True):
    """What to change of a field: at least one of its properties, never its type."""

    field_name: Name | UnsetType = UNSET
    ui_visibility: PersonFieldVisibilitySetting | UnsetType = UNSET
    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: RequirementSetting | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


@endpoint("GET /api/v2/personFields", group="PersonFields", scopes=READ, cost=10, documented=False)
def get_person_fields(
    include_fields: Extras | None = None, limit: Limit | None = None, cursor: Cursor | None = None
) -> Page[PersonField]:
    """List the person fields, those of the system and custom ones."""


@endpoint("POST /api/v2/personFields", group="PersonFields", scopes=WRITE, cost=5, documented=False)
def post_person_fields(data: NewPersonField) -> Item[PersonField]:
    """Create a person field."""


@endpoint("GET /api/v2/personFields/{field_code}", group="PersonFields", scopes=READ, cost=1, documented=False)
def get_person_fields_by_field_code(field_code: FieldCode, include_fields: Extras | None = None) -> Item[PersonField]:
    """Get a person field."""


@endpoint("PATCH /api/v2/personFields/{field_code}", group="PersonFields", scopes=CHANGE, cost=5, documented=False)
def patch_person_fields_by_field_code(field_code: FieldCode, data: PersonFieldChanges) -> Item[PersonField]:
    """Change a person field; only the properties given change."""


@endpoint("DELETE /api/v2/personFields/{field_code}", group="PersonFields", scopes=WRITE, cost=3, documented=False)
def delete_person_fields_by_field_code(field_code: FieldCode) -> Item[PersonField]:
    """Delete a person field and its values."""


@endpoint(
    "POST /api/v2/personFields/{field_code}/options", group="PersonFields", scopes=CHANGE, cost=5, documented=False
)
def post_person_fields_by_field_code_options(field_code: FieldCode, data: NewOptions) -> List[TouchedOption]:
    """Add options to a person field, all or none."""


@endpoint(
    "PATCH /api/v2/personFields/{field_code}/options", group="PersonFields", scopes=CHANGE, cost=5, documented=False
)
def patch_person_fields_by_field_code_options(field_code: FieldCode, data: RenamedOptions) -> List[TouchedOption]:
    """Rename options of a person field, all or none."""


@endpoint(
    "DELETE /api/v2/personFields/{field_code}/options", group="PersonFields", scopes=CHANGE, cost=3, documented=False
)
def delete_person_fields_by_field_code_options(field_code: FieldCode, data: OptionsToDelete) -> List[TouchedOption]:
    """Delete options of a person field, all or none."""
