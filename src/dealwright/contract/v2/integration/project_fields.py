"""The fields of projects."""

from __future__ import annotations

from typing import NotRequired

from msgspec import UNSET, UnsetType

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Item, List, Page
from dealwright.contract.v2.fields import (
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
    TouchedOption,
    Visibility,
)

READ = frozenset({"project-fields:full", "projects:full", "projects:read"})
WRITE = frozenset({"project-fields:full"})


class ProjectField(Field):
    """A field of projects. What is not in the answer of DELETE is always there otherwise."""

    ui_visibility: NotRequired[Visibility]
    important_fields: NotRequired[Importance]
    required_fields: NotRequired[Requirement]


class NewProjectField(NewField, kw_only=True):
    """A field to create. Fields of type `enum` and `set` need options."""

    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: RequirementSetting | UnsetType = UNSET


class ProjectFieldChanges(FieldChanges, kw_only=True):
    """What to change of a field: at least one of its properties, never its type."""

    important_fields: ImportanceSetting | UnsetType = UNSET
    required_fields: RequirementSetting | UnsetType = UNSET


@endpoint("GET /api/v2/projectFields", group="ProjectFields", scopes=READ, cost=10, documented=False)
def get_project_fields(page: CursorPaging) -> Page[ProjectField]:
    """List the project fields, those of the system and custom ones."""


@endpoint("POST /api/v2/projectFields", group="ProjectFields", scopes=WRITE, cost=5, documented=False)
def post_project_fields(data: NewProjectField) -> Item[ProjectField]:
    """Create a project field."""


@endpoint("GET /api/v2/projectFields/{field_code}", group="ProjectFields", scopes=READ, cost=1, documented=False)
def get_project_fields_by_field_code(field_code: FieldCode) -> Item[ProjectField]:
    """Get a project field."""


@endpoint("PATCH /api/v2/projectFields/{field_code}", group="ProjectFields", scopes=WRITE, cost=5, documented=False)
def patch_project_fields_by_field_code(field_code: FieldCode, data: ProjectFieldChanges) -> Item[ProjectField]:
    """Change a project field; only the properties given change."""


@endpoint("DELETE /api/v2/projectFields/{field_code}", group="ProjectFields", scopes=WRITE, cost=3, documented=False)
def delete_project_fields_by_field_code(field_code: FieldCode) -> Item[ProjectField]:
    """Delete a project field and its values."""


@endpoint(
    "POST /api/v2/projectFields/{field_code}/options", group="ProjectFields", scopes=WRITE, cost=5, documented=False
)
def post_project_fields_by_field_code_options(field_code: FieldCode, data: NewOptions) -> List[TouchedOption]:
    """Add options to a project field, all or none."""


@endpoint(
    "PATCH /api/v2/projectFields/{field_code}/options", group="ProjectFields", scopes=WRITE, cost=5, documented=False
)
def patch_project_fields_by_field_code_options(field_code: FieldCode, data: RenamedOptions) -> List[TouchedOption]:
    """Change the labels of options of a project field, all or none."""


@endpoint(
    "DELETE /api/v2/projectFields/{field_code}/options", group="ProjectFields", scopes=WRITE, cost=3, documented=False
)
def delete_project_fields_by_field_code_options(field_code: FieldCode, data: OptionsToDelete) -> List[TouchedOption]:
    """Delete options of a project field, all or none."""
