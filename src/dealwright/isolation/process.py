"""Runs a script in a process of its own, at a level of isolation, and serves what comes out of its socket.

    process = Process(code, "A", limits, answer=answer, on_output=show)
    ended = process.run()       # in a thread that stays until then; `stop` ends it from any other

The process is killed with the thread that runs it, so that no script outlives the server.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import selectors
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

from dealwright.isolation import child_command
from dealwright.isolation.limits import Limits

Stream = Literal["out", "err"]
Outcome = Literal["finished", "failed", "stopped", "time", "cpu", "memory", "output", "unfenced"]
"""Why a script has ended. ``unfenced``: the level is none of this machine's, and nothing was run."""

MAX_FRAME = 8 * 1024 * 1024
"""How many bytes a call may have."""

_CHUNK = 65536
_DRAIN_SECONDS = 1.0
_POLL_SECONDS = 0.05

log = logging.getLogger(__name__)


class Ended(NamedTuple):
    """How a script has ended, with its error in words, and the time of processors that it has taken."""

    outcome: Outcome
    error: str | None
    cpu_seconds: float


class Process:
    """A script that is run once. ``answer`` gets each call as JSON, and returns the frame that answers it; it runs in a thread of its own."""

    def __init__(
        self,
        code: str,
        level: str,
        limits: Limits,
        *,
        answer: Callable[[bytes], bytes],
        on_output: Callable[[Stream, bytes], None],
        on_wait: Callable[[], None] | None = None,
    ) -> None:
        """Prepares a script. ``on_wait`` is called a few times in a second while it runs."""
        self._code = code
        self._level = level
        self._limits = limits
        self._answer = answer
        self._on_output = on_output
        self._on_wait = on_wait or (lambda: None)
        self._lock = threading.Lock()
        self._verdict: tuple[Outcome, str | None] | None = None
        self._told: dict[str, Any] | None = None
        self._wake, self._waker = os.pipe()
        self._calls: threading.Thread | None = None

    def stop(self, outcome: Outcome = "stopped", error: str | None = None) -> None:
        """Ends the script at once; the first reason that is given is the one that is told."""
        with self._lock:
            if self._verdict is None:
                self._verdict = (outcome, error)
                with contextlib.suppress(OSError):
                    os.write(self._waker, b"x")

    def run(self) -> Ended:
        """Runs the script until it has ended, or is ended."""
        own, other = socket.socketpair()
        pipes = {"out": os.pipe(), "err": os.pipe()}
        with contextlib.ExitStack() as cleanup:
            cleanup.callback(self._close_waker)
            cleanup.callback(own.close)
            folder = cleanup.enter_context(_folder())
            with other:
                started = subprocess.Popen(
                    child_command.build(self._level, self._limits, other.fileno(), folder),
                    stdin=subprocess.DEVNULL,
                    stdout=pipes["out"][1],
                    stderr=pipes["err"][1],
                    pass_fds=[other.fileno()],
                    env={},
                    cwd=folder,
                    start_new_session=True,
                )
            for reading, writing in pipes.values():
                os.close(writing)
                os.set_blocking(reading, False)
                cleanup.callback(os.close, reading)
            self._calls = threading.Thread(target=self._serve, args=(own,), name="dealwright-script-calls", daemon=True)
            self._calls.start()
            began = time.monotonic()
            status, cpu_seconds = self._watch(started, {pipes["out"][0]: "out", pipes["err"][0]: "err"})
            # What waits in the socket is still served; after a kill nobody waits for an answer.
            if self._verdict is None:
                self._calls.join(_DRAIN_SECONDS)
            with contextlib.suppress(OSError):
                own.shutdown(socket.SHUT_RDWR)
            # bubblewrap does not tell what was used by what it has started: it was no more than the time that has passed.
            used = time.monotonic() - began if self._level == "A" else cpu_seconds
            return Ended(*self._judge(status, used), cpu_seconds)

    def wait_for_calls(self, seconds: float) -> bool:
        """Waits until no call is at work any more; returns whether that is so."""
        if self._calls is not None:
            self._calls.join(seconds)
        return self._calls is None or not self._calls.is_alive()

    def _watch(self, started: subprocess.Popen[bytes], pipes: dict[int, Stream]) -> tuple[int, float]:
        """Passes output on until the process has ended, and ends it at its limits; returns its status and its time of processors."""
        deadline, size = time.monotonic() + self._limits.wall_seconds, 0
        with selectors.DefaultSelector() as selector:
            for handle in [self._wake, *pipes]:
                selector.register(handle, selectors.EVENT_READ)
            ended_by = _exit_handle(started.pid)
            if ended_by is not None:
                selector.register(ended_by, selectors.EVENT_READ)
            try:
                while True:
                    ready = {key.fd for key, _ in selector.select(_POLL_SECONDS)}
                    self._on_wait()
                    for handle in ready & pipes.keys():
                        content = _read(handle)
                        if content == b"":
                            selector.unregister(handle)
                        elif content is not None:
                            size = self._pass_on(pipes[handle], content, size)
                    if time.monotonic() > deadline:
                        self.stop("time")
                    if self._verdict is not None:
                        _kill(started)
                    found = _wait(started, block=self._verdict is not None)
                    if found is not None:
                        break
            finally:
                if ended_by is not None:
                    os.close(ended_by)
                _kill(started)
        until = time.monotonic() + _DRAIN_SECONDS
        for handle, stream in pipes.items():
            while time.monotonic() < until and (content := _read(handle)):
                size = self._pass_on(stream, content, size)
        return found

    def _pass_on(self, stream: Stream, content: bytes, size: int) -> int:
        """Passes output on, as much as there may be; returns how much there is by now."""
        left = self._limits.output_bytes - size
        if left > 0:
            self._on_output(stream, content[:left])
        if len(content) > left:
            self.stop("output")
        return size + len(content)

    def _serve(self, own: socket.socket) -> None:
        """Starts the script, and answers its calls, until it ends."""
        try:
            start = json.dumps({"code": self._code}).encode()
            own.sendall(len(start).to_bytes(4, "big") + start)
            while (frame := self._receive(own)) is not None:
                kind, content = frame[:1], frame[1:]
                if kind == b"C":
                    answer = self._answer(content)
                    own.sendall(b"%b%b" % (len(answer).to_bytes(4, "big"), answer))
                elif kind == b"E" and self._told is None:
                    self._told = _read_end(content)
                else:
                    self.stop("failed", "It has sent what is no call")
                    return
        except OSError:
            # It has ended, or was ended.
            return
        except Exception as error:
            log.exception("A call of a script cannot be answered")
            self.stop("failed", f"Internal error: {type(error).__name__}")

    def _receive(self, own: socket.socket) -> bytes | None:
        head = _receive_exactly(own, 4)
        if head is None:
            return None
        size = int.from_bytes(head, "big")
        if not 0 < size <= MAX_FRAME:
            self.stop("failed", f"It has sent a call of {size:,} bytes: {MAX_FRAME:,} at most")
            return None
        return _receive_exactly(own, size)

    def _judge(self, status: int, cpu_seconds: float) -> tuple[Outcome, str | None]:
        if self._verdict is not None:
            return self._verdict
        code = os.waitstatus_to_exitcode(status)
        number = -code if code < 0 else code - 128 if code > 128 else 0
        # What the kernel tells of the time that was used is less than what it counts against the limit, on a busy machine.
        if number in (signal.SIGKILL, signal.SIGXCPU) and cpu_seconds > 0.5 * self._limits.cpu_seconds:
            return "cpu", None
        if self._told is not None:
            outcome: Outcome = self._told["outcome"]
            return outcome, self._told["error"]
        if number:
            return "failed", f"It was ended by signal {number} ({signal.Signals(number).name})"
        if self._level == "A" and code:
            return "unfenced", "bubblewrap cannot make namespaces here"
        return "failed", "It has ended without saying how"

    def _close_waker(self) -> None:
        with self._lock:
            self._verdict = self._verdict or ("stopped", None)
            os.close(self._wake)
            os.close(self._waker)


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    """Yields an empty folder, which is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="dealwright-script-", ignore_cleanup_errors=True) as folder:
        yield folder


def _exit_handle(pid: int) -> int | None:
    """Returns what becomes readable when a process ends; None where there is no such thing."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _wait(started: subprocess.Popen[bytes], *, block: bool) -> tuple[int, float] | None:
    pid, status, usage = os.wait4(started.pid, 0 if block else os.WNOHANG)
    if pid == 0:
        return None
    started.returncode = os.waitstatus_to_exitcode(status)
    return status, usage.ru_utime + usage.ru_stime


def _kill(started: subprocess.Popen[bytes]) -> None:
    """Kills a process with all that it has started in its session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(started.pid, signal.SIGKILL)
    if started.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(started.pid, signal.SIGKILL)


def _read(handle: int) -> bytes | None:
    """Returns what a pipe has; None when it has nothing now, and nothing at all at its end."""
    try:
        return os.read(handle, _CHUNK)
    except BlockingIOError:
        return None


def _receive_exactly(own: socket.socket, size: int) -> bytes | None:
    content = bytearray(size)
    view = memoryview(content)
    while view:
        got = own.recv_into(view)
        if got == 0:
            return None
        view = view[got:]
    return bytes(content)


def _read_end(content: bytes) -> dict[str, Any]:
    """Returns how a script says that it has ended. It may say anything; it does so of nothing but itself."""
    try:
        told = json.loads(content)
        outcome, error = told["outcome"], told["error"]
    except (ValueError, KeyError, TypeError):
        return {"outcome": "failed", "error": "It has ended without saying how"}
    known = outcome if outcome in ("finished", "failed", "memory", "unfenced") else "failed"
    return {"outcome": known, "error": None if error is None else str(error)[:2000]}
