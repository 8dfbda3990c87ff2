"""Types of activities. Activities refer to a type by its key, which never changes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import count

from dealwright.crm import access, records
from dealwright.crm.errors import NotFound
from dealwright.crm.settings import ACTIVITY_TYPE, ActivityType
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values

DEFAULT_COLOR = "FFFFFF"


def get(crm: Crm, id: int) -> ActivityType:
    """One type, active or not. Raises `NotFound`."""
    type = crm.settings.activity_types.get(id)
    if type is None:
        raise NotFound("Activity type not found")
    return type


def create(crm: Crm, values: Values) -> ActivityType:
    """Adds a type, after all others; its key is made of its name. Only admins may."""
    access.require_admin(crm)
    last = max((type.order_nr for type in crm.settings.activity_types.values()), default=0)
    id = records.insert(
        crm,
        ACTIVITY_TYPE,
        {
            **values,
            "color": values.get("color") or DEFAULT_COLOR,
            "key_string": _key(crm, str(values["name"])),
            "order_nr": last + 1,
            "is_active": True,
            "is_custom": True,
            "add_time": crm.now,
            "update_time": crm.now,
        },
    )
    crm.settings_changed()
    return get(crm, id)


def update(crm: Crm, id: int, values: Values) -> ActivityType:
    """Changes a type; a new ``order_nr``, counted from 1, moves the others. Only admins may."""
    access.require_admin(crm)
    type = get(crm, id)
    order_nr = values.pop("order_nr", None)
    if "color" in values:
        values["color"] = values["color"] or DEFAULT_COLOR
    records.update(crm, ACTIVITY_TYPE, type, values)
    crm.settings_changed()
    if isinstance(order_nr, int):
        others = [other for other in crm.settings.activity_types.values() if other.id != id]
        before = max(order_nr - 1, 0)
        for place, other in enumerate([*others[:before], get(crm, id), *others[before:]], 1):
            records.update(crm, ACTIVITY_TYPE, other, {"order_nr": place})
        crm.settings_changed()
    return get(crm, id)


def deactivate(crm: Crm, ids: Iterable[int]) -> list[ActivityType]:
    """Takes types out of use; activities of them keep them. Raises `NotFound` when one is unknown. Only admins may."""
    access.require_admin(crm)
    types = [get(crm, id) for id in dict.fromkeys(ids)]
    for type in types:
        records.update(crm, ACTIVITY_TYPE, type, {"is_active": False}, action="delete", is_bulk=len(types) > 1)
    crm.settings_changed()
    return [get(crm, type.id) for type in types]


def _key(crm: Crm, name: str) -> str:
    """A key that no type has: the name in lower-case letters without marks, digits and underscores."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "type"
    taken = {type.key_string for type in crm.settings.activity_types.values()}
    return key if key not in taken else next(f"{key}_{n}" for n in count(2) if f"{key}_{n}" not in taken)
