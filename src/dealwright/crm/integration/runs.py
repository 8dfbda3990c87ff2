"""Runs: every action that somebody has run, with its parameters and its outcome.

A run is written before the call is made, and its end when there is an answer. While it runs, whoever runs it renews its lease; one
whose lease is over was interrupted, because its process was ended. Secrets are taken out of the parameters before these are written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Literal, NamedTuple, cast, get_args

import sqlalchemy as sa

from dealwright import _redaction
from dealwright._json import Json
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.integration import run_ids
from dealwright.crm.integration.connections import HERE_NAME
from dealwright.crm.kernel import access
from dealwright.crm.kernel.pages import CursorPage, CursorRequest
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, dumps, format_time_ms, loads
from dealwright.storage.tables import company, runs

RunSource = Literal["console", "chat", "editor", "api", "mcp", "cli"]
Status = Literal["running", "ok", "failed", "refused", "interrupted"]
"""``refused``: by us or by the service, so that nothing was done. ``failed``: anything else that is no success."""

Outcome = Literal["ok", "failed", "refused"]

SOURCES: tuple[RunSource, ...] = get_args(RunSource)
ACTION_VERSIONS = ("v1", "v2")
"""The versions whose operations are actions: other runs are of our own, such as undos."""

LEASE = timedelta(seconds=60)
"""How long a run counts as running after the last sign of life."""

MIN_RETENTION_DAYS, MAX_RETENTION_DAYS = 1, 3650
MAX_PARAMS_SIZE = 64 * 1024
"""How many bytes of parameters are kept; of larger ones none are."""

_MAX_WORDS = 4000
_MAX_MESSAGE = 2000
_MIN_SECRET = 6
# In calls of OAuth, these are secrets that others use as names of products and the like.
_PLAIN_NAMES = frozenset({"code"})


class Run(NamedTuple):
    """A run, as far as it has come. ``params`` is None when they were too large to keep."""

    id: str
    user_id: int
    source: RunSource
    connection_id: int | None
    connection: str
    version: str
    action: str
    params: Json
    params_are_complete: bool
    status: Status
    start_time: str
    lease_time: str
    end_time: str | None
    duration_ms: int | None
    http_status: int | None
    error: Json
    cost: int | None
    rate_headers: Json
    answer_size: int | None
    repeats: str | None
    script_run_id: str | None


class NewRun(NamedTuple):
    """What is to be run: an action on a connection, as ``params`` that are still with their secrets."""

    source: RunSource
    connection: str
    version: str
    action: str
    params: Json
    connection_id: int | None = None
    repeats: str | None = None
    has_files: bool = False
    script_run_id: str | None = None


class End(NamedTuple):
    """How a run ended."""

    status: Outcome
    http_status: int | None = None
    error_type: str | None = None
    error_message: str | None = None
    error_code: str | None = None
    cost: int | None = None
    rate_headers: Mapping[str, str] = {}
    answer_size: int | None = None
    duration_ms: int | None = None


class RunFilter(NamedTuple):
    """Which runs to list: those that have each value that is given. Times are as stored, ``until`` excluded."""

    user_id: int | None = None
    connection_id: int | None = None
    action: str | None = None
    source: RunSource | None = None
    status: Status | None = None
    script_run_id: str | None = None
    since: str | None = None
    until: str | None = None
    text: str | None = None


_COLUMNS = [runs.c[name] for name in Run._fields]


def start(crm: UnitOfWork, new: NewRun, secrets: Collection[str] = ()) -> str:
    """Writes a run that begins; returns its id. ``secrets`` are those of the connection, wherever they occur."""
    id = run_ids.new_id(crm.time)
    params, is_complete = _without_secrets(new, secrets)
    text = dumps(params)
    if len(text) > MAX_PARAMS_SIZE:
        text, is_complete = "null", False
    words = f"{new.version}.{new.action} {new.connection} {text}"
    values: Values = {
        **{
            name: getattr(new, name)
            for name in ("source", "connection", "connection_id", "version", "action", "repeats", "script_run_id")
        },
        "id": id,
        "user_id": crm.actor.id,
        "params": text,
        "params_are_complete": is_complete,
        "status": "running",
        "start_time": crm.now_ms,
        "lease_time": format_time_ms(crm.time + LEASE),
        "words": words[:_MAX_WORDS].casefold(),
    }
    crm.db.insert_later(runs, values)
    return id


def renew(crm: UnitOfWork, ids: Collection[str]) -> None:
    """Says that runs are still running."""
    these = runs.c.id.in_(sorted(ids)) & (runs.c.status == "running")
    crm.db.execute(sa.update(runs).where(these).values(lease_time=format_time_ms(crm.time + LEASE)))


def end(crm: UnitOfWork, id: str, outcome: End, secrets: Collection[str] = ()) -> None:
    """Writes how a run ended, once."""
    error: Json = None
    message = ""
    if outcome.error_type is not None:
        message = _redaction.mask_secrets(outcome.error_message or "", secrets)[:_MAX_MESSAGE]
        error = {"type": outcome.error_type, "message": message, "code": outcome.error_code}
    columns = runs.c
    values = {
        "status": outcome.status,
        "end_time": crm.now_ms,
        **{name: getattr(outcome, name) for name in ("http_status", "cost", "answer_size", "duration_ms")},
        "error": None if error is None else dumps(error),
        "rate_headers": dumps(dict(outcome.rate_headers)),
        "words": columns.words + sa.literal(f" {message.casefold()}" if message else "", sa.Text),
    }
    crm.db.execute(sa.update(runs).where(columns.id == id, columns.status == "running").values(values))


def add_undo(crm: UnitOfWork, undone_id: str, undone: Run | None) -> str:
    """Writes a run that takes back another one, or what the web app has done by itself, in this unit of work; returns its id."""
    of = f"{undone.version}.{undone.action}" if undone else "changes"
    id = start(crm, NewRun("console", HERE_NAME, "app", "undo", {"run_id": undone_id, "of": of}))
    end(crm, id, End("ok", duration_ms=0))
    return id


def find(crm: UnitOfWork, id: str) -> Run | None:
    """Returns a run that the actor may see: its own, or anybody's for admins; None when there is none."""
    row = crm.db.row(sa.select(*_COLUMNS).where(runs.c.id == id.lower(), *_may_see(crm)))
    return None if row is None else _to_run(crm, row)


