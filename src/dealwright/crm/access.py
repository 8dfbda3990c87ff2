"""Who may see and do what. Every query about records goes through `visible`; no handler decides it by itself.

A record is seen by its owner, its followers, admins of the app, users whose role stands above the owner's, and those whom
its ``visible_to`` lets in: 7 everyone, 3 the owner's visibility group (on two levels: everyone), 5 the group, those
above it and those below it. Deals in a pipeline that is hidden from a user's role are seen by their owner and followers only, and the
pipeline and its stages are not seen at all. What has no ``visible_to`` of its own but lies on other records (activities, notes, files) is seen by its
owner, by users whose role stands above the owner's, and by whoever sees one of those records. Filters are private to
their owner, also towards admins, or shared with everyone. A relationship between organizations is seen by whoever sees
one of the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from dealwright.crm import permission_sets
from dealwright.crm.errors import Forbidden, Invalid
from dealwright.crm.kinds import Kind, Object, Record
from dealwright.crm.model.activities import ACTIVITY
from dealwright.crm.model.deals import DEAL, Deal
from dealwright.crm.model.leads import LEAD
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.model.products import PRODUCT
from dealwright.crm.settings import User
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads
from dealwright.storage.tables import followers

R = TypeVar("R", bound=Record)
Columns = sa.sql.base.ReadOnlyColumnCollection[str, sa.ColumnElement[Any]]

_OWNER_COLUMNS: Mapping[Object, str] = {"activity": "owner_id", "note": "user_id", "file": "user_id"}
"""Kinds of records that are seen by whoever sees what they lie on, and whose they are."""

_LINKS: Sequence[tuple[str, sa.Column[Any], Kind[Any]]] = (
    ("deal_id", DEAL.table.c.id, DEAL),
    ("person_id", PERSON.table.c.id, PERSON),
    ("org_id", ORGANIZATION.table.c.id, ORGANIZATION),
    ("lead_id", LEAD.table.c.uuid, LEAD),
    ("product_id", PRODUCT.table.c.id, PRODUCT),
    ("activity_id", ACTIVITY.table.c.id, ACTIVITY),
)
"""What records without a ``visible_to`` may lie on: the attribute that says so, and the column that it names."""

Standing = Literal["same", "below", "above", "beside"]
"""How the role of a record's owner stands to that of somebody else."""

_LET_IN: Mapping[int, frozenset[Standing]] = {
    1: frozenset({"below"}),
    3: frozenset({"below", "same"}),
    5: frozenset({"below", "same", "above"}),
}
"""How an owner may stand to those whom a ``visible_to`` lets in; any other value lets everyone in."""


def visible(crm: Crm, kind: Kind[R]) -> sa.ColumnElement[bool] | None:
    """The criterion that a record must meet for the actor to see it; None when all are seen."""
    columns = kind.table.c
    if kind.object == "filter":
        return sa.or_(columns.owner_id == crm.actor.id, columns.visible_to == 7)
    if crm.actor.is_admin():
        return None
    if kind.object in _OWNER_COLUMNS:
        return _visible_by_links(crm, kind)
    if kind.object == "organizationRelationship":
        ends = (columns.rel_owner_org_id, columns.rel_linked_org_id)
        return sa.or_(*(_sees_linked(crm, ORGANIZATION, ORGANIZATION.table.c.id == end) for end in ends))
    hidden = hidden_pipelines(crm, crm.actor)
    if kind.object in ("pipeline", "stage") and hidden:
        pipeline_id: sa.ColumnElement[int] = columns["id" if kind.object == "pipeline" else "pipeline_id"]
        return pipeline_id.not_in(sorted(hidden))
    if "visible_to" not in columns:
        return None
    of_record = (followers.c.object == kind.object) & (followers.c.record_id == columns.id)
    return seen_unfollowed(crm, kind, columns) | sa.exists().where(of_record, followers.c.user_id == crm.actor.id)


def followed(crm: Crm, kind: Kind[R]) -> sa.ColumnElement[bool]:
    """The criterion that the records meet which the actor follows; for questions about few others."""
    ids = sa.select(followers.c.record_id).where(followers.c.object == kind.object, followers.c.user_id == crm.actor.id)
    return kind.table.c.id.in_(ids)


def seen_unfollowed(crm: Crm, kind: Kind[R], columns: Columns) -> sa.ColumnElement[bool]:
    """What somebody who is no admin sees without following it, by the columns ``owner_id``, ``visible_to`` and so on."""
    seen: list[sa.ColumnElement[bool]] = [
        columns.visible_to.in_(_levels_of_everyone(crm)),
        columns.owner_id.in_([crm.actor.id, *_owners_standing(crm, frozenset({"below"}))]),
    ]
    for visible_to, standings in _LET_IN.items():
        if visible_to not in _levels_of_everyone(crm) and (more := standings - {"below"}):
            seen.append((columns.visible_to == visible_to) & columns.owner_id.in_(_owners_standing(crm, more)))
    hidden = hidden_pipelines(crm, crm.actor)
    if kind is DEAL and hidden:
        return sa.or_(*seen) & (columns.pipeline_id.not_in(sorted(hidden)) | (columns.owner_id == crm.actor.id))
    return sa.or_(*seen)


def hidden_pipelines(crm: Crm, user: User) -> frozenset[int]:
    """The pipelines that are hidden from a user's role; none from admins."""
    role = None if user.is_admin() else crm.settings.roles.get(user.role_id)
    return frozenset(loads(role.hidden_pipeline_ids)) if role else frozenset()


