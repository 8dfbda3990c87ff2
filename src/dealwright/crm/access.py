"""Who may see and do what. Every query about records goes through `visible`; no handler decides it by itself.

A record is seen by its owner, its followers, admins of the app, users whose role stands above the owner's, and those whom
its ``visible_to`` lets in: 7 everyone, 3 the owner's visibility group (on two levels: everyone), 5 the group, those
above it and those below it. What has no ``visible_to`` of its own but lies on other records (activities, notes) is seen by its
owner, by users whose role stands above the owner's, and by whoever sees one of those records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import sqlalchemy as sa

from dealwright.crm.errors import Forbidden, Invalid
from dealwright.crm.kinds import Kind, Object, Record
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.settings import User
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads
from dealwright.storage.tables import followers

R = TypeVar("R", bound=Record)

_OWNER_COLUMNS: Mapping[Object, str] = {"activity": "owner_id", "note": "user_id"}
"""Kinds of records that are seen by whoever sees what they lie on, and whose they are."""


def visible(crm: Crm, kind: Kind[R]) -> sa.ColumnElement[bool] | None:
    """The criterion that a record must meet for the actor to see it; None when all are seen."""
    columns = kind.table.c
    if crm.actor.is_admin():
        return None
    if kind.object in _OWNER_COLUMNS:
        return _visible_by_links(crm, kind)
    if "visible_to" not in columns:
        return None
    me = crm.actor.id
    groups = _owners_by_group(crm)
    followed = sa.exists().where(
        followers.c.object == kind.object, followers.c.record_id == columns.id, followers.c.user_id == me
    )
    # With two levels, 3 already means the whole company.
    everyone = (7,) if crm.settings.company.visibility_levels == 4 else (3, 5, 7)
    seen: list[sa.ColumnElement[bool]] = [
        columns.visible_to.in_(everyone),
        columns.owner_id.in_([me, *groups["below"]]),
        followed,
    ]
    if crm.settings.company.visibility_levels == 4:
        seen.append((columns.visible_to == 3) & columns.owner_id.in_(groups["same"]))
        seen.append((columns.visible_to == 5) & columns.owner_id.in_(groups["line"]))
    return sa.or_(*seen)


def require_admin(crm: Crm, app: str = "sales") -> None:
    """Raises `Forbidden` unless the actor is an admin of the app."""
    if not crm.actor.is_admin(app):
        raise Forbidden()


def require_global_admin(crm: Crm) -> None:
    """Raises `Forbidden` unless the actor holds the rights of the whole account."""
    if not crm.actor.is_admin("global"):
        raise Forbidden()


def assignable_user(crm: Crm, id: object, path: str) -> User:
    """The user that a record is to belong to. Raises `Invalid` unless it is an active one."""
    user = crm.settings.users.get(id) if isinstance(id, int) else None
    if user is None or not user.is_active or user.is_deleted:
        raise Invalid("User not found", path)
    return user


def default_visibility(crm: Crm, setting: str) -> int:
    """The ``visible_to`` of a new record, from the actor's role (``deal_default_visibility`` …)."""
    role = crm.settings.roles.get(crm.actor.role_id)
    chosen = loads(role.settings).get(setting) if role else None
    return int(chosen or 3)


def _visible_by_links(crm: Crm, kind: Kind[R]) -> sa.ColumnElement[bool]:
    """What is seen because of the records that it lies on, or because of its owner."""
    columns = kind.table.c
    return sa.or_(
        columns[_OWNER_COLUMNS[kind.object]].in_([crm.actor.id, *_owners_by_group(crm)["below"]]),
        _sees_linked(crm, DEAL, columns.deal_id),
        _sees_linked(crm, PERSON, columns.person_id),
        _sees_linked(crm, ORGANIZATION, columns.org_id),
    )


def _sees_linked(crm: Crm, kind: Kind[R], link: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    criterion = visible(crm, kind)
    assert criterion is not None
    return sa.exists().where(kind.table.c.id == link, criterion)


def _owners_by_group(crm: Crm) -> dict[str, list[int]]:
    """Users by how their role stands to the actor's: the same, below it, or in line with it."""
    mine = crm.actor.role_id
    above = _ancestors(crm, mine)
    groups: dict[str, list[int]] = {"same": [], "below": [], "line": []}
    for user in crm.settings.users.values():
        under_me = mine in _ancestors(crm, user.role_id)
        if user.role_id == mine:
            groups["same"].append(user.id)
        if under_me:
            groups["below"].append(user.id)
        if user.role_id == mine or under_me or user.role_id in above:
            groups["line"].append(user.id)
    return groups


def _ancestors(crm: Crm, role_id: int) -> list[int]:
    """The roles above a role, nearest first."""
    found: list[int] = []
    role = crm.settings.roles.get(role_id)
    while role and role.parent_role_id and role.parent_role_id not in found:
        found.append(role.parent_role_id)
        role = crm.settings.roles.get(role.parent_role_id)
    return found
