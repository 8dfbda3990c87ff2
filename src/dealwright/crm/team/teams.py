"""Teams of users. Admins of the account settings change them, everybody reads them."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import NotFound
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.record_types import FieldChange
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import users
from dealwright.crm.team.model import TEAM, Team
from dealwright.crm.values.formats import Values
from dealwright.storage.tables import team_members


def list_all(crm: UnitOfWork, order_by: str = "id", member_id: int | None = None) -> list[Team]:
    """Returns the teams that are not deleted, sorted by an attribute; with ``member_id`` those of one user.

    Raises `NotFound` for a user whom the actor may not see.
    """
    if member_id is not None:
        users.get(crm, member_id)
    return sorted(
        (
            team
            for team in crm.company_data.teams.values()
            if not team.is_deleted and (member_id is None or member_id in _members(crm, team.id))
        ),
        key=attrgetter(order_by, "id"),
    )


def get(crm: UnitOfWork, id: int) -> Team:
    """Returns a team, deleted or not. Raises `NotFound`."""
    team = crm.company_data.teams.get(id)
    if team is None:
        raise NotFound(f"Team {id} does not exist")
    return team


def member_ids(crm: UnitOfWork, team: Team) -> list[int]:
    """Returns the ids of the members of a team, as far as the actor may see these users."""
    return users.visible_ids(crm, _members(crm, team.id))


def create(crm: UnitOfWork, values: Values, members: Iterable[int]) -> Team:
    """Adds a team with its members. Raises `Forbidden`, and `Invalid` for users that there are not."""
    crm.require_exclusive_lock()
    access.require_admin(crm, "account_settings")
    access.require_assignable_user(crm, values["manager_id"], "manager_id")
    new = _new_members(crm, members, frozenset())
    team = records.insert(
        crm,
        TEAM,
        {
            "description": None,
            **values,
            "is_active": True,
            "is_deleted": False,
            "add_time": crm.now,
            "update_time": crm.now,
            "created_by_user_id": crm.actor.id,
        },
        extra_changes=[("users", None, _as_json(new))] if new else (),
    )
    _write_members(crm, team.id, frozenset(), new)
    crm.invalidate_company_data()
    return team


def update(crm: UnitOfWork, id: int, values: Values, members: Iterable[int] | None = None) -> Team:
    """Changes a team; ``members`` replaces its members. Raises `NotFound`, `Forbidden` and `Invalid`."""
    crm.require_exclusive_lock()
    access.require_admin(crm, "account_settings")
    team = get(crm, id)
    if values.get("manager_id", team.manager_id) != team.manager_id:
        access.require_assignable_user(crm, values["manager_id"], "manager_id")
    before = _members(crm, id)
    after = before if members is None else _new_members(crm, members, before)
    changed_members = replace_members(crm, id, after)
    records.update(
        crm,
        TEAM,
        team,
        values,
        action="delete" if values.get("is_deleted") and not team.is_deleted else "update",
        extra_changes=changed_members,
    )
    crm.invalidate_company_data()
    return get(crm, id)


def add_members(crm: UnitOfWork, id: int, members: Iterable[int]) -> Team:
    """Adds members to a team that is not deleted. Raises `NotFound`, `Forbidden` and `Invalid`."""
    crm.require_exclusive_lock()
    return update(crm, id, {}, _members(crm, _get_live(crm, id).id) | {*members})


def remove_members(crm: UnitOfWork, id: int, members: Iterable[int]) -> Team:
    """Removes members from a team that is not deleted; others stay as they are. Raises `NotFound` and `Forbidden`."""
    crm.require_exclusive_lock()
    return update(crm, id, {}, _members(crm, _get_live(crm, id).id) - {*members})


def _get_live(crm: UnitOfWork, id: int) -> Team:
    team = get(crm, id)
    if team.is_deleted:
        raise NotFound(f"Team {id} does not exist")
    return team


def _members(crm: UnitOfWork, id: int) -> frozenset[int]:
    return crm.company_data.team_members.get(id, frozenset())


def _new_members(crm: UnitOfWork, ids: Iterable[int], before: frozenset[int]) -> frozenset[int]:
    """Returns the ids of those who are to be members: active users, and members who were deactivated since.

    Raises `Invalid`.
    """
    wanted = frozenset(ids)
    for id in sorted(wanted - before):
        access.require_assignable_user(crm, id, "users")
    return wanted


def replace_members(crm: UnitOfWork, id: int, after: frozenset[int]) -> list[FieldChange]:
    """Replaces the members of a team, and returns what has changed, for the change log."""
    before = _members(crm, id)
    _write_members(crm, id, before, after)
    return [("users", _as_json(before), _as_json(after))] if after != before else []


def _write_members(crm: UnitOfWork, team_id: int, before: frozenset[int], after: frozenset[int]) -> None:
    columns = team_members.c
    if gone := sorted(before - after):
        crm.db.execute(sa.delete(team_members).where(columns.team_id == team_id, columns.user_id.in_(gone)))
    crm.db.insert_many(team_members, [{"team_id": team_id, "user_id": id} for id in sorted(after - before)])


def _as_json(ids: frozenset[int]) -> list[Json]:
    return [*sorted(ids)]
