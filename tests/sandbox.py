"""A throw-away server in a process of its own: what a third-party client sees."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

START_SECONDS = 60
STOP_SECONDS = 15


class Sandbox(msgspec.Struct, frozen=True):
    """A running server: the one line of JSON that it prints when it is ready, and its process."""

    url: str
    api_token: str
    company_domain: str
    oauth: Mapping[str, str] = {}
    pid: int = 0


class NotStarted(Exception):
    """The server ended, or said nothing in time; the message holds what it said on standard error."""


@contextmanager
def throwaway(*, database: str | None = None) -> Iterator[Sandbox]:
    """A server over a fresh demo company, on SQLite or in an empty PostgreSQL database; gone at the end."""
    where = ["--database", database] if database else []
    with serving("--throwaway", "--port", "0", *where) as sandbox:
        yield sandbox


@contextmanager
def serving(*arguments: str, wrapper: tuple[str, ...] = ()) -> Iterator[Sandbox]:
    """``dealwright serve --throwaway …``, stopped at the end. ``wrapper`` is a command that runs it."""
    with running(*arguments, wrapper=wrapper) as (process, line):
        yield msgspec.structs.replace(msgspec.json.decode(line, type=Sandbox), pid=process.pid)


@contextmanager
def running(*arguments: str, wrapper: tuple[str, ...] = ()) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """``dealwright serve`` with these arguments and the first line that it says; stopped at the end."""
    command = [*wrapper, str(Path(sys.executable).with_name("dealwright")), "serve", *arguments]
    # Files rather than pipes: nobody has to read on for the server to go on. Appending, because the two sides share
    # one position, and reading here must not move where the server writes.
    with tempfile.TemporaryFile("a+b") as output, tempfile.TemporaryFile("a+b") as errors:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        try:
            yield process, _first_line(process, output, errors).decode()
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _first_line(process: subprocess.Popen[bytes], output: IO[bytes], errors: IO[bytes]) -> bytes:
    deadline = time.monotonic() + START_SECONDS
    while True:
        ended = process.poll() is not None
        output.seek(0)
        line = output.readline()
        if line.endswith(b"\n"):
            return line
        if ended or time.monotonic() > deadline:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip() or "nothing"
            raise NotStarted(f"{' '.join(map(str, process.args))} did not get ready; it said:\n{said}")  # type: ignore[arg-type]
        time.sleep(0.02)
