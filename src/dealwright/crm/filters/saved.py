"""Filters that users save, private or shared with everyone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.filters import conditions, sql
from dealwright.crm.integration.model import FILTER, Filter
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.storage.tables import filters

PRIVATE = 1
EDIT_PERMISSION = "can_edit_shared_filters"

RECORD_TYPE_NAMES: Mapping[str, RecordTypeName] = {
    "deals": "deal",
    "leads": "lead",
    "org": "organization",
    "people": "person",
    "products": "product",
    "activity": "activity",
    "projects": "project",
}
"""The types of filters, and the record type of each."""


def list_filters(crm: UnitOfWork, type: str | None = None) -> list[Filter]:
    """Returns the filters that the actor may use, of one type or of all."""
    statement = sa.select(filters).where(filters.c.is_deleted == sa.false()).order_by(filters.c.id)
    criterion = access.visible(crm, FILTER)
    if criterion is not None:
        statement = statement.where(criterion)
    if type is not None:
        statement = statement.where(filters.c.type == type)
    return FILTER.to_records(crm.db.rows(statement))


def get(crm: UnitOfWork, id: int, *, deleted: bool = False) -> Filter:
    """Returns a filter that the actor may use. Raises `NotFound`."""
    return records.get(crm, FILTER, id, deleted=deleted)


def is_editable(crm: UnitOfWork, filter: Filter) -> bool:
    """Whether the actor may change a filter that the actor may use: the actor's own, or a shared one."""
    return filter.owner_id == crm.actor.id or access.has_permission(crm, EDIT_PERMISSION)


def create(crm: UnitOfWork, values: Values) -> Filter:
    """Adds a filter that the actor owns, private unless ``values`` share it, and returns it.

    Raises `Invalid`, and `Forbidden` when the actor may not share filters.
    """
    object = RECORD_TYPE_NAMES[str(values["type"])]
    complete: Values = {
        "is_temporary": False,
        "visible_to": PRIVATE,
        **values,
        "owner_id": crm.actor.id,
        "conditions": _validated(crm, object, values),
        "add_time": crm.now,
        "update_time": crm.now,
    }
    _check_sharing(crm, PRIVATE, complete)
    return records.insert(crm, FILTER, complete)


def update(crm: UnitOfWork, id: int, values: Values) -> Filter:
    """Changes a filter, except its type, and returns it. Raises `NotFound`, `Invalid` and `Forbidden`."""
    filter = get(crm, id)
    require_editable(crm, filter, values)
    changes = dict(values)
    if "conditions" in values:
        changes["conditions"] = _validated(crm, RECORD_TYPE_NAMES[filter.type], values)
    return records.update(crm, FILTER, filter, changes)


def delete(crm: UnitOfWork, ids: Iterable[int]) -> list[int]:
    """Deletes filters, and returns their ids.

    Raises `NotFound` or `Forbidden`, and deletes none, when one of them cannot be deleted.
    """
    found = [_get_editable(crm, id) for id in dict.fromkeys(ids)]
    access.require_bulk_permission(crm, found)
    for filter in found:
        records.delete(crm, FILTER, filter, is_bulk=len(found) > 1)
    return [filter.id for filter in found]


def list_criteria(crm: UnitOfWork, object: RecordTypeName, id: int) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria that records of a list must meet to pass a filter.

    Raises `NotFound`, and `Invalid` for a filter of another record type, or one that names a field or a value that is
    gone.
    """
    filter = records.find(crm, FILTER, id)
    if filter is None or filter.is_deleted:
        raise NotFound("Filter not found")
    if RECORD_TYPE_NAMES[filter.type] != object:
        raise Invalid(f"Filter {id} is of type '{filter.type}' and not for this list", "filter_id")
    try:
        return sql.compile_criteria(crm, object, conditions.decode(filter.conditions))
    except Invalid as error:
        raise Invalid(error.message, "filter_id") from None


def _validated(crm: UnitOfWork, object: RecordTypeName, values: Values) -> Json:
    """Returns the conditions in ``values`` as stored. Raises `Invalid`."""
    parsed = conditions.parse(values["conditions"])
    sql.compile_criteria(crm, object, parsed)
    return conditions.to_json(parsed)


def require_editable(crm: UnitOfWork, filter: Filter, values: Values) -> None:
    """Raises `Forbidden` unless the actor may give a filter these values."""
    _check_sharing(crm, filter.visible_to, values)
    if filter.owner_id != crm.actor.id:
        access.require_permission(crm, EDIT_PERMISSION)


def _check_sharing(crm: UnitOfWork, before: int, values: Values) -> None:
    if values.get("visible_to", before) != before:
        access.require_permission(crm, "can_share_filters")


def _get_editable(crm: UnitOfWork, id: int) -> Filter:
    """Returns a filter that the actor may change: the actor's own, or a shared one.

    Raises `NotFound` and `Forbidden`.
    """
    filter = get(crm, id)
    require_editable(crm, filter, {})
    return filter
