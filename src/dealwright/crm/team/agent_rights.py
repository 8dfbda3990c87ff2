"""What agents may do over HTTP for a user: read, unless the user has set more. No action changes that; only the user does, signed in."""

from __future__ import annotations

from typing import Literal, cast, get_args

import sqlalchemy as sa

from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import dumps, loads
from dealwright.storage.tables import user_settings

Right = Literal["read", "write", "delete"]
"""Each includes those before it."""

RIGHTS: tuple[Right, ...] = get_args(Right)

_NAME = "agents_may"


def get(crm: UnitOfWork) -> Right:
    """Returns what agents may do for the actor."""
    columns = user_settings.c
    these = (columns.user_id == crm.actor.id) & (columns.name == _NAME)
    stored = loads(crm.db.value(sa.select(columns.value).where(these)))
    return cast("Right", stored) if stored in RIGHTS else "read"


def change(crm: UnitOfWork, right: Right) -> None:
    """Sets what agents may do for the actor."""
    columns = user_settings.c
    crm.db.execute(sa.delete(user_settings).where(columns.user_id == crm.actor.id, columns.name == _NAME))
    crm.db.insert_later(user_settings, {"user_id": crm.actor.id, "name": _NAME, "value": dumps(right)})
