"""Teams of users."""

from __future__ import annotations

from msgspec import UNSET

from dealwright.contract.v1.envelopes import Item, List
from dealwright.contract.v1.team import legacy_teams as contract
from dealwright.contract.v1.team.legacy_teams import NewTeam, TeamChanges, TeamOrder, TeamUsers
from dealwright.contract.values import Flag
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import teams
from dealwright.crm.team.model import Team
from dealwright.crm.values.formats import Values
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes

_NAMES = {"active_flag": "is_active", "deleted_flag": "is_deleted"}


def show(crm: UnitOfWork, team: Team, skip_users: Flag = 0) -> contract.Team:
    """Returns a team as v1 writes it, with or without its members."""
    shown: contract.Team = {
        "id": team.id,
        "name": team.name,
        "description": team.description,
        "manager_id": team.manager_id,
        "active_flag": 1 if team.is_active else 0,
        "deleted_flag": 1 if team.is_deleted else 0,
        "add_time": team.add_time,
        "created_by_user_id": team.created_by_user_id,
    }
    if not skip_users:
        shown["users"] = teams.member_ids(crm, team)
    return shown


@implements(contract.get_legacy_teams)
def get_legacy_teams(crm: UnitOfWork, order_by: TeamOrder = "id", skip_users: Flag = 0) -> List[contract.Team]:
    found = teams.list_all(crm, _NAMES.get(order_by, order_by))
    return envelopes.collection([show(crm, team, skip_users) for team in found])


@implements(contract.post_legacy_teams)
def post_legacy_teams(crm: UnitOfWork, data: NewTeam) -> Item[contract.Team]:
    values, members = _values(data)
    return envelopes.item(show(crm, teams.create(crm, values, members or [])))


@implements(contract.get_legacy_teams_by_id)
def get_legacy_teams_by_id(crm: UnitOfWork, id: int, skip_users: Flag = 0) -> Item[contract.Team]:
    return envelopes.item(show(crm, teams.get(crm, id), skip_users))


@implements(contract.put_legacy_teams_by_id)
def put_legacy_teams_by_id(crm: UnitOfWork, id: int, data: TeamChanges) -> Item[contract.Team]:
    return envelopes.item(show(crm, teams.update(crm, id, *_values(data))))


@implements(contract.get_legacy_teams_by_id_users)
def get_legacy_teams_by_id_users(crm: UnitOfWork, id: int) -> List[int]:
    return _show_members(crm, teams.get(crm, id))


@implements(contract.post_legacy_teams_by_id_users)
def post_legacy_teams_by_id_users(crm: UnitOfWork, id: int, data: TeamUsers) -> List[int]:
    return _show_members(crm, teams.add_members(crm, id, data.users))


@implements(contract.delete_legacy_teams_by_id_users)
def delete_legacy_teams_by_id_users(crm: UnitOfWork, id: int, data: TeamUsers) -> List[int]:
    return _show_members(crm, teams.remove_members(crm, id, data.users))


@implements(contract.get_legacy_teams_user_by_id)
def get_legacy_teams_user_by_id(
    crm: UnitOfWork, id: int, order_by: TeamOrder = "id", skip_users: Flag = 0
) -> List[contract.Team]:
    found = teams.list_all(crm, _NAMES.get(order_by, order_by), member_id=id)
    return envelopes.collection([show(crm, team, skip_users) for team in found])


def _values(data: NewTeam | TeamChanges) -> tuple[Values, list[int] | None]:
    """Returns the values of a team, and its members if they are given."""
    values = provided_values(data, _NAMES)
    values.pop("users", None)
    return values, None if data.users is UNSET else data.users


def _show_members(crm: UnitOfWork, team: Team) -> List[int]:
    # Unlike other collections, one of ids is a list even when it is empty.
    return envelopes.collection(teams.member_ids(crm, team), empty=[])
