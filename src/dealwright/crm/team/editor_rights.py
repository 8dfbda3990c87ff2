"""Who may use the editor: admins, unless it was taken from them, and those whom an admin lets."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dealwright.crm.errors import Forbidden, NotFound
from dealwright.crm.kernel import access
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team.model import User
from dealwright.crm.values.formats import dumps, loads
from dealwright.storage.tables import user_settings

_NAME = "can_use_editor"


def may_use(crm: UnitOfWork, user: User | None = None) -> bool:
    """Whether a user, the actor unless another one is given, may use the editor."""
    user = crm.actor if user is None else user
    stored = _stored(crm, [user.id]).get(user.id)
    return user.is_enabled and (user.is_admin() if stored is None else bool(stored))


def require(crm: UnitOfWork) -> None:
    """Raises `Forbidden` unless the actor may use the editor."""
    if not may_use(crm):
        raise Forbidden("You may not use the editor: an admin can let you, in the settings")


def list_users(crm: UnitOfWork) -> list[tuple[User, bool]]:
    """Returns all active users with whether they may use the editor. Raises `Forbidden` unless the actor is an admin."""
    access.require_admin(crm, "account_settings")
    found = [user for user in crm.company_data.users.values() if user.is_enabled]
    stored = _stored(crm, [user.id for user in found])
    return [(user, bool(stored.get(user.id, user.is_admin()))) for user in found]


def change(crm: UnitOfWork, user_id: int, *, may: bool) -> User:
    """Lets a user use the editor, or not any more. Raises `NotFound`, and `Forbidden` unless the actor is an admin."""
    access.require_admin(crm, "account_settings")
    user = crm.company_data.users.get(user_id)
    if user is None or not user.is_enabled:
        raise NotFound("User not found")
    columns = user_settings.c
    crm.db.execute(sa.delete(user_settings).where(columns.user_id == user_id, columns.name == _NAME))
    crm.db.insert_later(user_settings, {"user_id": user_id, "name": _NAME, "value": dumps(may)})
    return user


def _stored(crm: UnitOfWork, user_ids: list[int]) -> dict[int, Any]:
    columns = user_settings.c
    these = columns.user_id.in_(user_ids) & (columns.name == _NAME)
    return {id: loads(value) for id, value in crm.db.rows(sa.select(columns.user_id, columns.value).where(these))}
