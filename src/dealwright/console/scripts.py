"""Runs scripts of users: in a process of their own, with output that is kept as it comes, on the company or on a copy of it.

    run = scripts.start(console, principal, lambda crm: NewScriptRun("print(1)"))
    scripts.stop(console, principal, run.id)

A run has two threads in this process: one that looks after its process, and ends it at once when it must end, and one that keeps what it
prints, and asks whether it may go on. No transaction is open while it runs.
"""

from __future__ import annotations

import codecs
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from dealwright.console.script_calls import Changed, RehearsedCalls, ScriptCalls
from dealwright.console.service import Console
from dealwright.crm.companies import InactiveUser
from dealwright.crm.errors import CrmError, Unavailable
from dealwright.crm.integration import script_runs, script_schedules
from dealwright.crm.integration.script_runs import NewScriptRun, Outcome, Piece, ScriptRun, Stream
from dealwright.crm.kernel.unit_of_work import Principal, UnitOfWork
from dealwright.crm.team import users
from dealwright.crm.values.formats import format_time_ms
from dealwright.isolation import levels, limits
from dealwright.isolation.process import Ended, Process

T = TypeVar("T")

FLUSH_SECONDS = 0.05
"""How often output is stored at most."""

_CHECK_SECONDS = 0.5
_RENEW_SECONDS = 5.0
_PIECE_LENGTH = 32_000
_LAST_CALLS_SECONDS = 30.0

log = logging.getLogger(__name__)


def off_reason(console: Console) -> str | None:
    """Returns why this server runs no code; None when it does."""
    if levels.best(is_local=console.is_local) is not None:
        return None
    lacking = "; ".join(f"{one.level}: {one.reason}" for one in levels.states() if one.reason)
    where = (
        "" if console.is_local else ", and others than this machine reach the server, so that level A or B is needed"
    )
    return f"This machine cannot fence code in well enough ({lacking}){where}. See dealwright doctor"


def start(console: Console, principal: Principal, choose: Callable[[UnitOfWork], NewScriptRun]) -> ScriptRun:
    """Begins to run what ``choose`` returns; returns the run, whose output and end follow.

    Raises `Unavailable`, `Forbidden`, `Conflict`, and what ``choose`` raises.
    """
    level = levels.best(is_local=console.is_local)
    if level is None:
        raise Unavailable(off_reason(console) or "")

    def begin(crm: UnitOfWork) -> tuple[NewScriptRun, ScriptRun]:
        new = choose(crm)
        return new, script_runs.start(crm, new, level)

    new, run = console.companies.run(principal.company, principal.user_id, begin, write=True)
    supervisor = _Supervisor(console, principal, run, new.code)
    threading.Thread(target=supervisor.run, name="dealwright-script", daemon=True).start()
    return run


def apply(console: Console, principal: Principal, id: str) -> ScriptRun:
    """Runs what was rehearsed on the company, once. Raises `NotFound`, and what `start` raises."""
    return start(console, principal, lambda crm: script_runs.get_applicable(crm, id))


def stop(console: Console, principal: Principal, id: str) -> ScriptRun:
    """Ends a run at once, whichever process it is in. Raises `NotFound`."""
    run = console.companies.run(
        principal.company, principal.user_id, lambda crm: script_runs.request_stop(crm, id), write=True
    )
    process = console.processes.get(run.id)
    if process is not None:
        process.stop()
    return run


def run_scheduled(console: Console, principal: Principal, schedule_id: int, due: str) -> None:
    """Runs the script of a schedule of a user, if this is its next time, and waits for its end. Raises `InactiveUser`."""
    level = levels.best(is_local=console.is_local)

    def begin(crm: UnitOfWork) -> tuple[NewScriptRun, ScriptRun] | None:
        crm.require_exclusive_lock()
        if level is None:
            script_schedules.switch_off(crm.db, schedule_id, "editor_off")
            return None
        new = script_schedules.take_due(crm, schedule_id, due)
        if new is None:
            return None
        run = script_runs.start(crm, new, level)
        script_schedules.set_last_run(crm, schedule_id, run.id)
        return new, run

    begun = console.companies.run(principal.company, principal.user_id, begin, write=True)
    if begun is not None:
        new, run = begun
        _Supervisor(console, principal, run, new.code).run()


