"""The fields of records, by kind of record; leads share those of deals."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Item, List, Page
from dealwright.contract.v2.fields import (
    DialogSetting,
    Extras,
    Field,
    FieldChanges,
    FieldCode,
    Importance,
    ImportanceSetting,
    NewField,
    NewOptions,
    OptionsToDelete,
    RenamedOptions,
    Requirement,
    RequirementSetting,
    ShownInDialog,
    TouchedOption,
    Visibility,
    VisibilityExtra,
    VisibilitySetting,
)
from dealwright.contract.values import MAX_MEMBERS, IdList, ShortText

READ_ACTIVITIES = frozenset({"admin"})
READ_CONTACTS = frozenset({"admin", "contact-fields:full", "contacts:full", "contacts:read"})
READ_DEALS = frozenset({"admin", "deal-fields:full", "deals:full", "deals:read"})
READ_PRODUCTS = frozenset({"product-fields:full", "products:full", "products:read"})
CHANGE_CONTACTS = frozenset({"admin", "contact-fields:full", "contacts:full"})
CHANGE_DEALS = frozenset({"admin", "deal-fields:full", "deals:full"})
WRITE_CONTACTS = frozenset({"admin", "contact-fields:full"})
WRITE_DEALS = frozenset({"admin", "deal-fields:full"})
WRITE_PRODUCTS = frozenset({"product-fields:full", "products:full"})

ClosedStatus = Literal["won", "lost"]


class ShownInPipelines(TypedDict):
    """The pipelines whose deals show a field; the ids count unless it is all."""

    show_in_all: bool
    pipeline_ids: list[int]


class DealFieldVisibility(Visibility):
    """Where the app shows a deal field."""

    projects_detail_visible_flag: bool
    show_in_pipelines: ShownInPipelines


class OrganizationFieldVisibility(Visibility):
    """Where the app shows an organization field: also in the details of an organization, of its persons, and of its deals."""

    org_detail_visible_flag: bool
    person_detail_visible_flag: bool
    deal_detail_visible_flag: bool
    show_in_add_deal_dialog: ShownInDialog
    show_in_add_person_dialog: ShownInDialog


class PersonFieldVisibility(Visibility):
    """Where the app shows a person field."""

    show_in_add_deal_dialog: ShownInDialog


ClosedStatuses = Annotated[list[ClosedStatus], Meta(max_length=MAX_MEMBERS)]


class DealFieldRequirement(Requirement):
    """Whether the app asks for a deal field: in which stages, and for which statuses by pipeline (its id).

    It is in all stages when none is named.
    """

    stage_ids: list[int]
    statuses: NotRequired[dict[str, list[ClosedStatus]]]


class ActivityField(Field):
    """A field of activities. What is not always there comes on request, by `include_fields`."""

    ui_visibility: NotRequired[Visibility]


class DealField(Field):
    """A field of deals. What is not always there comes on request, by `include_fields`."""

    ui_visibility: NotRequired[DealFieldVisibility]
    important_fields: NotRequired[Importance]
    required_fields: NotRequired[DealFieldRequirement]


class OrganizationField(Field):
    """A field of organizations. What is not always there comes on request, by `include_fields`."""

    ui_visibility: NotRequired[OrganizationFieldVisibility]
    important_fields: NotRequired[Importance]
    required_fields: NotRequired[Requirement]


class PersonField(Field):
    """A field of persons. What is not always there comes on request, by `include_fields`."""

    ui_visibility: NotRequired[PersonFieldVisibility]
    important_fields: NotRequired[Importance]
    required_fields: NotRequired[Requirement]


class ProductField(Field):
    """A field of products. What is not always there comes on request, by `include_fields`."""

    ui_visibility: NotRequired[Visibility]


class PipelinesSetting(V2Body, kw_only=True):
    """The pipelines whose deals shall show a field; the ids count unless it is all."""

    show_in_all: bool | UnsetType = UNSET
    pipeline_ids: IdList | UnsetType = UNSET


class DealFieldVisibilitySetting(VisibilitySetting, kw_only=True):
    """Where the app shall show a deal field."""

    projects_detail_visible_flag: bool | UnsetType = UNSET
    show_in_pipelines: PipelinesSetting | UnsetType = UNSET


class OrganizationFieldVisibilitySetting(VisibilitySetting, kw_only=True):
    """Where the app shall show an organization field."""

    org_detail_visible_flag: bool | UnsetType = UNSET
    person_detail_visible_flag: bool | UnsetType = UNSET
    deal_detail_visible_flag: bool | UnsetType = UNSET
    show_in_add_deal_dialog: DialogSetting | UnsetType = UNSET
    show_in_add_person_dialog: DialogSetting | UnsetType = UNSET


class PersonFieldVisibilitySetting(VisibilitySetting, kw_only=True):
    """Where the app shall show a person field."""

    show_in_add_deal_dialog: DialogSetting | UnsetType = UNSET


class DealFieldRequirementSetting(RequirementSetting, kw_only=True):
    """Whether the app shall ask for a deal field: in which stages, and for which statuses by pipeline (its id)."""

    stage_ids: IdList | UnsetType = UNSET
    statuses: Annotated[dict[ShortText, ClosedStatuses], Meta(max_length=MAX_MEMBERS)] | UnsetType = UNSET


class NewDealField(NewField, kw_only=True):
    """A field to create. Fields of type `enum` and `set` need options."""

    ui_visibility: DealFieldVisibilitySetting | UnsetType = UNSET
    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: DealFieldRequirementSetting | UnsetType = UNSET


class NewOrganizationField(NewField, kw_only=True):
    """A field to create. Fields of type `enum` and `set` need options."""

    ui_visibility: OrganizationFieldVisibilitySetting | UnsetType = UNSET
    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: RequirementSetting | UnsetType = UNSET


class NewPersonField(NewField, kw_only=True):
    """A field to create. Fields of type `enum` and `set` need options."""

    ui_visibility: PersonFieldVisibilitySetting | UnsetType = UNSET
    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: RequirementSetting | UnsetType = UNSET


class DealFieldChanges(FieldChanges, kw_only=True):
    """What to change of a field: at least one of its properties, never its type."""

    ui_visibility: DealFieldVisibilitySetting | UnsetType = UNSET
    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: DealFieldRequirementSetting | UnsetType = UNSET


class OrganizationFieldChanges(FieldChanges, kw_only=True):
    """What to change of a field: at least one of its properties, never its type."""

    ui_visibility: OrganizationFieldVisibilitySetting | UnsetType = UNSET
    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: RequirementSetting | UnsetType = UNSET


class PersonFieldChanges(FieldChanges, kw_only=True):
    """What to change of a field: at least one of its properties, never its type."""

    ui_visibility: PersonFieldVisibilitySetting | UnsetType = UNSET
    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: RequirementSetting | UnsetType = UNSET


@endpoint("GET /api/v2/activityFields", group="ActivityFields", scopes=READ_ACTIVITIES, cost=10, documented=False)
def get_activity_fields(page: CursorPaging, include_fields: VisibilityExtra | None = None) -> Page[ActivityField]:
    """List the activity fields, those of the system and custom ones."""


@endpoint(
    "GET /api/v2/activityFields/{field_code}", group="ActivityFields", scopes=READ_ACTIVITIES, cost=1, documented=False
)
def get_activity_fields_by_field_code(
    field_code: FieldCode, include_fields: VisibilityExtra | None = None
) -> Item[ActivityField]:
    """Get an activity field."""


@endpoint("GET /api/v2/dealFields", group="DealFields", scopes=READ_DEALS, cost=10, documented=False)
def get_deal_fields(page: CursorPaging, include_fields: Extras | None = None) -> Page[DealField]:
    """List the deal fields, those of the system and custom ones."""


@endpoint("POST /api/v2/dealFields", group="DealFields", scopes=WRITE_DEALS, cost=5, documented=False)
def post_deal_fields(data: NewDealField) -> Item[DealField]:
    """Create a deal field."""


@endpoint("GET /api/v2/dealFields/{field_code}", group="DealFields", scopes=READ_DEALS, cost=1, documented=False)
def get_deal_fields_by_field_code(field_code: FieldCode, include_fields: Extras | None = None) -> Item[DealField]:
    """Get a deal field."""


@endpoint("PATCH /api/v2/dealFields/{field_code}", group="DealFields", scopes=CHANGE_DEALS, cost=5, documented=False)
def patch_deal_fields_by_field_code(field_code: FieldCode, data: DealFieldChanges) -> Item[DealField]:
    """Change a deal field; only the properties given change."""


@endpoint("DELETE /api/v2/dealFields/{field_code}", group="DealFields", scopes=WRITE_DEALS, cost=3, documented=False)
def delete_deal_fields_by_field_code(field_code: FieldCode) -> Item[DealField]:
    """Delete a deal field and its values."""


@endpoint(
    "POST /api/v2/dealFields/{field_code}/options", group="DealFields", scopes=CHANGE_DEALS, cost=5, documented=False
)
def post_deal_fields_by_field_code_options(field_code: FieldCode, data: NewOptions) -> List[TouchedOption]:
    """Add options to a deal field, all or none."""


@endpoint(
    "PATCH /api/v2/dealFields/{field_code}/options", group="DealFields", scopes=CHANGE_DEALS, cost=5, documented=False
)
def patch_deal_fields_by_field_code_options(field_code: FieldCode, data: RenamedOptions) -> List[TouchedOption]:
    """Rename options of a deal field, all or none."""


@endpoint(
    "DELETE /api/v2/dealFields/{field_code}/options", group="DealFields", scopes=CHANGE_DEALS, cost=3, documented=False
)
def delete_deal_fields_by_field_code_options(field_code: FieldCode, data: OptionsToDelete) -> List[TouchedOption]:
    """Delete options of a deal field, all or none."""


@endpoint("GET /api/v2/organizationFields", group="OrganizationFields", scopes=READ_CONTACTS, cost=10, documented=False)
def get_organization_fields(page: CursorPaging, include_fields: Extras | None = None) -> Page[OrganizationField]:
    """List the organization fields, those of the system and custom ones."""


@endpoint(
    "POST /api/v2/organizationFields", group="OrganizationFields", scopes=WRITE_CONTACTS, cost=5, documented=False
)
def post_organization_fields(data: NewOrganizationField) -> Item[OrganizationField]:
    """Create an organization field."""


@endpoint(
    "GET /api/v2/organizationFields/{field_code}",
    group="OrganizationFields",
    scopes=READ_CONTACTS,
    cost=1,
    documented=False,
)
def get_organization_fields_by_field_code(
    field_code: FieldCode, include_fields: Extras | None = None
) -> Item[OrganizationField]:
    """Get an organization field."""


@endpoint(
    "PATCH /api/v2/organizationFields/{field_code}",
    group="OrganizationFields",
    scopes=CHANGE_CONTACTS,
    cost=5,
    documented=False,
)
def patch_organization_fields_by_field_code(
    field_code: FieldCode, data: OrganizationFieldChanges
) -> Item[OrganizationField]:
    """Change an organization field; only the properties given change."""


@endpoint(
    "DELETE /api/v2/organizationFields/{field_code}",
    group="OrganizationFields",
    scopes=WRITE_CONTACTS,
    cost=3,
    documented=False,
)
def delete_organization_fields_by_field_code(field_code: FieldCode) -> Item[OrganizationField]:
    """Delete an organization field and its values."""


@endpoint(
    "POST /api/v2/organizationFields/{field_code}/options",
    group="OrganizationFields",
    scopes=CHANGE_CONTACTS,
    cost=5,
    documented=False,
)
def post_organization_fields_by_field_code_options(field_code: FieldCode, data: NewOptions) -> List[TouchedOption]:
    """Add options to an organization field, all or none."""


@endpoint(
    "PATCH /api/v2/organizationFields/{field_code}/options",
    group="OrganizationFields",
    scopes=CHANGE_CONTACTS,
    cost=5,
    documented=False,
)
def patch_organization_fields_by_field_code_options(field_code: FieldCode, data: RenamedOptions) -> List[TouchedOption]:
    """Rename options of an organization field, all or none."""


@endpoint(
    "DELETE /api/v2/organizationFields/{field_code}/options",
    group="OrganizationFields",
    scopes=CHANGE_CONTACTS,
    cost=3,
    documented=False,
)
def delete_organization_fields_by_field_code_options(
    field_code: FieldCode, data: OptionsToDelete
) -> List[TouchedOption]:
    """Delete options of an organization field, all or none."""


@endpoint("GET /api/v2/personFields", group="PersonFields", scopes=READ_CONTACTS, cost=10, documented=False)
def get_person_fields(page: CursorPaging, include_fields: Extras | None = None) -> Page[PersonField]:
    """List the person fields, those of the system and custom ones."""


@endpoint("POST /api/v2/personFields", group="PersonFields", scopes=WRITE_CONTACTS, cost=5, documented=False)
def post_person_fields(data: NewPersonField) -> Item[PersonField]:
    """Create a person field."""


@endpoint("GET /api/v2/personFields/{field_code}", group="PersonFields", scopes=READ_CONTACTS, cost=1, documented=False)
def get_person_fields_by_field_code(field_code: FieldCode, include_fields: Extras | None = None) -> Item[PersonField]:
    """Get a person field."""


@endpoint(
    "PATCH /api/v2/personFields/{field_code}", group="PersonFields", scopes=CHANGE_CONTACTS, cost=5, documented=False
)
def patch_person_fields_by_field_code(field_code: FieldCode, data: PersonFieldChanges) -> Item[PersonField]:
    """Change a person field; only the properties given change."""


@endpoint(
    "DELETE /api/v2/personFields/{field_code}", group="PersonFields", scopes=WRITE_CONTACTS, cost=3, documented=False
)
def delete_person_fields_by_field_code(field_code: FieldCode) -> Item[PersonField]:
    """Delete a person field and its values."""


@endpoint(
    "POST /api/v2/personFields/{field_code}/options",
    group="PersonFields",
    scopes=CHANGE_CONTACTS,
    cost=5,
    documented=False,
)
def post_person_fields_by_field_code_options(field_code: FieldCode, data: NewOptions) -> List[TouchedOption]:
    """Add options to a person field, all or none."""


@endpoint(
    "PATCH /api/v2/personFields/{field_code}/options",
    group="PersonFields",
    scopes=CHANGE_CONTACTS,
    cost=5,
    documented=False,
)
def patch_person_fields_by_field_code_options(field_code: FieldCode, data: RenamedOptions) -> List[TouchedOption]:
    """Rename options of a person field, all or none."""


@endpoint(
    "DELETE /api/v2/personFields/{field_code}/options",
    group="PersonFields",
    scopes=CHANGE_CONTACTS,
    cost=3,
    documented=False,
)
def delete_person_fields_by_field_code_options(field_code: FieldCode, data: OptionsToDelete) -> List[TouchedOption]:
    """Delete options of a person field, all or none."""


@endpoint("GET /api/v2/productFields", group="ProductFields", scopes=READ_PRODUCTS, cost=10, documented=False)
def get_product_fields(page: CursorPaging, include_fields: VisibilityExtra | None = None) -> Page[ProductField]:
    """List the product fields, those of the system and custom ones."""


@endpoint("POST /api/v2/productFields", group="ProductFields", scopes=WRITE_PRODUCTS, cost=5, documented=False)
def post_product_fields(data: NewField) -> Item[ProductField]:
    """Create a product field."""


@endpoint(
    "GET /api/v2/productFields/{field_code}", group="ProductFields", scopes=READ_PRODUCTS, cost=1, documented=False
)
def get_product_fields_by_field_code(
    field_code: FieldCode, include_fields: VisibilityExtra | None = None
) -> Item[ProductField]:
    """Get a product field."""


@endpoint(
    "PATCH /api/v2/productFields/{field_code}", group="ProductFields", scopes=WRITE_PRODUCTS, cost=5, documented=False
)
def patch_product_fields_by_field_code(field_code: FieldCode, data: FieldChanges) -> Item[ProductField]:
    """Change a product field; only the properties given change."""


@endpoint(
    "DELETE /api/v2/productFields/{field_code}", group="ProductFields", scopes=WRITE_PRODUCTS, cost=3, documented=False
)
def delete_product_fields_by_field_code(field_code: FieldCode) -> Item[ProductField]:
    """Delete a product field and its values."""


@endpoint(
    "POST /api/v2/productFields/{field_code}/options",
    group="ProductFields",
    scopes=WRITE_PRODUCTS,
    cost=5,
    documented=False,
)
def post_product_fields_by_field_code_options(field_code: FieldCode, data: NewOptions) -> List[TouchedOption]:
    """Add options to a product field, all or none."""


@endpoint(
    "PATCH /api/v2/productFields/{field_code}/options",
    group="ProductFields",
    scopes=WRITE_PRODUCTS,
    cost=5,
    documented=False,
)
def patch_product_fields_by_field_code_options(field_code: FieldCode, data: RenamedOptions) -> List[TouchedOption]:
    """Rename options of a product field, all or none."""


@endpoint(
    "DELETE /api/v2/productFields/{field_code}/options",
    group="ProductFields",
    scopes=WRITE_PRODUCTS,
    cost=3,
    documented=False,
)
def delete_product_fields_by_field_code_options(field_code: FieldCode, data: OptionsToDelete) -> List[TouchedOption]:
    """Delete options of a product field, all or none."""
