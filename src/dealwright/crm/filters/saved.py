"""Filters that users keep, each for themselves or shared with everyone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import access, records
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.filters import conditions, sql
from dealwright.crm.kinds import Object
from dealwright.crm.model.filters import FILTER, Filter
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.storage.tables import filters

SHARED = 7
PRIVATE = 1

OBJECTS: Mapping[str, Object] = {
    "deals": "deal",
    "leads": "lead",
    "org": "organization",
    "people": "person",
    "products": "product",
    "activity": "activity",
}
"""The types of filters, and which records each is for."""


def listed(crm: Crm, type: str | None = None) -> list[Filter]:
    """The filters that the actor may use, or those of one type."""
    statement = sa.select(filters).where(filters.c.is_deleted == sa.false()).order_by(filters.c.id)
    criterion = access.visible(crm, FILTER)
    if criterion is not None:
        statement = statement.where(criterion)
    if type is not None:
        statement = statement.where(filters.c.type == type)
    return FILTER.records(crm.db.rows(statement))


def get(crm: Crm, id: int, *, deleted: bool = False) -> Filter:
    """A filter that the actor may use. Raises `NotFound`."""
    return records.get(crm, FILTER, id, deleted=deleted)


def create(crm: Crm, values: Values) -> Filter:
    """Adds a filter of the actor's own, private unless it is to be shared. Raises `Invalid` and `Forbidden`."""
    object = OBJECTS.get(str(values["type"]))
    if object is None:
        raise Invalid("There are no projects so far", "type")
    complete: Values = {
        "is_temporary": False,
        "visible_to": PRIVATE,
        **values,
        "owner_id": crm.actor.id,
        "conditions": _checked(crm, object, values),
        "add_time": crm.now,
        "update_time": crm.now,
    }
    _check_sharing(crm, PRIVATE, complete)
    return records.reread(crm, FILTER, records.insert(crm, FILTER, complete))


def update(crm: Crm, id: int, values: Values) -> Filter:
    """Changes a filter; its type stays. Raises `NotFound`, `Invalid` and `Forbidden`."""
    filter = _editable(crm, id)
    _check_sharing(crm, filter.visible_to, values)
    changes = dict(values)
    if "conditions" in values:
        changes["conditions"] = _checked(crm, OBJECTS[filter.type], values)
    return records.update(crm, FILTER, filter, changes)


def delete(crm: Crm, ids: Iterable[int]) -> list[int]:
    """Deletes filters; their ids. Raises `NotFound` or `Forbidden`, and deletes none, when one cannot be deleted."""
    found = [_editable(crm, id) for id in dict.fromkeys(ids)]
    for filter in found:
        records.delete(crm, FILTER, filter, is_bulk=len(found) > 1)
    return [filter.id for filter in found]


def of_list(crm: Crm, object: Object, id: int) -> list[sa.ColumnElement[bool]]:
    """What a record of a list must meet to pass a filter.

    Raises `NotFound`, and `Invalid` for a filter of other records, or one that names what is no longer there.
    """
    filter = records.find(crm, FILTER, id)
    if filter is None or filter.is_deleted:
        raise NotFound("Filter not found")
    if OBJECTS[filter.type] != object:
        raise Invalid(f"Filter {id} is of type '{filter.type}' and not for this list", "filter_id")
    try:
        return sql.criteria(crm, object, conditions.stored(filter.conditions))
    except Invalid as error:
        raise Invalid(error.message, "filter_id") from None


def _checked(crm: Crm, object: Object, values: Values) -> Json:
    """The conditions given, as they are stored. Raises `Invalid`."""
    given = conditions.read(values["conditions"])
    sql.criteria(crm, object, given)
    return conditions.plain(given)


def _check_sharing(crm: Crm, before: int, values: Values) -> None:
    if values.get("visible_to", before) != before:
        access.require(crm, "can_share_filters")


def _editable(crm: Crm, id: int) -> Filter:
    """A filter that the actor may change: its own, or one that is shared. Raises `NotFound` and `Forbidden`."""
    filter = get(crm, id)
    if filter.owner_id != crm.actor.id:
        access.require(crm, "can_edit_shared_filters")
    return filter
