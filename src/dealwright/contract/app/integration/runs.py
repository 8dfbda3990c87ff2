"""Runs: actions that people and programs have run, and running one."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType, field

from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration.actions import ActionVersion
from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import Query, Upload, endpoint
from dealwright.contract.values import Id, IsoTime, ShortText, Uuid

GROUP = "Runs"

RunSource = Literal["console", "chat", "editor", "api", "mcp", "cli"]
RunStatus = Literal["running", "ok", "failed", "refused", "interrupted"]
ChangeAction = Literal["created", "changed", "deleted", "restored", "merged"]

Params = dict[str, Any]
"""The parameters of an action: those of path and query by their names, the body under ``data``."""


class RunFilter(Query, kw_only=True):
    """Which runs to list."""

    user_id: Annotated[Id, Meta(description="Who has run it.")] | None = None
    connection_id: Annotated[Id, Meta(description="On which connection.")] | None = None
    action: Annotated[ShortText, Meta(description="The name of the action, bare.")] | None = None
    source: Annotated[RunSource, Meta(description="From where.")] | None = None
    status: Annotated[RunStatus, Meta(description="How it ended.")] | None = None
    since: Annotated[IsoTime, Meta(description="Begun at this time or later.")] | None = None
    until: Annotated[IsoTime, Meta(description="Begun before this time.")] | None = None
    script_run_id: Annotated[Uuid, Meta(description="Called by this run of a script.")] | None = None
    text: Annotated[ShortText, Meta(description="Words in its action, connection, parameters or error.")] | None = None
    cursor: Annotated[ShortText, Meta(description="The page that follows another one.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=500, description="How many.")] = 50


class RunUser(TypedDict):
    """Who has run something."""

    id: int
    name: str


class RunError(TypedDict):
    """Why a run did not succeed: the kind of error, in words, and the service's own code."""

    type: str
    message: str
    code: str | None


class Run(TypedDict):
    """A run. ``params`` are without secrets; null when they were too large to keep.

    ``interrupted`` means that the process that ran it has ended in the middle. ``changes`` is how many records it has changed in this
    CRM. ``can_repeat`` says whether it can be run again as it is: not without the secrets and files that are not kept. ``undone_by`` is
    the run that has taken it back, ``undoes`` the one that it has taken back itself. ``script_run_id`` is the run of a script that
    has called it.
    """

    id: str
    user: RunUser
    source: RunSource
    connection_id: int | None
    connection: str
    version: str
    action: str
    params: Any
    status: RunStatus
    start_time: str
    end_time: str | None
    duration_ms: int | None
    http_status: int | None
    error: RunError | None
    cost: int | None
    rate_headers: dict[str, str]
    answer_size: int | None
    repeats: str | None
    script_run_id: str | None
    changes: int
    can_repeat: bool


class MemberChange(TypedDict):
    """A member that was changed; the texts have names instead of ids. Amounts of money have their currencies beside them."""

    key: str
    name: str
    before: Any
    after: Any
    before_text: str | None
    after_text: str | None
    before_currency: str | None
    after_currency: str | None


class RecordChanges(TypedDict):
    """A record that was changed; its name is null when you do not see it."""

    object: str
    id: str
    name: str | None
    noun: str
    action: ChangeAction
    members: list[MemberChange]


class RunDetails(Run):
    """A run with what it has changed in this CRM: at most 200 records, of ``changes``."""

    records: list[RecordChanges]
    undone_by: str | None
    undoes: str | None


class Answer(TypedDict):
    """An answer, as much as is shown of it: where ``is_cut``, a list has fewer items than it had, or ``body`` is null.

    ``body`` is JSON, a text, or bytes in base64, as ``encoding`` says; ``size`` is that of the whole, in bytes.
    """

    status: int
    headers: dict[str, str]
    encoding: Literal["json", "text", "base64"]
    body: Any
    size: int
    is_cut: bool


class RanRun(TypedDict):
    """A run that has ended. What the service has refused is told in the run, and by it in ``failure``."""

    run: Run
    answer: Answer | None
    failure: Any


class RunToStart(AppBody, kw_only=True):
    """An action to run on a connection."""

    connection_id: Id
    version: ActionVersion
    name: ShortText
    params: Params = field(default_factory=dict)
    source: Literal["console", "chat", "editor"] = "console"


class RunWithFile(AppBody, kw_only=True):
    """An action to run with a file. ``run`` is JSON, as `RunToStart`; ``property`` is that of the body which is the file."""

    run: str
    property: ShortText
    file: Upload


class CodeToWrite(AppBody, kw_only=True):
    """A call to write as code. ``files`` are the names of files, by the properties of the body."""

    connection_id: Id | UnsetType = UNSET
    params: Params = field(default_factory=dict)
    files: dict[str, ShortText] = field(default_factory=dict)


class Code(TypedDict):
    """A call as Python, as a sentence for the chat, for curl and for the command line."""

    python: str
    sentence: str
    curl: str
    cli: str


class RunSettings(TypedDict):
    """For how many days runs are kept."""

    retention_days: int


class RunSettingChanges(AppBody, kw_only=True):
    """For how many days runs are to be kept from now on."""

    retention_days: Annotated[int, Meta(ge=1, le=3650)]


@endpoint("GET /app/api/runs", group=GROUP, cost=0)
def get_runs(query: RunFilter) -> Items[Run]:
    """Get a page of runs, the newest first: one's own, and for admins those of everybody."""


@endpoint("POST /app/api/runs", group=GROUP, cost=0)
def post_runs(data: RunToStart) -> RanRun:
    """Run an action, and wait for its answer."""


@endpoint("POST /app/api/runs/with-file", group=GROUP, cost=0, body="multipart")
def post_runs_with_file(data: RunWithFile) -> RanRun:
    """Run an action with a file, and wait for its answer."""


@endpoint("GET /app/api/runs/settings", group=GROUP, cost=0)
def get_runs_settings() -> RunSettings:
    """Get for how many days runs are kept."""


@endpoint("PATCH /app/api/runs/settings", group=GROUP, cost=0)
def patch_runs_settings(data: RunSettingChanges) -> RunSettings:
    """Change for how many days runs are kept. Only admins may."""


@endpoint("GET /app/api/runs/{id}", group=GROUP, cost=0)
def get_runs_by_id(id: Uuid) -> RunDetails:
    """Get a run with what it has changed."""


@endpoint("POST /app/api/runs/{id}/undo", group=GROUP, cost=0)
def post_runs_by_id_undo(id: Uuid) -> Run:
    """Take back what a run has changed in this CRM; returns the run that has done so, which can be taken back in turn.

    Answers 409, with the record and its member, when somebody has changed the same since, or when it cannot be taken back.
    """


@endpoint("POST /app/api/runs/{id}/again", group=GROUP, cost=0)
def post_runs_by_id_again(id: Uuid) -> RanRun:
    """Run the same action again, with the same parameters, on the same connection. Answers 409 when it cannot be."""


@endpoint("GET /app/api/runs/{id}/code", group=GROUP, cost=0)
def get_runs_by_id_code(id: Uuid) -> Code:
    """Get the call of a run as code."""


@endpoint("POST /app/api/actions/{version}/{name}/code", group="Actions", cost=0)
def post_actions_by_version_by_name_code(version: ActionVersion, name: ShortText, data: CodeToWrite) -> Code:
    """Write a call as code; without a connection, on the one to this CRM."""
