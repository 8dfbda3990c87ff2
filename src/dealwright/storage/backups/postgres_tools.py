"""PostgreSQL's own programs, ``pg_dump`` and ``pg_restore``. Passwords go to them by the environment, where nobody else sees them."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from dealwright.storage.backups.manifest import BackupError

_PR_SET_PDEATHSIG = 1
_VERSION = re.compile(r"(\d+)(\.\d+)?")
_COPY = re.compile(r'COPY "?(\w+)"?\."?(\w+)"? \((.*)\) FROM stdin;')


def find_program(name: str, server_version: int | None = None) -> str:
    """Returns the path of a program. Raises `BackupError` when it is missing, or older than a server (15 is 15)."""
    path = shutil.which(name)
    if path is None:
        raise BackupError(
            f"{name} is not installed: it comes with PostgreSQL's client (apt-get install postgresql-client)"
        )
    if server_version is not None:
        shown = subprocess.run([path, "--version"], check=False, capture_output=True, text=True).stdout
        found = _VERSION.search(shown)
        if found is None or int(found[1]) < server_version:
            version = found[0] if found else "of an unknown version"
            raise BackupError(
                f"{path} is {version} and the server {server_version}: install PostgreSQL's client {server_version} or newer"
            )
    return path


def dump(url: str, program: str, schemas: Sequence[str], snapshot: str, target: Path) -> None:
    """Dumps schemas as they are in an exported snapshot, in PostgreSQL's own format. Raises `BackupError`."""
    arguments = [*(f"--schema={schema}" for schema in schemas), f"--snapshot={snapshot}", f"--file={target}"]
    _run([program, "--format=custom", *arguments, *_connection_arguments(url)], _environment(url))


def list_contents(path: Path) -> str:
    """Returns the table of contents of a dump. Raises `BackupError` for one that is damaged."""
    return _run([find_program("pg_restore"), "--list", str(path)], os.environ)


def read_tables(path: Path, schema: str, tables: Iterable[str]) -> Iterator[tuple[str, dict[str, object]]]:
    """Yields the rows of tables in a dump, each with the name of its table. Raises `BackupError`."""
    arguments = [f"--schema={schema}", *(f"--table={table}" for table in tables)]
    # A file, because there may be more rows than memory has room for.
    with tempfile.NamedTemporaryFile("r", encoding="utf-8", newline="\n") as out:
        _run([find_program("pg_restore"), "--data-only", *arguments, f"--file={out.name}", str(path)], os.environ)
        table, columns = "", list[str]()
        for line in out:
            if found := _COPY.match(line):
                table, columns = found[2], [name.strip(' "') for name in found[3].split(",")]
            elif line == "\\.\n":
                columns = []
            elif columns:
                yield table, dict(zip(columns, map(_value, line.rstrip("\n").split("\t")), strict=True))


def restore(url: str, chunks: Iterable[bytes]) -> None:
    """Restores a dump in one transaction. Raises `BackupError`; nothing is changed then.

    The program reads from this process, and on Linux is killed with it, so that a transaction ends with whoever began it.
    """
    command = [find_program("pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [*command, *_connection_arguments(url)],
            env=_environment(url),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - there is one thread
        )
        assert process.stdin is not None
        try:
            # A broken pipe means that it has given up; what it says is why.
            with suppress(BrokenPipeError):
                for chunk in chunks:
                    process.stdin.write(chunk)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()
        if process.wait():
            errors.seek(0)
            raise BackupError(f"pg_restore failed: {_one_line(errors.read())}")


def _die_with_parent() -> None:
    """Has the kernel kill this process when the one that started it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _connection_arguments(url: str) -> list[str]:
    from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: PLC0415 - only for PostgreSQL

    parameters: dict[str, Any] = conninfo_to_dict(url)
    parameters.pop("password", None)
    return [f"--dbname={make_conninfo(**parameters)}", "--no-password"]


def _environment(url: str) -> dict[str, str]:
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    password = conninfo_to_dict(url).get("password")
    return os.environ | ({"PGPASSWORD": str(password)} if password else {})


def _run(command: Sequence[str], environment: os._Environ[str] | dict[str, str]) -> str:
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise BackupError(f"{Path(command[0]).name} failed: {_one_line(done.stderr)}")
    return done.stdout


def _one_line(text: str) -> str:
    return " ".join(text.split()) or "it said nothing"


def _value(text: str) -> object:
    """Returns a value of COPY's text format, as far as keys and flags go."""
    return {r"\N": None, "t": True, "f": False}.get(text, text)
