"""Schedules: scripts that run by themselves, as the user who has set that up."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration.runs import RunUser
from dealwright.contract.app.integration.script_runs import ScriptAccess, ScriptOutcome
from dealwright.contract.app.integration.scripts import VersionNumber
from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.values import Id

GROUP = "Editor"

Minutes = Annotated[int, Meta(ge=1, le=525_600)]
CronExpression = Annotated[str, Meta(min_length=9, max_length=100)]
"""Minute, hour, day of the month, month and day of the week, as in ``0 9 * * 1-5``."""

TimeZone = Annotated[str, Meta(min_length=1, max_length=64)]
"""The name of a time zone, such as ``Europe/Berlin``."""

OffReason = Literal["switched_off", "user_inactive", "not_permitted", "editor_off"]


class LastScheduledRun(TypedDict):
    """The latest run of a schedule; its outcome is null while it runs."""

    id: str
    time: str
    outcome: ScriptOutcome | None


class ScriptSchedule(TypedDict):
    """When a script runs by itself: every so many minutes, or at the times of a cron expression in a time zone.

    Without a ``version`` it is the latest. It runs as ``user``. ``off_reason`` says why one that is not ``is_on`` is off: for
    somebody's wish, or because its user is not active or may not use the editor any more. ``next_time`` is null then.
    """

    id: int
    script_id: int
    script_name: str
    version: int | None
    user: RunUser
    can_change: bool
    access: ScriptAccess
    every_minutes: int | None
    cron: str | None
    time_zone: str
    is_on: bool
    off_reason: OffReason | None
    next_time: str | None
    last_run: LastScheduledRun | None


class NewSchedule(AppBody, kw_only=True):
    """A schedule to set up, by ``every_minutes`` or by ``cron``. A script of somebody else needs a ``version``."""

    script_id: Id
    version: VersionNumber | None = None
    access: ScriptAccess = "all"
    every_minutes: Minutes | None = None
    cron: CronExpression | None = None
    time_zone: TimeZone = "UTC"
    is_on: bool = True


class ScheduleChanges(AppBody, kw_only=True):
    """Changes of a schedule. One of ``every_minutes`` and ``cron`` replaces the other."""

    version: VersionNumber | UnsetType | None = UNSET
    access: ScriptAccess | UnsetType = UNSET
    every_minutes: Minutes | UnsetType = UNSET
    cron: CronExpression | UnsetType = UNSET
    time_zone: TimeZone | UnsetType = UNSET
    is_on: bool | UnsetType = UNSET


@endpoint("GET /app/api/script-schedules", group=GROUP, cost=0)
def get_script_schedules(
    script_id: Annotated[Id, Meta(description="Of this script.")] | None = None,
) -> Items[ScriptSchedule]:
    """Get one's schedules, in one page; for admins those of everybody."""


@endpoint("POST /app/api/script-schedules", group=GROUP, cost=0)
def post_script_schedules(data: NewSchedule) -> ScriptSchedule:
    """Have a script run by itself, as oneself."""


@endpoint("GET /app/api/script-schedules/{id}", group=GROUP, cost=0)
def get_script_schedules_by_id(id: RecordId) -> ScriptSchedule:
    """Get a schedule."""


@endpoint("PATCH /app/api/script-schedules/{id}", group=GROUP, cost=0)
def patch_script_schedules_by_id(id: RecordId, data: ScheduleChanges) -> ScriptSchedule:
    """Change a schedule, switch it on or off. Only its user may; admins may switch it off."""


@endpoint("DELETE /app/api/script-schedules/{id}", group=GROUP, cost=0)
def delete_script_schedules_by_id(id: RecordId) -> ScriptSchedule:
    """Delete a schedule. Its user may, and admins."""
