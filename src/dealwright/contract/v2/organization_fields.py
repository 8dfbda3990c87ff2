"""The fields of organizations."""

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


class OrganizationFieldVisibility(Visibility):
    """Where the app shows an organization field."""

    show_in_add_deal_dialog: ShownInDialog
    show_in_add_person_dialog: ShownInDialog


class OrganizationField(Field):
    """A field of organizations. What is not always there comes on request, by `include_fields`."""

    ui_visibility: NotRequired[OrganizationFieldVisibility]
    important_fields: NotRequired[Importance]
    required_fields: NotRequired[Requirement]


class OrganizationFieldVisibilitySetting(VisibilitySetting, kw_only=True):
    """Where the app shall show an organization field."""

    show_in_add_deal_dialog: DialogSetting | UnsetType = UNSET
    show_in_add_person_dialog: DialogSetting | UnsetType = UNSET


class NewOrganizationField(V2Body, kw_only=True):
    """A field to create. Fields of type `enum` and `set` need options."""

    field_name: Name
    field_type: NewFieldType
    options: list[NewOption] | UnsetType = UNSET
    ui_visibility: OrganizationFieldVisibilitySetting | UnsetType = UNSET
    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: RequirementSetting | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


class OrganizationFieldChanges(V2Body, kw_only=True):
    """What to change of a field: at least one of its properties, never its type."""

    field_name: Name | UnsetType = UNSET
    ui_visibility: OrganizationFieldVisibilitySetting | UnsetType = UNSET
    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: RequirementSetting | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


@endpoint("GET /api/v2/organizationFields", group="OrganizationFields", scopes=READ, cost=10, documented=False)
def get_organization_fields(
    include_fields: Extras | None = None, limit: Limit | None = None, cursor: Cursor | None = None
) -> Page[OrganizationField]:
    """List the organization fields, those of the system and custom ones."""


@endpoint("POST /api/v2/organizationFields", group="OrganizationFields", scopes=WRITE, cost=5, documented=False)
def post_organization_fields(data: NewOrganizationField) -> Item[OrganizationField]:
    """Create an organization field."""


@endpoint(
    "GET /api/v2/organizationFields/{field_code}", group="OrganizationFields", scopes=READ, cost=1, documented=False
)
def get_organization_fields_by_field_code(
    field_code: FieldCode, include_fields: Extras | None = None
) -> Item[OrganizationField]:
    """Get an organization field."""


@endpoint(
    "PATCH /api/v2/organizationFields/{field_code}", group="OrganizationFields", scopes=CHANGE, cost=5, documented=False
)
def patch_organization_fields_by_field_code(
    field_code: FieldCode, data: OrganizationFieldChanges
) -> Item[OrganizationField]:
    """Change an organization field; only the properties given change."""


@endpoint(
    "DELETE /api/v2/organizationFields/{field_code}", group="OrganizationFields", scopes=WRITE, cost=3, documented=False
)
def delete_organization_fields_by_field_code(field_code: FieldCode) -> Item[OrganizationField]:
    """Delete an organization field and its values."""


@endpoint(
    "POST /api/v2/organizationFields/{field_code}/options",
    group="OrganizationFields",
    scopes=CHANGE,
    cost=5,
    documented=False,
)
def post_organization_fields_by_field_code_options(field_code: FieldCode, data: NewOptions) -> List[TouchedOption]:
    """Add options to an organization field, all or none."""


@endpoint(
    "PATCH /api/v2/organizationFields/{field_code}/options",
    group="OrganizationFields",
    scopes=CHANGE,
    cost=5,
    documented=False,
)
def patch_organization_fields_by_field_code_options(field_code: FieldCode, data: RenamedOptions) -> List[TouchedOption]:
    """Rename options of an organization field, all or none."""


@endpoint(
    "DELETE /api/v2/organizationFields/{field_code}/options",
    group="OrganizationFields",
    scopes=CHANGE,
    cost=3,
    documented=False,
)
def delete_organization_fields_by_field_code_options(
    field_code: FieldCode, data: OptionsToDelete
) -> List[TouchedOption]:
    """Delete options of an organization field, all or none."""
