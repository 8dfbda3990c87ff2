"""Scripts: code with a name, all of whose versions are kept."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration.runs import RunUser
from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.values import LongText, ShortText

GROUP = "Editor"

ScriptName = Annotated[str, Meta(min_length=1, max_length=100)]
VersionNumber = Annotated[int, Meta(ge=1, le=1_000_000, description="The number of the version, from 1.")]


class ScriptFilter(Query, kw_only=True):
    """Which scripts to list."""

    text: Annotated[ShortText, Meta(description="Words in its name.")] | None = None
    cursor: Annotated[ShortText, Meta(description="The page that follows another one.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=500, description="How many.")] = 100


class VersionPaging(Query, kw_only=True):
    """Which versions of a script to list: the newest, or those before one."""

    before: Annotated[VersionNumber, Meta(description="Only versions before this one.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=500, description="How many.")] = 50


class Script(TypedDict):
    """A script. ``version`` is its latest; what others have shared ``can_change`` only be by their owner."""

    id: int
    name: str
    owner: RunUser
    is_shared: bool
    can_change: bool
    version: int
    add_time: str
    update_time: str


class ScriptVersion(TypedDict):
    """A version of a script: who has saved it and when."""

    version: int
    user: RunUser
    time: str


class ScriptCode(ScriptVersion):
    """A version with its code."""

    code: str


class ScriptDetails(Script):
    """A script with the code of its latest version."""

    code: str


class NewScript(AppBody, kw_only=True):
    """A script to save for the first time. One that ``is_shared`` everybody may read and run who may use the editor."""

    name: ScriptName
    code: LongText
    is_shared: bool = False


class ScriptChanges(AppBody, kw_only=True):
    """Another name for a script, or whether others see it."""

    name: ScriptName | UnsetType = UNSET
    is_shared: bool | UnsetType = UNSET


class NewVersion(AppBody, kw_only=True):
    """Code to save. ``after`` is the version that it was made from."""

    code: LongText
    after: VersionNumber


@endpoint("GET /app/api/scripts", group=GROUP, cost=0)
def get_scripts(query: ScriptFilter) -> Items[Script]:
    """Get a page of one's scripts and those that others share, the one that was saved last first."""


@endpoint("POST /app/api/scripts", group=GROUP, cost=0)
def post_scripts(data: NewScript) -> ScriptDetails:
    """Save a new script, whose version is 1. Answers 409 when one has a script of this name."""


@endpoint("GET /app/api/scripts/{id}", group=GROUP, cost=0)
def get_scripts_by_id(id: RecordId) -> ScriptDetails:
    """Get a script with the code of its latest version."""


@endpoint("PATCH /app/api/scripts/{id}", group=GROUP, cost=0)
def patch_scripts_by_id(id: RecordId, data: ScriptChanges) -> Script:
    """Rename a script, share it, or share it no longer. Only its owner may."""


@endpoint("DELETE /app/api/scripts/{id}", group=GROUP, cost=0)
def delete_scripts_by_id(id: RecordId) -> Script:
    """Delete a script with its versions and schedules. Its owner may, and admins. Its runs stay."""


@endpoint("GET /app/api/scripts/{id}/versions", group=GROUP, cost=0)
def get_scripts_by_id_versions(id: RecordId, query: VersionPaging) -> Items[ScriptVersion]:
    """Get a page of the versions of a script, the newest first. ``next_cursor`` is the ``before`` of the next page."""


@endpoint("POST /app/api/scripts/{id}/versions", group=GROUP, cost=0)
def post_scripts_by_id_versions(id: RecordId, data: NewVersion) -> ScriptDetails:
    """Save code as the next version of a script. Only its owner may.

    Code that is the same as before makes no version. Answers 409 when another version was saved after the one that it was made from.
    """


@endpoint("GET /app/api/scripts/{id}/versions/{version}", group=GROUP, cost=0)
def get_scripts_by_id_versions_by_version(id: RecordId, version: VersionNumber) -> ScriptCode:
    """Get a version of a script with its code."""
