"""The fields of deals, which leads share."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from msgspec import UNSET, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Cursor, Limit
from dealwright.contract.v2.envelopes import Item, List, Page
from dealwright.contract.v2.fields import (
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
    TouchedOption,
    Visibility,
    VisibilitySetting,
)
from dealwright.contract.values import Id, Name

READ = frozenset({"admin", "deal-fields:full", "deals:full", "deals:read"})
CHANGE = frozenset({"admin", "deal-fields:full", "deals:full"})
WRITE = frozenset({"admin", "deal-fields:full"})

ClosedStatus = Literal["won", "lost"]


class ShownInPipelines(TypedDict):
    """The pipelines whose deals show a field; the ids count unless it is all."""

    show_in_all: bool
    pipeline_ids: list[int]


class DealFieldVisibility(Visibility):
    """Where the app shows a deal field."""

    projects_detail_visible_flag: bool
    show_in_pipelines: ShownInPipelines


class DealFieldRequirement(Requirement):
    """Whether the app asks for a deal field: in which stages, and for which statuses by pipeline (its id).

    It is in all stages when none is named.
    """

    stage_ids: list[int]
    statuses: NotRequired[dict[str, list[ClosedStatus]]]


class DealField(Field):
    """A field of deals. What is not always there comes on request, by `include_fields`."""

    ui_visibility: NotRequired[DealFieldVisibility]
    important_fields: NotRequired[Importance]
    required_fields: NotRequired[DealFieldRequirement]


class PipelinesSetting(V2Body, kw_only=True):
    """The pipelines whose deals shall show a field; the ids count unless it is all."""

    show_in_all: bool | UnsetType = UNSET
    pipeline_ids: list[Id] | UnsetType = UNSET


class DealFieldVisibilitySetting(VisibilitySetting, kw_only=True):
    """Where the app shall show a deal field."""

    projects_detail_visible_flag: bool | UnsetType = UNSET
    show_in_pipelines: PipelinesSetting | UnsetType = UNSET


class DealFieldRequirementSetting(RequirementSetting, kw_only=True):
    """Whether the app shall ask for a deal field: in which stages, and for which statuses by pipeline (its id)."""

    stage_ids: list[Id] | UnsetType = UNSET
    statuses: dict[str, list[ClosedStatus]] | UnsetType = UNSET


class NewDealField(V2Body, kw_only=True):
    """A field to create. Fields of type `enum` and `set` need options."""

    field_name: Name
    field_type: NewFieldType
    options: list[NewOption] | UnsetType = UNSET
    ui_visibility: DealFieldVisibilitySetting | UnsetType = UNSET
    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: DealFieldRequirementSetting | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


class DealFieldChanges(V2Body, kw_only=True):
    """What to change of a field: at least one of its properties, never its type."""

    field_name: Name | UnsetType = UNSET
    ui_visibility: DealFieldVisibilitySetting | UnsetType = UNSET
    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: DealFieldRequirementSetting | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


@endpoint("GET /api/v2/dealFields", group="DealFields", scopes=READ, cost=10, documented=False)
def get_deal_fields(
    include_fields: Extras | None = None, limit: Limit | None = None, cursor: Cursor | None = None
) -> Page[DealField]:
    """List the deal fields, those of the system and custom ones."""


@endpoint("POST /api/v2/dealFields", group="DealFields", scopes=WRITE, cost=5, documented=False)
def post_deal_fields(data: NewDealField) -> Item[DealField]:
    """Create a deal field."""


@endpoint("GET /api/v2/dealFields/{field_code}", group="DealFields", scopes=READ, cost=1, documented=False)
def get_deal_fields_by_field_code(field_code: FieldCode, include_fields: Extras | None = None) -> Item[DealField]:
    """Get a deal field."""


@endpoint("PATCH /api/v2/dealFields/{field_code}", group="DealFields", scopes=CHANGE, cost=5, documented=False)
def patch_deal_fields_by_field_code(field_code: FieldCode, data: DealFieldChanges) -> Item[DealField]:
    """Change a deal field; only the properties given change."""


@endpoint("DELETE /api/v2/dealFields/{field_code}", group="DealFields", scopes=WRITE, cost=3, documented=False)
def delete_deal_fields_by_field_code(field_code: FieldCode) -> Item[DealField]:
    """Delete a deal field and its values."""


@endpoint("POST /api/v2/dealFields/{field_code}/options", group="DealFields", scopes=CHANGE, cost=5, documented=False)
def post_deal_fields_by_field_code_options(field_code: FieldCode, data: NewOptions) -> List[TouchedOption]:
    """Add options to a deal field, all or none."""


@endpoint("PATCH /api/v2/dealFields/{field_code}/options", group="DealFields", scopes=CHANGE, cost=5, documented=False)
def patch_deal_fields_by_field_code_options(field_code: FieldCode, data: RenamedOptions) -> List[TouchedOption]:
    """Rename options of a deal field, all or none."""


@endpoint("DELETE /api/v2/dealFields/{field_code}/options", group="DealFields", scopes=CHANGE, cost=3, documented=False)
def delete_deal_fields_by_field_code_options(field_code: FieldCode, data: OptionsToDelete) -> List[TouchedOption]:
    """Delete options of a deal field, all or none."""
