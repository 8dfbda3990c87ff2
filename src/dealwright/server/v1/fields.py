"""Fields of all kinds of records, as v1 reads and writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

import msgspec
from msgspec import UNSET

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1 import fields as contract
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, Page
from dealwright.contract.v1.fields import FieldChanges, NewField, NewOption, OptionToKeep
from dealwright.contract.v1.integration.fields import NoteField
from dealwright.crm.fields import choices, definitions, system, visibility
from dealwright.crm.fields.choices import OptionInput
from dealwright.crm.fields.system.leads import NAMES as LEAD_NAMES
from dealwright.crm.fields.types import Part
from dealwright.crm.filters.filterable_fields import is_filterable
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel.pages import paginate_list
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes

OptionT = TypeVar("OptionT", NewOption, OptionToKeep)


def list_page(crm: UnitOfWork, object: RecordTypeName, page: OffsetPaging) -> Page[contract.Field]:
    """Returns a page of the fields of a kind of record, each followed by its parts, which are fields without an id."""
    return _page(crm, definitions.list_fields(crm, object), page, _show)


def list_lead_fields(crm: UnitOfWork, page: OffsetPaging) -> Page[contract.Field]:
    """Returns a page of the deal fields that leads share: some under other names, and all custom ones."""
    shared = [field for field in definitions.list_fields(crm, "deal") if field.is_custom or field.key in LEAD_NAMES]
    return _page(crm, shared, page, _show_lead_field)


def list_note_fields(crm: UnitOfWork) -> Page[NoteField]:
    """Returns the fields of notes."""
    found = paginate_list(definitions.list_fields(crm, "note"), OffsetPaging())
    return envelopes.page(found, lambda field: _show_note_field(crm, field))


def get(crm: UnitOfWork, object: RecordTypeName, id: int) -> Item[contract.Field]:
    """Returns one field. Raises `NotFound`, or `Gone` for a field of products."""
    return _item(crm, definitions.get(crm, object, id))


def create(crm: UnitOfWork, object: RecordTypeName, data: NewField) -> Item[contract.Field]:
    """Adds the field that a body describes, and returns it. Raises `Forbidden` and `Invalid`."""
    values = _values(data)
    values.setdefault("ui_visibility", {"add_visible_flag": True})
    return _item(crm, definitions.create(crm, object, values, _choices(data.options)))


def update(crm: UnitOfWork, object: RecordTypeName, id: int, data: FieldChanges) -> Item[contract.Field]:
    """Changes a field as a body says, and returns it. Raises `NotFound` or `Gone`, `Forbidden` and `Invalid`."""
    options = None if data.options in (UNSET, None) else _choices(data.options)
    return _item(crm, definitions.update(crm, definitions.get(crm, object, id), _values(data), options))


def delete(crm: UnitOfWork, object: RecordTypeName, id: int) -> Item[Deleted]:
    """Deletes a field, and returns its id. Raises `NotFound` or `Gone`, and `Forbidden`."""
    definitions.delete(crm, [definitions.get(crm, object, id)])
    return envelopes.deleted(id)


def delete_many(crm: UnitOfWork, object: RecordTypeName, ids: Sequence[int]) -> Item[DeletedMany]:
    """Deletes fields, all or none, and returns their ids. Raises the same as `delete`."""
    definitions.delete(crm, [definitions.get(crm, object, id) for id in ids])
    return envelopes.deleted_many(ids)


def _item(crm: UnitOfWork, field: Field) -> Item[contract.Field]:
    answer = _show(crm, field)
    if parts := _parts(field):
        answer["subfields"] = [_subfield(field, part) for part in parts]
    return envelopes.item(answer)


def _page(
    crm: UnitOfWork,
    fields: Sequence[Field],
    page: OffsetPaging,
    show: Callable[[UnitOfWork, Field], contract.Field],
) -> Page[contract.Field]:
    rows: list[tuple[Field, Part | None]] = []
    for field in fields:
        rows += [(field, None), *((field, part) for part in _parts(field))]

    def show_row(row: tuple[Field, Part | None]) -> contract.Field:
        field, part = row
        return cast("contract.Field", _subfield(field, part)) if part else show(crm, field)

    return envelopes.page(paginate_list(rows, page), show_row)


def _values(data: NewField | FieldChanges) -> Values:
    values = provided_values(data)
    values.pop("options", None)
    if "add_visible_flag" in values:
        values["ui_visibility"] = {"add_visible_flag": values.pop("add_visible_flag")}
    return values


def _choices(options: list[OptionT] | msgspec.UnsetType | None) -> list[OptionInput]:
    return [_choice(option) for option in options or ()]


def _choice(option: NewOption | OptionToKeep) -> OptionInput:
    id = option.id if isinstance(option, OptionToKeep) else UNSET
    return OptionInput(option.label, option.color, None if id is UNSET else id)


def _show(crm: UnitOfWork, field: Field) -> contract.Field:
    definition = system.find(field.object, field.key)
    ui_visibility = visibility.ui_visibility(field)
    answer: contract.Field = {
        "id": field.id,
        "key": field.key,
        "name": field.name,
        "group_id": None,
        "order_nr": field.order_nr,
        "field_type": field.field_type,  # type: ignore[typeddict-item]
        "json_column_flag": field.is_custom,
        "add_time": field.add_time,
        "update_time": field.update_time,
        "last_updated_by_user_id": field.last_updated_by_user_id,
        "created_by_user_id": field.created_by_user_id,
        "active_flag": not field.is_deleted,
        "edit_flag": field.is_custom,
        "index_visible_flag": True,
        "details_visible_flag": ui_visibility["details_visible_flag"],
        "add_visible_flag": ui_visibility["add_visible_flag"],
        "important_flag": visibility.importance(field)["enabled"] is True,
        "bulk_edit_allowed": definition.bulk if definition else True,
        "searchable_flag": field.is_custom,
        "filtering_allowed": is_filterable(crm, field),
        "sortable_flag": True,
        "mandatory_flag": _mandatory(definition.mandatory if definition else False),
        "description": field.description,
        "restriction_settings": [],
        "user_restrictions": None,
    }
    if field.object == "deal":
        answer["projects_detail_visible_flag"] = ui_visibility["projects_detail_visible_flag"]
        answer["show_in_pipelines"] = ui_visibility["show_in_pipelines"]
    options = choices.list_options(crm, field)
    if options is not None:
        answer["options"] = [_option(option) for option in options]
    elif field.object != "product":
        answer["options"] = None
    if field.object == "product":
        answer["picklist_data"] = None
    if deleted := choices.list_deleted_options(crm, field):
        answer["options_deleted"] = [_option(option) for option in deleted]
    return answer


def _mandatory(mandatory: bool | Mapping[str, str]) -> bool | dict[str, str]:
    return mandatory if isinstance(mandatory, bool) else dict(mandatory)


def _show_lead_field(crm: UnitOfWork, field: Field) -> contract.Field:
    return {**_show(crm, field), "key": LEAD_NAMES.get(field.key, field.key)}


def _show_note_field(crm: UnitOfWork, field: Field) -> NoteField:
    whole = _show(crm, field)
    answer: NoteField = {
        "id": field.id,
        "key": field.key,
        "name": field.name,
        "field_type": whole["field_type"],
        "active_flag": whole["active_flag"],
        "edit_flag": whole["edit_flag"],
        "bulk_edit_allowed": whole["bulk_edit_allowed"],
        "mandatory_flag": whole["mandatory_flag"] is True,
    }
    if options := whole.get("options"):
        answer["options"] = options
    return answer


def _option(option: choices.Option) -> contract.Option:
    answer: contract.Option = {"id": option.id, "label": option.label}
    if option.color is not None:
        answer["color"] = option.color
    if option.alt_id is not None:
        answer["alt_id"] = option.alt_id
    return answer


def _parts(field: Field) -> list[Part]:
    return [part for part in definitions.parts(field) if part.key != "value"]


def _subfield(field: Field, part: Part) -> contract.Subfield:
    # The currency of a deal is a property of its own.
    own = field.object == "deal" and field.key == "value"
    return {
        "id": None,
        "key": part.key if own else f"{field.key}_{part.key}",
        "name": part.name.format(field.name),
        "field_type": part.field_type,  # type: ignore[typeddict-item]
        "active_flag": True,
        "edit_flag": field.is_custom,
        "mandatory_flag": True,
        "is_subfield": True,
        "parent_id": field.id,
        "id_suffix": part.key,
    }
