"""Types of activities."""

from __future__ import annotations

from dealwright.contract.v1.envelopes import DeletedMany, Item, List
from dealwright.contract.v1.work import activity_types as contract
from dealwright.contract.v1.work.activity_types import ActivityTypeChanges, NewActivityType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work import activity_types
from dealwright.crm.work.model import ActivityType
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes


def show(type: ActivityType) -> contract.ActivityType:
    """Returns a type of activities as v1 writes it."""
    return {
        "id": type.id,
        "order_nr": type.order_nr,
        "name": type.name,
        "key_string": type.key_string,
        "icon_key": type.icon_key,  # type: ignore[typeddict-item]
        "active_flag": type.is_active,
        "color": type.color,
        "is_custom_flag": type.is_custom,
        "add_time": type.add_time,
        "update_time": type.update_time,
    }


@implements(contract.delete_activity_types)
def delete_activity_types(crm: UnitOfWork, ids: list[int]) -> Item[DeletedMany]:
    return envelopes.deleted_many([type.id for type in activity_types.deactivate(crm, ids)])


@implements(contract.get_activity_types)
def get_activity_types(crm: UnitOfWork) -> List[contract.ActivityType]:
    return envelopes.collection([show(type) for type in crm.company_data.activity_types.values()])


@implements(contract.post_activity_types)
def post_activity_types(crm: UnitOfWork, data: NewActivityType) -> Item[contract.ActivityType]:
    return envelopes.item(show(activity_types.create(crm, provided_values(data))))


@implements(contract.delete_activity_types_by_id)
def delete_activity_types_by_id(crm: UnitOfWork, id: int) -> Item[contract.ActivityType]:
    (type,) = activity_types.deactivate(crm, [id])
    return envelopes.item(show(type))


@implements(contract.put_activity_types_by_id)
def put_activity_types_by_id(crm: UnitOfWork, id: int, data: ActivityTypeChanges) -> Item[contract.ActivityType]:
    return envelopes.item(show(activity_types.update(crm, id, provided_values(data))))