def permitted_users(crm: Crm, kind: Kind[R], record: R) -> list[int]:
    """The ids of the active users who see a record that has an owner and a ``visible_to``: the same rule, asked for everyone."""
    id: int = record.id  # type: ignore[attr-defined]
    owner = crm.settings.users[record.owner_id]  # type: ignore[attr-defined]
    visible_to: int = record.visible_to  # type: ignore[attr-defined]
    following = set(
        crm.db.values(
            sa.select(followers.c.user_id).where(followers.c.object == kind.object, followers.c.record_id == id)
        )
    )

    def sees(user: User) -> bool:
        if user.is_admin() or user.id == owner.id or user.id in following:
            return True
        if isinstance(record, Deal) and record.pipeline_id in hidden_pipelines(crm, user):
            return False
        if visible_to in _levels_of_everyone(crm):
            return True
        return _standing(crm, owner.role_id, user.role_id) in _LET_IN[visible_to]

    return [user.id for user in crm.settings.users.values() if user.is_active and not user.is_deleted and sees(user)]


def seers(crm: Crm, kind: Kind[R], record: R) -> list[int]:
    """The ids of the active users who see a record of any kind: what `visible` says, asked for everyone."""
    if kind.object in _OWNER_COLUMNS:
        return _seers_by_links(crm, kind, record)
    if "visible_to" in kind.table.c:
        return permitted_users(crm, kind, record)
    return [user.id for user in crm.settings.users.values() if user.is_active and not user.is_deleted]


def require_admin(crm: Crm, app: str = "sales") -> None:
    """Raises `Forbidden` unless the actor is an admin of the app."""
    if not crm.actor.is_admin(app):
        raise Forbidden()


def require_global_admin(crm: Crm) -> None:
    """Raises `Forbidden` unless the actor holds the rights of the whole account."""
    if not crm.actor.is_admin("global"):
        raise Forbidden()


def require(crm: Crm, permission: str) -> None:
    """Raises `Forbidden` unless one of the actor's permission sets holds a permission (``can_share_filters``)."""
    if not may(crm, permission):
        raise Forbidden()


def may(crm: Crm, permission: str) -> bool:
    """Whether one of the actor's permission sets holds a permission; admins may do everything."""
    if crm.actor.is_admin():
        return True
    held = (entry["permission_set_id"] for entry in loads(crm.actor.access))
    return permission in permission_sets.permissions(crm.db, [id for id in held if id])


def check_visibility(crm: Crm, record: Record, values: Values) -> None:
    """Raises `Forbidden` when somebody changes who sees a record, and may not."""
    before: int = record.visible_to  # type: ignore[attr-defined]
    if values.get("visible_to", before) != before:
        require(crm, "can_change_visibility_of_items")


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


def _seers_by_links(crm: Crm, kind: Kind[R], record: R) -> list[int]:
    """Who sees a record because of those that it lies on, because of its owner, or because they see everything."""
    owner = crm.settings.users[getattr(record, _OWNER_COLUMNS[kind.object])]
    found: set[int] = set()
    for link, column, by in _LINKS:
        value = getattr(record, link, None)
        row = crm.db.row(sa.select(column.table).where(column == value)) if value is not None else None
        if row is not None:
            found.update(seers(crm, by, by.records([row])[0]))

    def sees(user: User) -> bool:
        if user.is_admin() or user.id == owner.id or user.id in found:
            return True
        return _standing(crm, owner.role_id, user.role_id) == "below"

    return [user.id for user in crm.settings.users.values() if user.is_active and not user.is_deleted and sees(user)]


def _visible_by_links(crm: Crm, kind: Kind[R]) -> sa.ColumnElement[bool]:
    """What is seen because of the records that it lies on, or because of its owner."""
    columns = kind.table.c
    own = columns[_OWNER_COLUMNS[kind.object]].in_([crm.actor.id, *_owners_standing(crm, frozenset({"below"}))])
    links = (_sees_linked(crm, by, named == columns[link]) for link, named, by in _LINKS if link in columns)
    return sa.or_(own, *links)


def _sees_linked(crm: Crm, kind: Kind[R], link: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    criterion = visible(crm, kind)
    assert criterion is not None
    return sa.exists().where(link, criterion)


def _levels_of_everyone(crm: Crm) -> tuple[int, ...]:
    """The values of ``visible_to`` that let the whole company in: with two levels, 3 already does."""
    return (7,) if crm.settings.company.visibility_levels == 4 else (3, 5, 7)


def _owners_standing(crm: Crm, standings: frozenset[Standing]) -> list[int]:
    """The users whose role stands to the actor's in one of some ways."""
    roles = {user.role_id for user in crm.settings.users.values()}
    wanted = {role_id for role_id in roles if _standing(crm, role_id, crm.actor.role_id) in standings}
    return [user.id for user in crm.settings.users.values() if user.role_id in wanted]


def _standing(crm: Crm, owners: int, others: int) -> Standing:
    """How the role of an owner stands to that of somebody else."""
    if owners == others:
        return "same"
    if others in _ancestors(crm, owners):
        return "below"
    return "above" if owners in _ancestors(crm, others) else "beside"


def _ancestors(crm: Crm, role_id: int) -> list[int]:
    """The roles above a role, nearest first."""
    found: list[int] = []
    role = crm.settings.roles.get(role_id)
    while role and role.parent_role_id and role.parent_role_id not in found:
        found.append(role.parent_role_id)
        role = crm.settings.roles.get(role.parent_role_id)
    return found
