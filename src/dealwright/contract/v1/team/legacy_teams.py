"""Teams of users."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.envelopes import Item, List
from dealwright.contract.values import Flag, Id, IdList, LongText, Name

READ = frozenset({"users:read"})
WRITE = frozenset({"admin"})

TeamOrder = Annotated[Literal["id", "name", "manager_id", "active_flag"], Meta(description="What to sort by.")]
SkipUsers = Annotated[Flag, Meta(description="1 to leave out the members of the teams.")]


class Team(TypedDict):
    """A team. ``users`` are the ids of its members, left out on request."""

    id: int
    name: str
    description: str | None
    manager_id: int
    users: NotRequired[list[int]]
    active_flag: Flag
    deleted_flag: Flag
    add_time: str
    created_by_user_id: int


class NewTeam(V1Body, kw_only=True):
    """A team to create."""

    name: Name
    manager_id: Id
    description: LongText | UnsetType | None = UNSET
    users: IdList | UnsetType = UNSET


class TeamChanges(V1Body, kw_only=True):
    """What to change of a team; ``users`` replaces its members."""

    name: Name | UnsetType = UNSET
    description: LongText | UnsetType | None = UNSET
    manager_id: Id | UnsetType = UNSET
    users: IdList | UnsetType = UNSET
    active_flag: bool | UnsetType = UNSET
    deleted_flag: bool | UnsetType = UNSET


class TeamUsers(V1Body, kw_only=True):
    """The users to add or to remove."""

    users: IdList


@endpoint("GET /v1/legacyTeams", group="LegacyTeams", scopes=READ, cost=20, deprecated=True)
def get_legacy_teams(order_by: TeamOrder = "id", skip_users: SkipUsers = 0) -> List[Team]:
    """List all teams."""


@endpoint("POST /v1/legacyTeams", group="LegacyTeams", scopes=WRITE, cost=10, deprecated=True)
def post_legacy_teams(data: NewTeam) -> Item[Team]:
    """Create a team."""


@endpoint("GET /v1/legacyTeams/{id}", group="LegacyTeams", scopes=READ, cost=2, deprecated=True)
def get_legacy_teams_by_id(id: RecordId, skip_users: SkipUsers = 0) -> Item[Team]:
    """Get one team."""


@endpoint("PUT /v1/legacyTeams/{id}", group="LegacyTeams", scopes=WRITE, cost=10, deprecated=True)
def put_legacy_teams_by_id(id: RecordId, data: TeamChanges) -> Item[Team]:
    """Change a team."""


@endpoint("GET /v1/legacyTeams/{id}/users", group="LegacyTeams", scopes=READ, cost=20, deprecated=True)
def get_legacy_teams_by_id_users(id: RecordId) -> List[int]:
    """List the ids of the members of a team."""


@endpoint("POST /v1/legacyTeams/{id}/users", group="LegacyTeams", scopes=WRITE, cost=10, deprecated=True)
def post_legacy_teams_by_id_users(id: RecordId, data: TeamUsers) -> List[int]:
    """Add users to a team; the answer lists all its members."""


@endpoint("DELETE /v1/legacyTeams/{id}/users", group="LegacyTeams", scopes=WRITE, cost=10, deprecated=True)
def delete_legacy_teams_by_id_users(id: RecordId, data: TeamUsers) -> List[int]:
    """Remove users from a team; the answer lists the members that are left."""


@endpoint("GET /v1/legacyTeams/user/{id}", group="LegacyTeams", scopes=READ, cost=20, deprecated=True)
def get_legacy_teams_user_by_id(
    id: Annotated[Id, Meta(description="The id of the user.")], order_by: TeamOrder = "id", skip_users: SkipUsers = 0
) -> List[Team]:
    """List the teams that a user is a member of."""
