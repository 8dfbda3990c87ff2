"""Settings by options and variables of the environment, and the passwords among them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dealwright.cli.commands import COMMANDS, _load_command
from dealwright.cli.passwords import PASSWORD_VARIABLE, mask_passwords, take_password
from tests.cli.command_result import CommandResult, Run

ROOT = Path(__file__).parents[2]
DOCUMENTS = "".join((ROOT / "docs" / f"{name}.md").read_text() for name in ("running", "input-limits", "monitoring"))
PASSWORD = "hunter2"
UNREACHABLE = f"postgresql://user:{PASSWORD}@127.0.0.1:1/none"

# What a command does in this call. Everything else is a setting of where and how.
OF_ONE_CALL = {
    *("--demo", "--throwaway", "--empty", "--output", "--all", "--state", "--limit", "--failed", "--off", "--verify"),
    *("--param", "--data", "--save", "--timeout", "--webhook", "--deals", "--seed", "--user"),
    # Of an app, of a connection that is stored, and of a listener.
    *("--redirect-uri", "--scope", "--all-scopes", "--uninstall-url", "--client-id", "--client-secret-stdin"),
    *("--provider", "--port", "--no-browser", "--paste", "--wait", "--allow-plain-http", "--replace", "--revoke"),
    *("--domain", "--url", "--folder", "--token", "--events", "--payload", "--forward", "--json"),
    *("--company", "--repair", "--without-second-factor"),
    # What narrows the list of actions.
    *("--version", "--documented", "--deprecated"),
    # Of a permission set and of a manifest.
    *("--app", "--permission", "--description", "--remove"),
    # Of a mail account that is stored.
    *("--security", "--imap-port", "--username", "--folder", "--days", "--shared"),
    # Of a connection: what it may run, and whether one that is moved stays.
    *("--read-only", "--keep"),
    # Of an export: where it goes, what of the records, and how it is written.
    *("--to", "--columns", "--filter", "--format", "--names", "--keys", "--archived", "--keep-formulas"),
    # Of a run: how its answer is written, how often it is sent, and what is not asked.
    *("--flatten", "--dry-run", "--yes", "--idempotency-key", "--found-by", "--max-cost", "--retries", "--verbose"),
    # Of types that are printed.
    "--language",
    # Of an agent: what it may do, and its tools.
    *("--allow", "--group", "--max-tools"),
}


def leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for inner, one in command.commands.items():
            yield from leaves(f"{name} {inner}", one)
    else:
        yield name, command


ALL_COMMANDS = dict(pair for name in COMMANDS for pair in leaves(name, _load_command(name)))
WITH_DATABASE = [name for name, one in ALL_COMMANDS.items() if any("--database" in p.opts for p in one.params)]


def options() -> Iterator[tuple[str, str, Any]]:
    for name, command in ALL_COMMANDS.items():
        for param in command.params:
            if param.param_type_name == "option" and "--help" not in param.opts:
                yield name, next(option for option in param.opts if option.startswith("--")), param


def variables(param: Any) -> list[str]:
    return [param.envvar] if isinstance(param.envvar, str) else list(param.envvar or ())


def test_every_setting_is_a_variable_of_the_environment() -> None:
    missing = [
        f"{command} {option}"
        for command, option, param in options()
        if not param.envvar and (option not in OF_ONE_CALL or (command == "serve" and option == "--port"))
    ]
    assert missing == []


def test_a_variable_means_the_same_in_every_command_and_is_documented() -> None:
    by_option: dict[str, set[str]] = {}
    by_variable: dict[str, set[str]] = {}
    for _, option, param in options():
        if param.envvar:
            by_option.setdefault(option, set()).update(variables(param))
            for variable in variables(param):
                by_variable.setdefault(variable, set()).add(option)
                assert f"`{variable}`" in DOCUMENTS, variable
                assert variable.startswith("DEALWRIGHT_") or variable == "FORWARDED_ALLOW_IPS"
    assert {variable: found for variable, found in by_variable.items() if len(found) > 1} == {}
    assert {
        option: found for option, found in by_option.items() if len(found) > 1 and option != "--trusted-proxies"
    } == {}


def arguments(name: str) -> list[str]:
    """Returns as many arguments as a command needs, and the options that it cannot do without."""
    params = ALL_COMMANDS[name].params
    given = ["1" for param in params if param.param_type_name == "argument" and (param.required or name == "backup")]
    required = [
        part
        for param in params
        if param.param_type_name == "option" and param.required
        for part in (param.opts[0], "https://app.example/callback" if "--redirect-uri" in param.opts else "1")
    ]
    return [*name.split(), *given, *required, *(["--failed"] if name == "webhooks replay" else [])]


@pytest.mark.parametrize("by", ["option", "variable"])
@pytest.mark.parametrize("name", WITH_DATABASE)
def test_no_command_repeats_the_password_of_a_database(
    name: str, by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "")
    monkeypatch.setenv("DEALWRIGHT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DEALWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    if by == "variable":
        monkeypatch.setenv("DEALWRIGHT_DATABASE", UNREACHABLE)
    command = [*arguments(name), *(["--database", UNREACHABLE] if by == "option" else [])]
    # Servers set signals and more for their whole process.
    result = run_process(command) if name in ("serve", "worker", "mail") else run(*command)
    assert result.code not in (0, 2), result
    assert PASSWORD not in result.out + result.err
    assert "127.0.0.1" in result.err or "no backup at" in result.err
    assert len(result.err.splitlines()) == 1, result.err


def run_process(command: list[str]) -> CommandResult:
    done = subprocess.run(
        [sys.executable, "-m", "dealwright", *command],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return CommandResult(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("url", "without", "password"),
    [
        ("postgresql://u:p@h/db", "postgresql://u@h/db", "p"),
        ("postgres://u:p%40x@h:5432/db?sslmode=require", "postgres://u@h:5432/db?sslmode=require", "p@x"),
        # Not encoded, as people write them.
        ("postgresql://u:p/a@h/db", "postgresql://u@h/db", "p/a"),
        ("postgresql://u:p@x@h/db", "postgresql://u@h/db", "p@x"),
        ("postgresql://u:p?q@h/db", "postgresql://u@h/db", "p?q"),
        ("postgresql://u:p#q@h/db", "postgresql://u@h/db", "p#q"),
        ("postgresql://u@h/db?password=secret%20one&a=b", "postgresql://u@h/db?a=b", "secret one"),
        ("postgresql://h/db?application_name=a@b", "postgresql://h/db?application_name=a@b", None),
        ("postgresql:///db", "postgresql:///db", None),
        ("/var/lib/a:b@c", "/var/lib/a:b@c", None),
    ],
)
def test_a_location_loses_its_password(
    url: str, without: str, password: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "")
    assert take_password(url) == without
    assert os.environ[PASSWORD_VARIABLE] == (password or "")
    if password:
        masked = mask_passwords(f"cannot open {url} now")
        assert "***" in masked
        assert f":{password}@" not in masked
        assert f"={password}" not in masked


def test_a_sandbox_never_takes_the_place_of_the_environment(tmp_path: Path) -> None:
    environment = os.environ | {"DEALWRIGHT_DATABASE": UNREACHABLE}
    command = [sys.executable, "-m", "dealwright", "serve", "--throwaway", "--empty", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert '"api_token"' in process.stdout.readline()
        process.terminate()


@pytest.mark.parametrize(
    ("options", "warned"),
    [
        (("--throwaway", "--empty", "--host", "0.0.0.0"), "becomes the company's admin"),
        (("--demo", "--host", "0.0.0.0"), "becomes the company's admin"),
        (("--demo", "--host", "0.0.0.0", "--database", "demo"), "sent to this machine"),
        (("--throwaway", "--empty", "--host", "127.0.0.1"), None),
        (("--host", "0.0.0.0"), None),
    ],
)
def test_a_sandbox_that_others_reach_is_warned_of(
    options: tuple[str, ...], warned: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALWRIGHT_DATA_DIR", str(tmp_path / "data"))
    # A port that is taken ends the command before it serves.
    with socket.create_server(("0.0.0.0", 0)) as taken:
        command = [sys.executable, "-m", "dealwright", "serve", *options, "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode
    assert ("Warning" in done.stderr) == (warned is not None), done.stderr
    assert (warned or "") in done.stderr


def test_all_is_every_extra() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    [everything] = extras["all"]
    named = set(everything.removeprefix("dealwright[").removesuffix("]").split(","))
    assert named == extras.keys() - {"all", "build", "dev"}
    assert "dealwright[all,build]" in extras["dev"]
