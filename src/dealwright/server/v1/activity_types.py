"""Types of activities."""

from __future__ import annotations

from dealwright.contract.v1 import activity_types as contract
from dealwright.contract.v1.activity_types import ActivityTypeChanges, NewActivityType
from dealwright.contract.v1.envelopes import DeletedMany, Item, List
from dealwright.crm import activity_types
from dealwright.crm.settings import ActivityType
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v1 import envelopes


def show(type: ActivityType) -> contract.ActivityType:
    """A type of activities as v1 writes it."""
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
def delete_activity_types(crm: Crm, ids: list[int]) -> Item[DeletedMany]:
    return envelopes.deleted_many([type.id for type in activity_types.deactivate(crm, ids)])


@implements(contract.get_activity_types)
def get_activity_types(crm: Crm) -> List[contract.ActivityType]:
    return envelopes.whole([show(type) for type in crm.settings.activity_types.values()])


@implements(contract.post_activity_types)
def post_activity_types(crm: Crm, data: NewActivityType) -> Item[contract.ActivityType]:
    return envelopes.item(show(activity_types.create(crm, given(data))))


@implements(contract.delete_activity_types_by_id)
def delete_activity_types_by_id(crm: Crm, id: int) -> Item[contract.ActivityType]:
    (type,) = activity_types.deactivate(crm, [id])
    return envelopes.item(show(type))


@implements(contract.put_activity_types_by_id)
def put_activity_types_by_id(crm: Crm, id: int, data: ActivityTypeChanges) -> Item[contract.ActivityType]:
    return envelopes.item(show(activity_types.update(crm, id, given(data))))