class _Supervisor:
    """Looks after one run."""

    def __init__(self, console: Console, principal: Principal, run: ScriptRun, code: str) -> None:
        self._console = console
        self._principal = principal
        self._run = run
        self._code = code
        self._limits = limits.from_environment()
        self._output: list[Piece] = []
        self._position = 0
        self._lock = threading.Lock()
        self._has_news = threading.Event()
        self._is_over = threading.Event()
        self._decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("out", "err")}
        self._calls: ScriptCalls | None = None
        self._process: Process | None = None

    def run(self) -> None:
        """Runs it from its beginning to its end."""
        began = time.monotonic()
        keeper = threading.Thread(target=self._keep, name="dealwright-script-output", daemon=True)
        outcome: Outcome = "failed"
        error: str | None = "Internal error"
        changed: Changed | None = None
        try:
            is_rehearsal = self._run.kind == "rehearsal"
            kind = RehearsedCalls if is_rehearsal else ScriptCalls
            self._process = Process(
                self._code, self._run.level or "", self._limits, answer=self._answer, on_output=self._take_output
            )
            self._console.processes[self._run.id] = self._process
            keeper.start()
            self._calls = kind(self._console, self._principal, self._run.id, self._run.access)
            if is_rehearsal:
                self._write(lambda crm: script_runs.begin_running(crm, self._run.id))
            outcome, error = _outcome(self._process.run())
            if isinstance(self._calls, RehearsedCalls):
                self._process.wait_for_calls(_LAST_CALLS_SECONDS)
                changed = self._calls.changed()
        except CrmError as refusal:
            error = refusal.message
        except InactiveUser:
            outcome, error = "stopped", "The user may not act any more"
        except Exception as raised:
            log.exception("A script cannot be run")
            error = f"Internal error: {type(raised).__name__}"
        finally:
            self._console.processes.pop(self._run.id, None)
            self._is_over.set()
            self._has_news.set()
            if keeper.ident is not None:
                keeper.join()
            if isinstance(self._calls, RehearsedCalls):
                with suppress(OSError):
                    self._calls.close()
            self._end(outcome, error, changed, round((time.monotonic() - began) * 1000))

    def _answer(self, content: bytes) -> bytes:
        assert self._calls is not None
        return self._calls.answer(content)

    def _take_output(self, stream: Stream, content: bytes) -> None:
        # PostgreSQL takes no zeros in texts.
        text = self._decoders[stream].decode(content).replace("\0", "\ufffd")
        now = format_time_ms(self._console.companies.clock())
        with self._lock:
            for start_at in range(0, len(text), _PIECE_LENGTH):
                part = text[start_at : start_at + _PIECE_LENGTH]
                self._position += len(part)
                self._output.append(Piece(self._position, now, stream, part))
        self._has_news.set()

    def _keep(self) -> None:
        """Stores output as it comes, and ends what may not go on."""
        renewed = checked = time.monotonic()
        while not self._is_over.is_set():
            if self._has_news.wait(_CHECK_SECONDS):
                self._flush()
                self._is_over.wait(FLUSH_SECONDS)
            now = time.monotonic()
            if now - checked < _CHECK_SECONDS:
                continue
            checked = now
            try:
                is_renewed = now - renewed >= _RENEW_SECONDS
                if not (
                    self._renew() if is_renewed else self._read(lambda crm: script_runs.may_go_on(crm, self._run.id))
                ):
                    self._stop(None)
                renewed = now if is_renewed else renewed
            except InactiveUser:
                self._stop("The user may not act any more")
            except Exception:
                log.warning("A run of a script cannot be renewed", exc_info=True)
        self._flush()

    def _stop(self, error: str | None) -> None:
        if self._process is not None:
            self._process.stop("stopped", error)

    def _renew(self) -> bool:
        calls, changes = self._counts()
        return self._write(lambda crm: script_runs.renew(crm, self._run.id, calls, changes))

    def _flush(self) -> None:
        self._has_news.clear()
        with self._lock:
            pieces, self._output = self._output, []
        if not pieces:
            return
        joined: list[Piece] = []
        for piece in pieces:
            last = joined[-1] if joined else None
            if last is not None and last.stream == piece.stream and len(last.text) + len(piece.text) <= _PIECE_LENGTH:
                joined[-1] = piece._replace(time=last.time, text=last.text + piece.text)
            else:
                joined.append(piece)
        try:
            self._write(lambda crm: script_runs.add_output(crm, self._run.id, joined))
        except Exception:
            log.exception("Output of a script cannot be stored")
        self._notify()

    def _end(self, outcome: Outcome, error: str | None, changed: Changed | None, milliseconds: int) -> None:
        calls, changes = self._counts()
        rehearsed: Any = None
        if changed is not None:
            records = [
                {**one._asdict(), "members": [member._asdict() for member in one.members]} for one in changed.records
            ]
            rehearsed = {"items": records, "total": changed.total, "elsewhere": changed.elsewhere}
        try:
            self._write(
                lambda crm: script_runs.end(
                    crm,
                    self._run.id,
                    outcome,
                    error,
                    calls=calls,
                    changes=changes,
                    duration_ms=milliseconds,
                    rehearsed=rehearsed,
                )
            )
        except Exception:
            # Its lease ends by itself.
            log.exception("The end of a script cannot be stored")
        self._notify()

    def _counts(self) -> tuple[int, int]:
        return (self._calls.count, self._calls.changes) if self._calls is not None else (0, 0)

    def _notify(self) -> None:
        with self._console.script_news:
            self._console.script_news.notify_all()

    def _read(self, work: Callable[[UnitOfWork], T]) -> T:
        with self._console.companies.unit_of_work(self._principal.company, self._principal.user_id, write=False) as crm:
            return work(crm)

    def _write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Writes about the run, also when its user may not act any more."""
        company, companies = self._principal.company, self._console.companies
        try:
            return companies.run(company, self._principal.user_id, work, write=True)
        except InactiveUser:
            return companies.run(company, users.any_active_user_id(company), work, write=True)


def _outcome(ended: Ended) -> tuple[Outcome, str | None]:
    if ended.outcome == "unfenced":
        return "failed", f"The code was not run, because it could not be fenced in: {ended.error}"
    return ended.outcome, ended.error
