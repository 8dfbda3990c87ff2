"""Types of activities. Activities refer to a type by its key, which never changes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import count

from dealwright.crm.errors import NotFound
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.crm.work.model import ACTIVITY_TYPE, ActivityType

DEFAULT_COLOR = "FFFFFF"

_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")


def get(crm: UnitOfWork, id: int) -> ActivityType:
    """Returns a type, active or not. Raises `NotFound`."""
    type = crm.company_data.activity_types.get(id)
    if type is None:
        raise NotFound("Activity type not found")
    return type


def create(crm: UnitOfWork, values: Values) -> ActivityType:
    """Adds a type after all others, with a key made from its name. Raises `Forbidden` unless the actor is an admin."""
    crm.require_exclusive_lock()
    access.require_admin(crm)
    last = max((type.order_nr for type in crm.company_data.activity_types.values()), default=0)
    type = records.insert(
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
    crm.invalidate_company_data()
    return type


def update(crm: UnitOfWork, id: int, values: Values) -> ActivityType:
    """Changes a type; a new ``order_nr``, counted from 1, moves the others.

    Raises `NotFound`, and `Forbidden` unless the actor is an admin.
    """
    crm.require_exclusive_lock()
    access.require_admin(crm)
    type = get(crm, id)
    order_nr = values.pop("order_nr", None)
    if "color" in values:
        values["color"] = values["color"] or DEFAULT_COLOR
    records.update(crm, ACTIVITY_TYPE, type, values)
    crm.invalidate_company_data()
    if isinstance(order_nr, int):
        others = [other for other in crm.company_data.activity_types.values() if other.id != id]
        before = max(order_nr - 1, 0)
        for position, other in enumerate([*others[:before], get(crm, id), *others[before:]], 1):
            records.update(crm, ACTIVITY_TYPE, other, {"order_nr": position})
        crm.invalidate_company_data()
    return get(crm, id)


def deactivate(crm: UnitOfWork, ids: Iterable[int]) -> list[ActivityType]:
    """Deactivates types and returns them; activities of these types keep them.

    Raises `NotFound`, changing nothing, when one is unknown, and `Forbidden` unless the actor is an admin.
    """
    crm.require_exclusive_lock()
    access.require_admin(crm)
    types = [get(crm, id) for id in dict.fromkeys(ids)]
    for type in types:
        records.update(crm, ACTIVITY_TYPE, type, {"is_active": False}, action="delete", is_bulk=len(types) > 1)
    crm.invalidate_company_data()
    return [get(crm, type.id) for type in types]


def _key(crm: UnitOfWork, name: str) -> str:
    """Returns a key that no type has yet: the name in lower-case letters without accents, digits and underscores."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    key = _NOT_IN_KEYS.sub("_", plain).strip("_") or "type"
    taken = {type.key_string for type in crm.company_data.activity_types.values()}
    return key if key not in taken else next(f"{key}_{n}" for n in count(2) if f"{key}_{n}" not in taken)
