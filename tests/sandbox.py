"""A throw-away server in a process of its own: what a third-party client sees."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

import msgspec

START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 15


class Sandbox(msgspec.Struct, frozen=True):
    """A running server: the one line of JSON that it prints when it is ready, and its process."""

    url: str
    api_token: str
    company_domain: str
    oauth: Mapping[str, str] = {}
    app: Mapping[str, str] = {}
    pid: int = 0


class StartFailed(Exception):
    """The server ended, or printed nothing in time; the message holds its standard error."""


@contextmanager
def run_throwaway_sandbox(*, database: str | None = None) -> Iterator[Sandbox]:
    """Runs a server over a new demo company, in SQLite or an empty PostgreSQL database, and deletes it at the end."""
    options = ["--database", database] if database else []
    with run_sandbox("--throwaway", "--port", "0", *options) as sandbox:
        yield sandbox


@contextmanager
def run_sandbox(*arguments: str, wrapper: tuple[str, ...] = (), log: Path | None = None) -> Iterator[Sandbox]:
    """Runs ``dealwright serve --throwaway …``, and stops it at the end. ``wrapper`` is a command that runs it."""
    with run_serve_command(*arguments, wrapper=wrapper, log=log) as (process, line):
        yield msgspec.structs.replace(msgspec.json.decode(line, type=Sandbox), pid=process.pid)


def run_serve_command(
    *arguments: str, wrapper: tuple[str, ...] = (), log: Path | None = None, output: Path | None = None
) -> AbstractContextManager[tuple[subprocess.Popen[bytes], str]]:
    """Runs ``dealwright serve`` with these arguments; yields the process and its first line, and stops it then."""
    return run_dealwright("serve", *arguments, wrapper=wrapper, log=log, output=output)


@contextmanager
def run_dealwright(
    *arguments: str,
    wrapper: tuple[str, ...] = (),
    log: Path | None = None,
    output: Path | None = None,
    program: Path | None = None,
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Runs ``dealwright``, or another ``program``; yields the process and its first line, and stops it then.

    What it prints goes to ``output``, its standard error to ``log``, if they are given.
    """
    command = [*wrapper, str(program or Path(sys.executable).with_name("dealwright")), *arguments]
    # Files rather than pipes, which block a server that is not read from. Appending, because the two sides share
    # one position, and reading here must not move where the server writes.
    with (
        output.open("a+b") if output else tempfile.TemporaryFile("a+b") as printed,
        log.open("a+b") if log else tempfile.TemporaryFile("a+b") as errors,
    ):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=printed, stderr=errors)
        try:
            yield process, _read_first_line(process, printed, errors).decode()
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _read_first_line(process: subprocess.Popen[bytes], output: IO[bytes], errors: IO[bytes]) -> bytes:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        ended = process.poll() is not None
        # Reading at a place leaves the position alone, which the server moves as it writes.
        line, end, _ = os.pread(output.fileno(), 4096, 0).partition(b"\n")
        if end:
            return line + end
        if ended or time.monotonic() > deadline:
            errors.seek(0)
            error_output = errors.read().decode(errors="replace").strip() or "nothing"
            command = " ".join(map(str, process.args))  # type: ignore[arg-type]
            raise StartFailed(f"{command} did not get ready; its standard error:\n{error_output}")
        time.sleep(0.02)
