"""A database that cannot be used is told in one line with an exit code of its own, by every command, and left as it is."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest

from dealwright import UnusableCrm, run_connection_action
from dealwright._database_errors import Problem
from dealwright.cli.commands import COMMANDS, build_program
from dealwright.connectors import embedded
from dealwright.storage import engines
from dealwright.storage.engines import is_postgres
from tests import company
from tests.cli.command_result import Run

# What these commands need beside a database, to get as far as opening it.
NEEDED = {
    "serve": ("--port", "0"),
    "webhooks replay": ("--failed",),
    "apps add": ("--redirect-uri", "https://app.example.com/callback"),
    "apps uninstall": ("--user", "1"),
    "backup": (f"{tempfile.gettempdir()}/backups-of-nothing",),
}
INTO_EMPTY_PLACES = ("restore",)
UPGRADING = ("serve", "db upgrade", "demo fill")
ANY_VERSION = (*UPGRADING, "db companies")


class Case(NamedTuple):
    """A state of a database: what is wrong, what brings it about (a block or for ever), and what the message names."""

    problem: Problem
    bring_about: Callable[[str], AbstractContextManager[object] | None]
    named: str


def commands_with_database() -> dict[str, list[str]]:
    """Returns all commands that take a database, with values for what they require."""
    found: dict[str, list[str]] = {}

    def walk(command: Any, path: tuple[str, ...]) -> None:
        for name, inner in getattr(command, "commands", {}).items():
            walk(inner, (*path, name))
        key = " ".join(path)
        if key not in INTO_EMPTY_PLACES and any(parameter.name == "database" for parameter in command.params):
            required = [p for p in command.params if p.required and p.param_type_name == "argument"]
            found[key] = [*path, *("1" for _ in required), *NEEDED.get(key, ())]

    program: click.Group = build_program()
    for name in COMMANDS:
        _, loaded, _ = program.resolve_command(click.Context(program), [name])
        walk(loaded, (name,))
    return found


def platform_file(location: str) -> Path:
    """Returns the platform's file."""
    return Path(location) / "platform.sqlite3"


def company_file(location: str) -> Path:
    """Returns the company's file."""
    return Path(location) / "companies" / f"{company.DOMAIN}.sqlite3"


def overwrite_beginning(location: str) -> None:
    """Damages the header of the company's file."""
    with company_file(location).open("r+b") as file:
        file.write(b"no database" * 10)


@contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Locks a file as another process does that works on it alone."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("pragma locking_mode=exclusive")
        db.execute("begin exclusive")
        yield


