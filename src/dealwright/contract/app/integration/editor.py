"""The editor: how well code is fenced in on this machine, its limits, and who may use it."""

from __future__ import annotations

from typing import Literal, TypedDict

from dealwright.contract.app.envelopes import Items
from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId

GROUP = "Editor"

IsolationLevel = Literal["A", "B", "C", "D"]
"""A: namespaces by bubblewrap, Landlock, seccomp. B: the same by the server itself. C: Landlock and seccomp. D: limits alone."""


class LevelState(TypedDict):
    """A level of isolation: what it consists of, and why this machine lacks it, if it does."""

    level: IsolationLevel
    description: str
    is_available: bool
    reason: str | None


class EditorLimits(TypedDict):
    """What a script may use: time by the clock and of processors, memory, output, and files in its folder."""

    wall_seconds: float
    cpu_seconds: float
    memory_bytes: int
    output_bytes: int


class EditorState(TypedDict):
    """Whether code runs here, and how.

    ``is_on`` says whether the server runs code, ``off_reason`` in words why it does not. ``may_use`` says whether oneself may, and
    ``can_give`` whether one may let others. ``level`` is the one in use; only on a machine that nobody else reaches (``is_local``) it may be C or D.
    """

    is_on: bool
    off_reason: str | None
    may_use: bool
    can_give: bool
    is_local: bool
    level: IsolationLevel | None
    levels: list[LevelState]
    limits: EditorLimits
    python: str


class EditorUser(TypedDict):
    """A user, and whether the editor is theirs to use; that of an admin is unless it was taken away."""

    id: int
    name: str
    is_admin: bool
    may_use: bool


class EditorPermission(AppBody, kw_only=True):
    """Whether a user may use the editor from now on."""

    may_use: bool


@endpoint("GET /app/api/editor", group=GROUP, cost=0)
def get_editor() -> EditorState:
    """Get whether code runs on this server, how it is fenced in, and what it may use."""


@endpoint("GET /app/api/editor/users", group=GROUP, cost=0)
def get_editor_users() -> Items[EditorUser]:
    """Get all active users with whether they may use the editor, in one page. Only admins may."""


@endpoint("PATCH /app/api/editor/users/{id}", group=GROUP, cost=0)
def patch_editor_users_by_id(id: RecordId, data: EditorPermission) -> EditorUser:
    """Let a user use the editor, or do so no longer: what runs for the user is stopped then. Only admins may."""
