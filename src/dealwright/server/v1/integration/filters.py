"""Saved filters, and the parts that their conditions may have."""

from __future__ import annotations

from typing import cast

import msgspec

from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, List
from dealwright.contract.v1.integration import filters as contract
from dealwright.contract.v1.integration.filters import FilterChanges, FilterType, NewFilter, StoredConditions
from dealwright.crm.filters import conditions, saved, sql
from dealwright.crm.filters.conditions import Condition
from dealwright.crm.filters.operators import FILTER_HELPERS
from dealwright.crm.integration.model import Filter
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes

_NAMES = {"temporary_flag": "is_temporary"}


def show(crm: UnitOfWork, filter: Filter) -> contract.Filter:
    """Returns a filter as v1 lists it, without its conditions."""
    return {
        "id": filter.id,
        "name": filter.name,
        "filter_code": None,
        "is_editable": saved.is_editable(crm, filter),
        "active_flag": not filter.is_deleted,
        "type": cast("FilterType", filter.type),
        "temporary_flag": filter.is_temporary,
        "user_id": filter.owner_id,
        "add_time": filter.add_time,
        "update_time": filter.update_time,
        "visible_to": filter.visible_to,  # type: ignore[typeddict-item]
        "last_used_time": None,
        "custom_view_id": None,
    }


def show_with_conditions(crm: UnitOfWork, filter: Filter, *, field_codes: bool = False) -> contract.Filter:
    """Returns a filter as v1 writes it, conditions included."""
    stored = conditions.decode(filter.conditions)
    shown: StoredConditions = {
        "glue": stored.glue,
        "conditions": [
            {
                "glue": group.glue,
                "conditions": [
                    None if condition is None else _show_condition(crm, condition, field_codes=field_codes)
                    for condition in group.conditions
                ],
            }
            for group in stored.conditions
        ],
    }
    return {**show(crm, filter), "conditions": shown}


def _show_condition(crm: UnitOfWork, condition: Condition, *, field_codes: bool) -> contract.StoredCondition:
    shown = cast(
        "contract.StoredCondition",
        {**msgspec.to_builtins(condition), "json_value_flag": isinstance(condition.value, list | dict)},
    )
    return {**shown, "field_code": sql.find_field_code(crm, condition)} if field_codes else shown


@implements(contract.get_filters)
def get_filters(crm: UnitOfWork, type: FilterType | None = None) -> List[contract.Filter]:
    return envelopes.collection([show(crm, filter) for filter in saved.list_filters(crm, type)])


@implements(contract.post_filters)
def post_filters(crm: UnitOfWork, data: NewFilter, include_field_code: bool = False) -> Item[contract.Filter]:
    filter = saved.create(crm, provided_values(data, _NAMES))
    return envelopes.item(show_with_conditions(crm, filter, field_codes=include_field_code))


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
def get_filters_by_id(crm: UnitOfWork, id: int, include_field_code: bool = False) -> Item[contract.Filter]:
    filter = saved.get(crm, id, deleted=True)
    return envelopes.item(show_with_conditions(crm, filter, field_codes=include_field_code))


@implements(contract.put_filters_by_id)
def put_filters_by_id(
    crm: UnitOfWork, id: int, data: FilterChanges, include_field_code: bool = False
) -> Item[contract.Filter]:
    filter = saved.update(crm, id, provided_values(data, _NAMES))
    return envelopes.item(show_with_conditions(crm, filter, field_codes=include_field_code))
