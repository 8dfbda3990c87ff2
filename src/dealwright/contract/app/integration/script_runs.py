"""Runs of scripts, for real or on a copy of the company: their state, their output, and what they would change."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration.editor import IsolationLevel
from dealwright.contract.app.integration.runs import RecordChanges, RunUser
from dealwright.contract.app.integration.scripts import VersionNumber
from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.values import Id, LongText, ShortText, Uuid

GROUP = "Editor"

ScriptRunKind = Literal["run", "rehearsal"]
ScriptRunStatus = Literal["preparing", "running", "ended"]
ScriptOutcome = Literal["finished", "failed", "stopped", "time", "cpu", "memory", "output", "interrupted"]
"""Why it ended: by itself, with an error, stopped by somebody, at a limit, or because the server ended."""

ScriptAccess = Literal["read", "all"]
OutputStream = Literal["out", "err"]


class ScriptRunFilter(Query, kw_only=True):
    """Which runs of scripts to list."""

    script_id: Annotated[Id, Meta(description="Of this script.")] | None = None
    schedule_id: Annotated[Id, Meta(description="Begun by this schedule.")] | None = None
    kind: Annotated[ScriptRunKind, Meta(description="Real ones, or rehearsals.")] | None = None
    cursor: Annotated[ShortText, Meta(description="The page that follows another one.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=500, description="How many.")] = 50


class OutputPosition(Query, kw_only=True):
    """From where on, and how long to wait for more."""

    after: Annotated[int, Meta(ge=0, le=2**53 - 1, description="Only output after this position.")] = 0
    wait: Annotated[float, Meta(ge=0, le=20, description="How many seconds to wait while there is none.")] = 0


class ScriptRun(TypedDict):
    """A run of a script, or of code that was not saved (then there is no ``script_id``).

    ``outcome`` is there once it has ended, ``error`` in words when it was no success. ``calls`` are the actions that it has run (those of a
    real one are in the runs, with ``script_run_id``), ``changes`` how many of these have changed something. ``applies`` is the rehearsal that it
    does for real; ``applied_by`` the run that has done that for this one.
    """

    id: str
    kind: ScriptRunKind
    script_id: int | None
    name: str | None
    version: int | None
    schedule_id: int | None
    user: RunUser
    access: ScriptAccess
    level: IsolationLevel | None
    status: ScriptRunStatus
    outcome: ScriptOutcome | None
    error: str | None
    start_time: str
    end_time: str | None
    duration_ms: int | None
    calls: int
    changes: int
    can_apply: bool
    applies: str | None
    applied_by: str | None


class ScriptRunDetails(ScriptRun):
    """A run with the code that was run."""

    code: str


class OutputPiece(TypedDict):
    """Some output: where it ends, when it came, and from which stream."""

    position: int
    time: str
    stream: OutputStream
    text: str


class ScriptOutput(TypedDict):
    """Output after a position. ``after`` is that of the next question; with ``is_complete`` there will be no more."""

    items: list[OutputPiece]
    after: int
    is_complete: bool
    run: ScriptRun


class RehearsedChanges(TypedDict):
    """What a rehearsal has changed in the copy, one item for each record: at most 200 of ``total``.

    ``elsewhere`` are calls that would write to other services: they were not made.
    """

    items: list[RecordChanges]
    total: int
    elsewhere: list[str]


class ScriptToRun(AppBody, kw_only=True):
    """What to run: ``code``, or a version of a script (its latest, unless one is given). With both, the code is that of the script, edited.

    ``access`` says whether it may change anything; ``kind`` whether it runs on the company or on a copy.
    """

    code: LongText | UnsetType = UNSET
    script_id: Id | UnsetType = UNSET
    version: VersionNumber | UnsetType = UNSET
    access: ScriptAccess = "all"
    kind: ScriptRunKind = "run"


@endpoint("GET /app/api/script-runs", group=GROUP, cost=0)
def get_script_runs(query: ScriptRunFilter) -> Items[ScriptRun]:
    """Get a page of runs of scripts, the newest first: one's own, and for admins those of everybody."""


@endpoint("POST /app/api/script-runs", group=GROUP, cost=0)
def post_script_runs(data: ScriptToRun) -> ScriptRun:
    """Begin to run code; its output follows. A user runs one script at a time: answers 409 while another one runs.

    A rehearsal runs on a copy of the company as it is now, which is removed afterwards.
    """


@endpoint("GET /app/api/script-runs/{id}", group=GROUP, cost=0)
def get_script_runs_by_id(id: Uuid) -> ScriptRunDetails:
    """Get a run of a script with its code."""


@endpoint("GET /app/api/script-runs/{id}/output", group=GROUP, cost=0)
def get_script_runs_by_id_output(id: Uuid, query: OutputPosition) -> ScriptOutput:
    """Get the output of a run from a position on, and wait for it while there is none."""


@endpoint("POST /app/api/script-runs/{id}/stop", group=GROUP, cost=0)
def post_script_runs_by_id_stop(id: Uuid) -> ScriptRun:
    """Stop a run at once. One that has ended stays as it is."""


@endpoint("GET /app/api/script-runs/{id}/changes", group=GROUP, cost=0)
def get_script_runs_by_id_changes(id: Uuid) -> RehearsedChanges:
    """Get what a rehearsal has changed in its copy. Answers 409 while it runs."""


@endpoint("POST /app/api/script-runs/{id}/apply", group=GROUP, cost=0)
def post_script_runs_by_id_apply(id: Uuid) -> ScriptRun:
    """Run on the company what was rehearsed: the same code with the same rights. It can be done once, for a rehearsal that has finished."""