def set_version(path: Path, version: str) -> None:
    """Sets the version of the tables in a file."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("update alembic_version set version_num = ?", (version,))
        db.commit()


@contextmanager
def read_only(location: str) -> Iterator[None]:
    """Makes all files read-only. Permissions do not hold for root, so that the process is told what others would be."""

    def access(path: str | Path, mode: int) -> bool:
        return not mode & os.W_OK or bool(Path(path).stat().st_mode & stat.S_IWUSR)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "access", access)
        for path in (platform_file(location), company_file(location)):
            path.chmod(0o400)
        yield


SQLITE_CASES = {
    "no company file": Case(Problem.MISSING, lambda at: company_file(at).unlink(), "tests.sqlite3"),
    "no platform file": Case(Problem.MISSING, lambda at: platform_file(at).unlink(), "platform.sqlite3"),
    "no companies folder": Case(
        Problem.MISSING, lambda at: nullcontext(company_file(at).parent.rename(f"{at}-moved")), "tests.sqlite3"
    ),
    "empty company file": Case(
        Problem.DAMAGED, lambda at: nullcontext(company_file(at).write_bytes(b"")), "tests.sqlite3"
    ),
    "truncated": Case(Problem.DAMAGED, lambda at: os.truncate(company_file(at), 100_000), "tests.sqlite3"),
    "empty platform file": Case(
        Problem.MISSING, lambda at: nullcontext(platform_file(at).write_bytes(b"")), "platform.sqlite3"
    ),
    "overwritten": Case(Problem.DAMAGED, overwrite_beginning, "tests.sqlite3"),
    "read-only": Case(Problem.READ_ONLY, read_only, "platform.sqlite3"),
    "company locked": Case(Problem.LOCKED, lambda at: lock_file(company_file(at)), "tests.sqlite3"),
    "platform locked": Case(Problem.LOCKED, lambda at: lock_file(platform_file(at)), "platform.sqlite3"),
    "newer company": Case(Problem.NEWER, lambda at: set_version(company_file(at), "9999"), "tests.sqlite3"),
    "newer platform": Case(Problem.NEWER, lambda at: set_version(platform_file(at), "9999"), "platform.sqlite3"),
}


def execute(*statements: str) -> Callable[[str], None]:
    """Returns a function that runs SQL in a PostgreSQL database."""

    def run(url: str) -> None:
        import psycopg

        with psycopg.connect(url, autocommit=True) as db:
            for statement in statements:
                db.execute(statement.encode())

    return run


@contextmanager
def lock_table(url: str, table: str) -> Iterator[None]:
    """Locks a table as another process does that changes it."""
    import psycopg

    with psycopg.connect(url) as db:
        db.execute(f"lock table {table} in access exclusive mode".encode())
        yield


POSTGRES_CASES = {
    "no company schema": Case(Problem.MISSING, execute("drop schema company_tests cascade"), "company_tests"),
    "no platform schema": Case(Problem.MISSING, execute("drop schema dealwright cascade"), "dealwright"),
    "no tables": Case(
        Problem.DAMAGED, execute("drop schema company_tests cascade", "create schema company_tests"), "company_tests"
    ),
    "read-only": Case(
        Problem.READ_ONLY,
        lambda url: execute(f'alter database "{url.rpartition("/")[2]}" set default_transaction_read_only = on')(url),
        "dealwright",
    ),
    "company locked": Case(
        Problem.LOCKED, lambda url: lock_table(url, "company_tests.alembic_version"), "company_tests"
    ),
    "platform locked": Case(Problem.LOCKED, lambda url: lock_table(url, "dealwright.companies"), "dealwright"),
    "newer company": Case(
        Problem.NEWER, execute("update company_tests.alembic_version set version_num = '9999'"), "company_tests"
    ),
    "newer platform": Case(
        Problem.NEWER, execute("update dealwright.alembic_version set version_num = '9999'"), "dealwright"
    ),
}


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_SECONDS", 0.2)


@pytest.fixture
def _handlers_of_signals() -> Iterator[None]:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    environment = dict(os.environ)
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)
    os.environ.clear()
    os.environ.update(environment)


def contents(location: str) -> dict[str, int]:
    """Returns the files of a platform with their sizes, but for those that SQLite makes beside them while it works."""
    paths = Path(location).rglob("*")
    return {
        str(path): path.stat().st_size for path in paths if path.is_file() and path.name[-4:] not in ("-wal", "-shm")
    }


def check_commands(run: Run, location: str, problem: Problem, named: str, commands: dict[str, list[str]]) -> None:
    """Runs commands; each must end with the exit code of the problem and one line that names the database."""
    before = contents(location)
    for name, arguments in commands.items():
        result = run(*arguments, "--database", location)
        assert (name, result.code) == (name, problem.exit_code), result.err
        assert result.err.count("\n") == 1, result.err
        assert result.err.startswith("Error: ")
        assert named in result.err
        assert problem.summary in result.err
        assert result.err.rstrip("\n").rpartition(". ")[2]
        assert result.out == ""
    assert contents(location) == before


@pytest.mark.usefixtures("_handlers_of_signals")
@pytest.mark.parametrize("name", SQLITE_CASES)
def test_every_command_tells_what_is_wrong_with_a_file(
    name: str, run: Run, template_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = SQLITE_CASES[name]
    location = company.copy_folder(template_folder, tmp_path / "platform")
    with case.bring_about(location) or nullcontext():
        check_commands(run, location, case.problem, case.named, commands_with_database())
        monkeypatch.setenv("DEALWRIGHT_DATA_DIR", location)
        result = run("run", "get_deals")
        assert (result.code, result.err.count("\n")) == (case.problem.exit_code, 1), result.err
        assert case.named in result.err
        with pytest.raises(UnusableCrm) as raised:
            run_connection_action("local", "get_deals")
        assert (raised.value.problem, raised.value.exit_code) == (case.problem.label, case.problem.exit_code)
        embedded.close_all()


@pytest.mark.usefixtures("_handlers_of_signals")
@pytest.mark.parametrize("name", POSTGRES_CASES)
def test_every_command_tells_what_is_wrong_with_a_schema(name: str, run: Run, postgres_url: str) -> None:
    case = POSTGRES_CASES[name]
    company.create_company(postgres_url)
    with case.bring_about(postgres_url) or nullcontext():
        check_commands(run, postgres_url, case.problem, case.named, commands_with_database())


@pytest.mark.usefixtures("_handlers_of_signals")
def test_every_command_tells_that_a_database_server_does_not_answer(run: Run) -> None:
    url = "postgresql://somebody:hunter2@127.0.0.1:1/nothing"
    commands = commands_with_database()
    for arguments in commands.values():
        result = run(*arguments, "--database", url)
        assert (result.code, result.err.count("\n")) == (Problem.UNREACHABLE.exit_code, 1), result.err
        assert "postgresql://somebody@127.0.0.1:1/nothing" in result.err
        assert "hunter2" not in result.err


@pytest.mark.usefixtures("_handlers_of_signals")
def test_a_postgresql_database_that_is_not_there(run: Run, postgres_url: str) -> None:
    for arguments in commands_with_database().values():
        result = run(*arguments, "--database", f"{postgres_url}_not_there")
        assert (result.code, result.err.count("\n")) == (Problem.MISSING.exit_code, 1), result.err


def test_commands_that_do_not_upgrade_tell_that_tables_are_old(location: str, run: Run) -> None:
    company.create_company(location)
    if is_postgres(location):
        execute("update company_tests.alembic_version set version_num = '0004'")(location)
    else:
        set_version(company_file(location), "0004")
    commands = {name: words for name, words in commands_with_database().items() if name not in ANY_VERSION}
    assert commands
    check_commands(run, location, Problem.OLDER, "dealwright db upgrade", commands)
    assert run("db", "companies", "--database", location).out == "1\ttests\t0004\n"


def test_no_command_but_those_that_found_a_company_creates_anything(run: Run, tmp_path: Path) -> None:
    commands = {name: words for name, words in commands_with_database().items() if name not in ("serve", "demo fill")}
    check_commands(run, str(tmp_path / "nothing"), Problem.MISSING, "there is no company", commands)
    assert not (tmp_path / "nothing").exists()


@pytest.mark.usefixtures("_handlers_of_signals")
def test_the_parent_of_a_new_folder_must_be_there(run: Run, tmp_path: Path) -> None:
    commands = {name: words for name, words in commands_with_database().items() if name in ("serve", "demo fill")}
    check_commands(
        run, str(tmp_path / "not mounted" / "data"), Problem.MISSING, str(tmp_path / "not mounted"), commands
    )
    assert list(tmp_path.iterdir()) == []


def test_exit_codes_are_different() -> None:
    codes = [problem.exit_code for problem in Problem]
    assert len(set(codes)) == len(codes)
    assert min(codes) >= 10


def test_files_that_the_user_may_not_write(template_folder: Path, tmp_path: Path) -> None:
    location = company.copy_folder(template_folder, tmp_path / "platform")
    for path in (platform_file(location), company_file(location)):
        path.chmod(0o400)
    # Root may write everything, unless it gives that up.
    wrapper = ["setpriv", "--bounding-set", "-dac_override"] if os.geteuid() == 0 else []
    if wrapper and not shutil.which("setpriv"):
        pytest.skip("setpriv is not installed")
    command = [
        *wrapper,
        str(Path(sys.executable).with_name("dealwright")),
        "serve",
        "--port",
        "0",
        "--database",
        location,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (Problem.READ_ONLY.exit_code, 1), done.stderr
    assert f"{platform_file(location)} cannot be written" in done.stderr
