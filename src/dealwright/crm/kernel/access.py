"""Access rules: which records a user sees, and what a user may do.

Every query about records goes through `visible`; no handler decides by itself.

A record is visible to its owner, its followers, admins of the app, users whose role is above the owner's, and those
whom its ``visible_to`` admits: 7 everyone, 3 the owner's visibility group (in companies with two levels: everyone), 5
the group and the groups above and below it. The default group is beside all others: users who are in no role see no more
for it. Deals in a pipeline that is hidden from a user's role are visible to their
owner and followers only; the pipeline and its stages are not visible at all. Records that have no ``visible_to`` but
are linked to others (activities, notes, files) are visible to their owner, to users whose role is above the owner's,
and to users who see one of the linked records; tasks only to those who see their project. Private mail and what
came with it is visible to its owner alone. Filters are private to their owner, also towards admins, or shared with
everyone. A relationship between organizations is visible to users who see one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from dealwright.crm.errors import Forbidden, Invalid
from dealwright.crm.kernel.record_types import (
    LinkedVisibility,
    OwnVisibility,
    PipelineVisibility,
    Record,
    RecordType,
    SharedVisibility,
)
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team.model import DEFAULT_ROLE_ID, User
from dealwright.crm.values.formats import Values, loads
from dealwright.storage.tables import followers

R = TypeVar("R", bound=Record)
Columns = sa.sql.base.ReadOnlyColumnCollection[str, sa.ColumnElement[Any]]

RoleRelation = Literal["same", "below", "above", "beside"]
"""The position of the role of a record's owner relative to another user's role."""

_RELATIONS_BY_VISIBILITY: Mapping[int, frozenset[RoleRelation]] = {
    1: frozenset({"below"}),
    3: frozenset({"below", "same"}),
    5: frozenset({"below", "same", "above"}),
}
"""The positions of the owner's role that each ``visible_to`` admits; any other value admits everyone."""


DEFAULT_VISIBILITY = 3
"""The ``visible_to`` of new records where a role says nothing else."""


def visible(crm: UnitOfWork, kind: RecordType[R]) -> sa.ColumnElement[bool] | None:
    """Returns the criterion that records must meet to be visible to the actor; None when the actor sees all of them."""
    columns = kind.table.c
    match kind.visibility:
        case SharedVisibility():
            return sa.or_(columns.owner_id == crm.actor.id, columns.visible_to == 7)
        case LinkedVisibility(private_column=str() as private) as visibility:
            others = None if crm.actor.is_admin() else _visible_by_links(crm, kind, visibility)
            is_shared = columns[private] == sa.false()
            shown = is_shared if others is None else is_shared & others
            assert visibility.owner_column is not None
            return shown | (columns[visibility.owner_column] == crm.actor.id)
        case _ if crm.actor.is_admin():
            return None
        case LinkedVisibility() as visibility:
            return _visible_by_links(crm, kind, visibility)
        case PipelineVisibility(column) if hidden := hidden_pipelines(crm, crm.actor):
            return columns[column].not_in(sorted(hidden))
        case OwnVisibility():
            return visible_without_following(crm, kind, columns) | _is_followed(crm, kind)
    return None


def followed_by_actor(crm: UnitOfWork, kind: RecordType[R]) -> sa.ColumnElement[bool]:
    """Returns the criterion for records that the actor follows. For queries that start from the followed records."""
    ids = sa.select(followers.c.record_id).where(followers.c.object == kind.object, followers.c.user_id == crm.actor.id)
    return kind.table.c.id.in_(ids)


def visible_without_following(crm: UnitOfWork, kind: RecordType[R], columns: Columns) -> sa.ColumnElement[bool]:
    """Returns the criterion for records that a user who is no admin sees without following them.

    ``columns`` are ``owner_id``, ``visible_to`` and, for deals, the pipeline.
    """
    criteria: list[sa.ColumnElement[bool]] = [
        columns.visible_to.in_(_company_wide_levels(crm)),
        columns.owner_id.in_(overseen_owner_ids(crm)),
    ]
    for visible_to, relations in _RELATIONS_BY_VISIBILITY.items():
        if visible_to not in _company_wide_levels(crm) and (more := relations - {"below"}):
            criteria.append(
                (columns.visible_to == visible_to) & columns.owner_id.in_(_owner_ids_by_relation(crm, more))
            )
    pipeline = _pipeline_column(kind)
    if pipeline and (hidden := hidden_pipelines(crm, crm.actor)):
        return sa.or_(*criteria) & (columns[pipeline].not_in(sorted(hidden)) | (columns.owner_id == crm.actor.id))
    return sa.or_(*criteria)


def overseen_owner_ids(crm: UnitOfWork) -> list[int]:
    """Returns the ids of the owners whose records the actor sees whatever they are: itself, and those in lower roles."""
    return [crm.actor.id, *_owner_ids_by_relation(crm, frozenset({"below"}))]


