"""Saved filters, and the parts that their conditions may have."""

from __future__ import annotations

from typing import cast

from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, List
from dealwright.contract.v1.integration import filters as contract
from dealwright.contract.v1.integration.filters import FilterChanges, FilterType, NewFilter, StoredConditions
from dealwright.crm.filters import saved
from dealwright.crm.filters.operators import FILTER_HELPERS
from dealwright.crm.integration.model import Filter
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import loads
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes

_NAMES = {"temporary_flag": "is_temporary"}


def show(filter: Filter) -> contract.Filter:
    """Returns a filter as v1 lists it, without its conditions."""
    return {
        "id": filter.id,
        "name": filter.name,
        "active_flag": not filter.is_deleted,
        "type": cast("FilterType", filter.type),
        "temporary_flag": filter.is_temporary,
        "user_id": filter.owner_id,
        "add_time": filter.add_time,
        "update_time": filter.update_time,
        "visible_to": filter.visible_to,  # type: ignore[typeddict-item]
        "custom_view_id": None,
    }


def show_with_conditions(filter: Filter) -> contract.Filter:
    """Returns a filter as v1 writes it, conditions included."""
    return {**show(filter), "conditions": cast("StoredConditions", loads(filter.conditions))}


@implements(contract.get_filters)
def get_filters(crm: UnitOfWork, type: FilterType | None = None) -> List[contract.Filter]:
    return envelopes.collection([show(filter) for filter in saved.list_filters(crm, type)])


@implements(contract.post_filters)
def post_filters(crm: UnitOfWork, data: NewFilter) -> Item[contract.Filter]:
    return envelopes.item(show_with_conditions(saved.create(crm, provided_values(data, _NAMES))))


@implements(contract.delete_filters)
def delete_filters(crm: UnitOfWork, ids: list[int]) -> Item[DeletedMany]:
    return envelopes.deleted_many(saved.delete(crm, ids))


@implements(contract.get_filters_helpers)
def get_filters_helpers(crm: UnitOfWork) -> Item[contract.FilterHelpers]:
    operators: dict[str, dict[str, str] | list[dict[str, str]]] = {
        name: dict(labels) for name, labels in FILTER_HELPERS.operators.items()
    }
    # Alone among the types, this one has a list.
    operators["enum"] = [{operator: label} for operator, label in FILTER_HELPERS.operators["enum"].items()]
    return envelopes.item(
        {
            "operators": operators,
            "deprecated_operators": dict(FILTER_HELPERS.deprecated_operators),
            "relative_dates": {kind: dict(words) for kind, words in FILTER_HELPERS.relative_dates.items()},
            "address_field_components": dict(FILTER_HELPERS.address_field_components),
        }
    )


@implements(contract.delete_filters_by_id)
def delete_filters_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    saved.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.get_filters_by_id)
def get_filters_by_id(crm: UnitOfWork, id: int) -> Item[contract.Filter]:
    return envelopes.item(show_with_conditions(saved.get(crm, id, deleted=True)))


@implements(contract.put_filters_by_id)
def put_filters_by_id(crm: UnitOfWork, id: int, data: FilterChanges) -> Item[contract.Filter]:
    return envelopes.item(show_with_conditions(saved.update(crm, id, provided_values(data, _NAMES))))
