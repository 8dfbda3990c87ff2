"""Rows of users, roles, permission sets and teams, as they are stored."""

from __future__ import annotations

import functools

from dealwright.crm.kernel.record_types import PublicVisibility, Record, RecordType
from dealwright.crm.values.formats import loads
from dealwright.storage import tables

DEFAULT_ROLE_ID = 1
"""The role of users who are in no other. It is above no role: those that name it as their parent are the topmost."""


class User(Record):
    """A user of a company."""

    id: int
    name: str
    email: str
    phone: str | None
    default_currency: str
    locale: str
    lang: int
    language_code: str
    country_code: str
    timezone_name: str
    icon_url: str | None
    activated: bool
    is_active: bool
    is_deleted: bool
    has_created_company: bool
    access: str
    role_id: int
    last_login: str | None
    add_time: str
    update_time: str | None

    @property
    def is_enabled(self) -> bool:
        """Whether the user is neither deactivated nor deleted: all tokens, sessions, webhooks and assignments need it."""
        return self.is_active and not self.is_deleted

    def is_admin(self, app: str = "sales") -> bool:
        """Whether the user is an admin of an app, or of the whole account."""
        held = _administered(self.access)
        return app in held or "global" in held


@functools.lru_cache(maxsize=1000)
def _administered(access: str) -> frozenset[str]:
    """Returns the apps that a user is an admin of, from the stored ``access``."""
    return frozenset(entry["app"] for entry in loads(access) if entry["admin"])


class Role(Record):
    """A role: a visibility group with a position in the tree of roles."""

    id: int
    parent_role_id: int | None
    name: str
    is_active: bool
    settings: str
    hidden_pipeline_ids: str


class PermissionSet(Record):
    """A permission set: what users with it may do in one app."""

    id: str
    name: str
    description: str
    app: str
    type: str
    contents: str


class Team(Record):
    """A team of users, who are in ``team_members``. Its manager need not be a member."""

    id: int
    name: str
    description: str | None
    manager_id: int
    is_active: bool
    is_deleted: bool
    add_time: str
    update_time: str
    created_by_user_id: int


USER = RecordType("user", tables.users, User, "User", PublicVisibility())
ROLE = RecordType("role", tables.roles, Role, "Role", PublicVisibility())
TEAM = RecordType("team", tables.teams, Team, "Team", PublicVisibility())