def hidden_pipelines(crm: UnitOfWork, user: User) -> frozenset[int]:
    """Returns the ids of the pipelines that are hidden from a user's role; none for admins."""
    role = None if user.is_admin() else crm.company_data.roles.get(user.role_id)
    return frozenset(loads(role.hidden_pipeline_ids)) if role else frozenset()


def permitted_users(crm: UnitOfWork, kind: RecordType[R], record: R) -> list[int]:
    """Returns the ids of the active users who see a record that has ``owner_id`` and ``visible_to``.

    It is the rule of `visible`, for all users.
    """
    id: int = record.id  # type: ignore[attr-defined]
    owner = crm.company_data.users[record.owner_id]  # type: ignore[attr-defined]
    visible_to: int = record.visible_to  # type: ignore[attr-defined]
    pipeline = _pipeline_column(kind)
    following = set(
        crm.db.values(
            sa.select(followers.c.user_id).where(followers.c.object == kind.object, followers.c.record_id == id)
        )
    )

    def sees(user: User) -> bool:
        if user.is_admin() or user.id == owner.id or user.id in following:
            return True
        if pipeline and getattr(record, pipeline) in hidden_pipelines(crm, user):
            return False
        if visible_to in _company_wide_levels(crm):
            return True
        return _role_relation(crm, owner.role_id, user.role_id) in _RELATIONS_BY_VISIBILITY[visible_to]

    return [user.id for user in crm.company_data.users.values() if user.is_enabled and sees(user)]


def viewers(crm: UnitOfWork, kind: RecordType[R], record: R) -> list[int]:
    """Returns the ids of the active users who see a record of any type: the rule of `visible`, for all users."""
    match kind.visibility:
        case LinkedVisibility() as visibility:
            return _viewers_by_links(crm, visibility, record)
        case OwnVisibility():
            return permitted_users(crm, kind, record)
    return [user.id for user in crm.company_data.users.values() if user.is_enabled]


def require_admin(crm: UnitOfWork, app: str = "sales") -> None:
    """Raises `Forbidden` unless the actor is an admin of the app."""
    if not crm.actor.is_admin(app):
        raise Forbidden()


def require_global_admin(crm: UnitOfWork) -> None:
    """Raises `Forbidden` unless the actor is an admin of the whole account."""
    if not crm.actor.is_admin("global"):
        raise Forbidden()


def require_permission(crm: UnitOfWork, permission: str) -> None:
    """Raises `Forbidden` unless one of the actor's permission sets contains ``permission`` (``can_share_filters``)."""
    if not has_permission(crm, permission):
        raise Forbidden()


def has_permission(crm: UnitOfWork, permission: str) -> bool:
    """Whether one of the actor's permission sets contains ``permission``; true for admins."""
    return user_has_permission(crm, crm.actor, permission)


def user_has_permission(crm: UnitOfWork, user: User, permission: str) -> bool:
    """Whether one of a user's permission sets contains ``permission``; true for admins."""
    if user.is_admin():
        return True
    known = crm.company_data.permissions_by_set
    set_ids = (entry["permission_set_id"] for entry in loads(user.access))
    return any(permission in known.get(id, ()) for id in set_ids if id)


def require_bulk_permission(crm: UnitOfWork, records: Sequence[object]) -> None:
    """Raises `Forbidden` when several records are to be changed or deleted at once, and the actor may not do that."""
    if len(records) > 1:
        require_permission(crm, "can_bulk_edit_items")
        crm.require_exclusive_lock()


def check_visibility_change(crm: UnitOfWork, record: Record, values: Values) -> None:
    """Raises `Forbidden` if ``values`` change the ``visible_to`` of a record and the actor may not do that."""
    before: int = record.visible_to  # type: ignore[attr-defined]
    if values.get("visible_to", before) != before:
        require_permission(crm, "can_change_visibility_of_items")


def require_assignable_user(crm: UnitOfWork, id: object, path: str) -> User:
    """Returns the user that is to own a record or to follow it. Raises `Invalid` unless the user is active."""
    user = crm.company_data.users.get(id) if isinstance(id, int) else None
    if user is None or not user.is_enabled:
        raise Invalid("User not found", path)
    return user


def default_visibility(crm: UnitOfWork, setting: str, otherwise: int = DEFAULT_VISIBILITY) -> int:
    """Returns the ``visible_to`` of a new record, from a setting of the actor's role (``deal_default_visibility``)."""
    role = crm.company_data.roles.get(crm.actor.role_id)
    level = loads(role.settings).get(setting) if role else None
    return int(level or otherwise)


