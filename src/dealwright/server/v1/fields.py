"""Fields of all kinds of records, as v1 reads and writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, cast

import msgspec
from msgspec import UNSET

from dealwright.contract.v1 import fields as contract
from dealwright.contract.v1.envelopes import DeletedMany, Item, Page
from dealwright.contract.v1.fields import FieldChanges, NewField, NewOption, OptionToKeep
from dealwright.contract.v1.product_fields import NewProductField
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import choices, definitions, system, visibility
from dealwright.crm.fields.choices import Choice
from dealwright.crm.fields.types import Part
from dealwright.crm.filters.places import is_testable
from dealwright.crm.kinds import Object
from dealwright.crm.pages import slice_of
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads
from dealwright.server.bodies import given
from dealwright.server.v1 import envelopes

OptionT = TypeVar("OptionT", NewOption, OptionToKeep)


def _mandatory(mandatory: bool | Mapping[str, str]) -> bool | dict[str, str]:
    return mandatory if isinstance(mandatory, bool) else dict(mandatory)


def show(crm: Crm, field: Field) -> contract.Field:
    """A field as v1 writes it."""
    definition = system.find(field.object, field.key)
    shown = loads(field.ui_visibility)
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
        "details_visible_flag": shown["details_visible_flag"],
        "add_visible_flag": shown["add_visible_flag"],
        "important_flag": visibility.importance(field)["enabled"] is True,
        "bulk_edit_allowed": definition.bulk if definition else True,
        "searchable_flag": field.is_custom,
        "filtering_allowed": is_testable(crm, field),
        "sortable_flag": True,
        "mandatory_flag": _mandatory(definition.mandatory if definition else False),
        "description": field.description,
        "restriction_settings": [],
        "user_restrictions": None,
    }
    if field.object == "deal":
        answer["projects_detail_visible_flag"] = shown["projects_detail_visible_flag"]
        answer["show_in_pipelines"] = shown["show_in_pipelines"]
    options = choices.of(crm, field)
    if options is not None:
        answer["options"] = [_option(option) for option in options]
    elif field.object != "product":
        answer["options"] = None
    if field.object == "product":
        answer["picklist_data"] = None
    if deleted := choices.deleted(crm, field):
        answer["options_deleted"] = [_option(option) for option in deleted]
    return answer


def show_with_parts(crm: Crm, field: Field) -> contract.Field:
    """A field as v1 writes it, for where it stands alone."""
    answer = show(crm, field)
    if parts := _parts(field):
        answer["subfields"] = [_subfield(field, part) for part in parts]
    return answer


def page(
    crm: Crm,
    fields: Sequence[Field],
    start: int = 0,
    limit: int | None = None,
    show: Callable[[Crm, Field], contract.Field] = show,
) -> Page[contract.Field]:
    """A page of fields. After each come the parts of its values, as fields without an id."""
    rows: list[tuple[Field, Part | None]] = []
    for field in fields:
        rows += [(field, None), *((field, part) for part in _parts(field))]

    def show_row(row: tuple[Field, Part | None]) -> contract.Field:
        field, part = row
        return cast("contract.Field", _subfield(field, part)) if part else show(crm, field)

    return envelopes.page(slice_of(rows, start, limit), show_row)


def create(crm: Crm, object: Object, data: NewField | NewProductField) -> Field:
    """Adds the field that a body describes."""
    values = _values(data)
    values.setdefault("ui_visibility", {"add_visible_flag": True})
    return definitions.create(crm, object, values, _choices(data.options, NewOption))


def update(crm: Crm, object: Object, id: int, data: FieldChanges) -> Field:
    """Changes a field as a body says."""
    options = None if data.options in (UNSET, None) else _choices(data.options, OptionToKeep)
    return definitions.update(crm, definitions.get(crm, object, id), _values(data), options)


def delete(crm: Crm, object: Object, ids: Sequence[int]) -> Item[DeletedMany]:
    """Deletes fields."""
    definitions.delete(crm, [definitions.get(crm, object, id) for id in ids])
    return envelopes.deleted_many(ids)


def _values(data: NewField | NewProductField | FieldChanges) -> Values:
    values = given(data)
    values.pop("options", None)
    if "add_visible_flag" in values:
        values["ui_visibility"] = {"add_visible_flag": values.pop("add_visible_flag")}
    return values


def _choices(options: list[OptionT] | str | msgspec.UnsetType | None, kind: type[OptionT]) -> list[Choice]:
    """The options of a body, which may also be JSON in a text."""
    if isinstance(options, str):
        try:
            options = msgspec.json.decode(options or "[]", type=list[kind], strict=False)  # type: ignore[valid-type]
        except msgspec.DecodeError as error:
            raise Invalid(str(error), "options") from None
    return [_choice(option) for option in options or ()]


def _choice(option: NewOption | OptionToKeep) -> Choice:
    id = option.id if isinstance(option, OptionToKeep) else UNSET
    return Choice(option.label, option.color, None if id is UNSET else id)


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