def get(crm: UnitOfWork, id: str) -> Run:
    """Returns a run that the actor may see. Raises `NotFound`."""
    found = find(crm, id)
    if found is None:
        raise NotFound("Run not found")
    return found


def visible_ids(crm: UnitOfWork, ids: Collection[str]) -> set[str]:
    """Returns those of some ids that are of runs which the actor may see."""
    these = runs.c.id.in_(sorted(ids))
    return {*crm.db.values(sa.select(runs.c.id).where(these, *_may_see(crm)))} if ids else set()


def list_runs(crm: UnitOfWork, filter: RunFilter, page: CursorRequest) -> CursorPage[Run]:
    """Returns a page of the runs that the actor may see, the newest first."""
    columns = runs.c
    criteria = _may_see(crm)
    for name in ("user_id", "connection_id", "action", "source", "script_run_id"):
        if (value := getattr(filter, name)) is not None:
            criteria.append(columns[name] == value)
    if filter.status is not None:
        criteria.append(_status_criterion(crm, filter.status))
    if filter.since is not None:
        criteria.append(columns.start_time >= filter.since)
    if filter.until is not None:
        criteria.append(columns.start_time < filter.until)
    if filter.text:
        criteria += [columns.words.contains(word.casefold(), autoescape=True) for word in filter.text.split()]
    rows, next_cursor = run_ids.read_page(crm.db, sa.select(*_COLUMNS).where(*criteria), columns.id, page)
    return CursorPage([_to_run(crm, row) for row in rows], next_cursor)


def retention_days(crm: UnitOfWork) -> int:
    """Returns for how many days runs are kept."""
    return crm.company_data.company.run_retention_days


def change_retention(crm: UnitOfWork, days: int) -> None:
    """Sets for how many days runs are kept. Raises `Forbidden` unless the actor is an admin, and `Invalid`."""
    crm.require_exclusive_lock()
    access.require_admin(crm, "account_settings")
    if not MIN_RETENTION_DAYS <= days <= MAX_RETENTION_DAYS:
        raise Invalid(f"must be from {MIN_RETENTION_DAYS} to {MAX_RETENTION_DAYS}", "run_retention_days")
    crm.db.execute(sa.update(company).values(run_retention_days=days))
    crm.invalidate_company_data()


def delete_expired(crm: UnitOfWork) -> None:
    """Deletes runs that were begun longer ago than they are kept."""
    oldest = run_ids.first_id(crm.time - timedelta(days=retention_days(crm)))
    crm.db.execute(sa.delete(runs).where(runs.c.id < oldest))


def secrets_in(new: NewRun) -> list[str]:
    """Returns the secrets among the parameters of a run, which its error must not repeat; none so short that words contain it."""
    return [text for text in _redaction.find_secrets(new.params, _secret_names(new.action)) if len(text) >= _MIN_SECRET]


def without_secrets(action: str, params: Json, secrets: Collection[str] = ()) -> tuple[Json, bool]:
    """Returns the parameters of an action without secrets, and whether they had any."""
    return _redaction.redact(params, [secret for secret in secrets if secret], _secret_names(action))


def _secret_names(action: str) -> Collection[str]:
    return _redaction.SECRET_NAMES if "oauth" in action else _redaction.SECRET_NAMES - _PLAIN_NAMES


def _without_secrets(new: NewRun, secrets: Collection[str]) -> tuple[Json, bool]:
    """Returns parameters as they are written, and whether nothing was left out of them."""
    params, had_secrets = without_secrets(new.action, new.params, secrets)
    return params, not had_secrets and not new.has_files


def _may_see(crm: UnitOfWork) -> list[sa.ColumnElement[bool]]:
    return [] if crm.actor.is_admin() else [runs.c.user_id == crm.actor.id]


def _status_criterion(crm: UnitOfWork, status: Status) -> sa.ColumnElement[bool]:
    columns, now = runs.c, format_time_ms(crm.time)
    if status == "interrupted":
        return (columns.status == "running") & (columns.lease_time < now)
    if status == "running":
        return (columns.status == "running") & (columns.lease_time >= now)
    return columns.status == status


def _to_run(crm: UnitOfWork, row: tuple[object, ...]) -> Run:
    run = Run(*row)  # type: ignore[arg-type]
    status = "interrupted" if run.status == "running" and run.lease_time < format_time_ms(crm.time) else run.status
    return run._replace(
        status=status,
        params=loads(cast("str | None", run.params)),
        params_are_complete=bool(run.params_are_complete),
        error=loads(cast("str | None", run.error)),
        rate_headers=loads(cast("str | None", run.rate_headers)),
    )