def _viewers_by_links(crm: UnitOfWork, visibility: LinkedVisibility, record: Record) -> list[int]:
    """Returns the ids of the users who see a record: admins, through its owner, or through a record it is linked to."""
    owner = crm.company_data.users[getattr(record, visibility.owner_column)] if visibility.owner_column else None
    if visibility.private_column and getattr(record, visibility.private_column):
        return [owner.id] if owner is not None and owner.is_enabled else []
    found: set[int] = set()
    for by, value in _linked_keys(crm, visibility, record):
        row = crm.db.row(sa.select(by.table).where(by.key == value)) if value is not None else None
        if row is not None:
            found.update(viewers(crm, by, by.to_records([row])[0]))

    def sees(user: User) -> bool:
        if user.is_admin() or user.id in found:
            return True
        return owner is not None and (
            user.id == owner.id or _role_relation(crm, owner.role_id, user.role_id) == "below"
        )

    return [user.id for user in crm.company_data.users.values() if user.is_enabled and sees(user)]


def _linked_keys(
    crm: UnitOfWork, visibility: LinkedVisibility, record: Record
) -> Iterator[tuple[RecordType[Any], Any]]:
    """Yields the records that a record is linked to: their types and their keys."""
    for link, by in visibility.links.items():
        yield by, getattr(record, link)
    if visibility.relation is not None:
        columns = visibility.relation.table.c
        these = columns[visibility.relation.row_id] == record.id  # type: ignore[attr-defined]
        for link, by in visibility.relation.links.items():
            statement = sa.select(columns[link]).where(these, columns[link].is_not(None)).distinct()
            for value in crm.db.values(statement):
                yield by, value


def _visible_by_links(crm: UnitOfWork, kind: RecordType[R], visibility: LinkedVisibility) -> sa.ColumnElement[bool]:
    """Returns the criterion for records that the actor sees through their owner or a record they are linked to."""
    columns = kind.table.c
    criteria = [_has_visible_link(crm, by, by.key == columns[link]) for link, by in visibility.links.items()]
    if visibility.relation is not None:
        table, row_id, links = visibility.relation
        # The query may be about the relation itself.
        relation = table.alias()
        of_record = relation.c[row_id] == columns.id
        criteria += [
            sa.exists().where(of_record, _has_visible_link(crm, by, by.key == relation.c[link]))
            for link, by in links.items()
        ]
    if visibility.owner_column:
        criteria.insert(0, columns[visibility.owner_column].in_(overseen_owner_ids(crm)))
    return sa.or_(*criteria)


def _has_visible_link(crm: UnitOfWork, kind: RecordType[R], link: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    criterion = visible(crm, kind)
    assert criterion is not None
    return sa.exists().where(link, criterion)


def _is_followed(crm: UnitOfWork, kind: RecordType[R]) -> sa.ColumnElement[bool]:
    """Returns the criterion that the actor follows the record. For queries that find records by other criteria."""
    of_record = (followers.c.object == kind.object) & (followers.c.record_id == kind.table.c.id)
    return sa.exists().where(of_record, followers.c.user_id == crm.actor.id)


def _pipeline_column(kind: RecordType[R]) -> str | None:
    """Returns the column with the pipeline of a record; None where pipelines do not matter for its visibility."""
    return kind.visibility.pipeline_column if isinstance(kind.visibility, OwnVisibility) else None


def _company_wide_levels(crm: UnitOfWork) -> tuple[int, ...]:
    """Returns the values of ``visible_to`` that admit the whole company: with two levels, 3 already does."""
    return (7,) if crm.company_data.company.visibility_levels == 4 else (3, 5, 7)


def _owner_ids_by_relation(crm: UnitOfWork, relations: frozenset[RoleRelation]) -> list[int]:
    """Returns the ids of the users whose role has one of these positions relative to the actor's role."""
    role_id, users = crm.actor.role_id, crm.company_data.users.values()

    def find() -> list[int]:
        wanted = {id for id in {user.role_id for user in users} if _role_relation(crm, id, role_id) in relations}
        return [user.id for user in users if user.role_id in wanted]

    return crm.company_data.get_or_compute(f"owners:{role_id}:{sorted(relations)}", find)


def _role_relation(crm: UnitOfWork, owner_role_id: int, other_role_id: int) -> RoleRelation:
    """Returns the position of an owner's role relative to another role."""
    if owner_role_id == other_role_id:
        return "same"
    if other_role_id in _ancestors(crm, owner_role_id):
        return "below"
    return "above" if owner_role_id in _ancestors(crm, other_role_id) else "beside"


def _ancestors(crm: UnitOfWork, role_id: int) -> list[int]:
    """Returns the ids of the roles above a role, nearest first: none for the topmost roles, whose parent is the default."""
    found: list[int] = []
    role = crm.company_data.roles.get(role_id)
    while role and (above := role.parent_role_id) and above != DEFAULT_ROLE_ID and above not in found:
        found.append(above)
        role = crm.company_data.roles.get(above)
    return found
