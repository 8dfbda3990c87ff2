"""The fields of projects."""

from __future__ import annotations

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Item, List, Page
from dealwright.contract.v2.fields import NewOption, OptionToDelete, RenamedOption, TouchedOption
from dealwright.contract.v2.integration import project_fields as contract
from dealwright.contract.v2.integration.project_fields import NewProjectField, ProjectField, ProjectFieldChanges
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v2 import fields
from dealwright.server.v2.fields import ALL_EXTRAS, FieldSet

_PROJECT = FieldSet("project", ALL_EXTRAS, ProjectField)


@implements(contract.get_project_fields)
def get_project_fields(crm: UnitOfWork, page: CursorPaging) -> Page[ProjectField]:
    return fields.list_page(crm, _PROJECT, page, ALL_EXTRAS)


@implements(contract.post_project_fields)
def post_project_fields(crm: UnitOfWork, data: NewProjectField) -> Item[ProjectField]:
    return fields.create(crm, _PROJECT, data)


@implements(contract.get_project_fields_by_field_code)
def get_project_fields_by_field_code(crm: UnitOfWork, field_code: str) -> Item[ProjectField]:
    return fields.get(crm, _PROJECT, field_code, ALL_EXTRAS)


@implements(contract.patch_project_fields_by_field_code)
def patch_project_fields_by_field_code(
    crm: UnitOfWork, field_code: str, data: ProjectFieldChanges
) -> Item[ProjectField]:
    return fields.update(crm, _PROJECT, field_code, data)


@implements(contract.delete_project_fields_by_field_code)
def delete_project_fields_by_field_code(crm: UnitOfWork, field_code: str) -> Item[ProjectField]:
    return fields.delete(crm, _PROJECT, field_code)


@implements(contract.post_project_fields_by_field_code_options)
def post_project_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[NewOption]
) -> List[TouchedOption]:
    return fields.add_options(crm, _PROJECT, field_code, data)


@implements(contract.patch_project_fields_by_field_code_options)
def patch_project_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[RenamedOption]
) -> List[TouchedOption]:
    return fields.rename_options(crm, _PROJECT, field_code, data)


@implements(contract.delete_project_fields_by_field_code_options)
def delete_project_fields_by_field_code_options(
    crm: UnitOfWork, field_code: str, data: list[OptionToDelete]
) -> List[TouchedOption]:
    return fields.delete_options(crm, _PROJECT, field_code, data)
