"""Puts the fences up around this process, and runs a script in it. `process` starts it, by itself, without the package.

Its argument is JSON: ``level``, ``socket`` (the inherited one), ``parent`` (who has started it), what is ``readable``, what is ``hidden``
in that, the ``folder`` to work in, and ``limits``.
"""

from __future__ import annotations

import sys
import types
from typing import Any, NoReturn


def _find_siblings() -> None:
    """Lets the modules beside this one be imported under their names, without the packages that they are in."""
    for name in ("dealwright", "dealwright.isolation", "dealwright.isolation.child"):
        package = types.ModuleType(name)
        package.__path__ = [__file__.rpartition("/")[0]] if name.endswith("child") else []
        sys.modules[name] = package


if __name__ == "__main__":
    _find_siblings()

# ruff: noqa: E402
import json
import linecache
import os
import resource
import traceback

from dealwright.isolation.child.connection import Connection, modules

FILE_NAME = "script.py"

_HERE = __file__.rpartition("/")[0]


def main() -> NoReturn:
    """Runs the script that comes through the socket, and ends this process."""
    given: dict[str, Any] = json.loads(sys.argv[1])
    sys.argv = [FILE_NAME]
    connection = Connection(given["socket"])
    try:
        _fence_in(given)
        start = json.loads(connection.receive())
    except Exception as error:
        connection.end("unfenced", str(error))
        os._exit(1)
    sys.modules.update(modules(connection))
    outcome, message = _run(start["code"])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
    connection.end(outcome, message)
    os._exit(0 if outcome == "finished" else 1)


def _fence_in(given: dict[str, Any]) -> None:
    level, limits, readable = given["level"], given["limits"], given["readable"]
    if level != "D" or sys.platform == "linux":
        # What the fences would keep from being loaded later.
        from dealwright.isolation.child import kernel, landlock, namespaces, seccomp  # noqa: PLC0415
    if level != "A":
        if sys.platform == "linux":
            kernel.die_with_parent()
        if os.getppid() != given["parent"]:
            os._exit(1)
    writable: list[str] = []
    if level == "A":
        namespaces.limit_files(limits["file_bytes"])
        writable = [given["folder"]]
    elif level == "B":
        namespaces.enter(given["folder"], readable, given["hidden"], limits["file_bytes"])
        writable = [namespaces.FOLDER]
    _limit(limits, level)
    if level != "D":
        kernel.drop_capabilities()
        landlock.restrict(readable, writable)
        seccomp.restrict()
    for name in [*sys.modules]:
        if name.partition(".")[0] == "dealwright":
            del sys.modules[name]


def _limit(limits: dict[str, Any], level: str) -> None:
    """Sets what this process may use; more it does not get any more."""
    wanted = {
        resource.RLIMIT_CPU: max(round(limits["cpu_seconds"]), 1),
        resource.RLIMIT_AS: limits["memory_bytes"],
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,
    }
    if level in ("A", "B"):
        # Threads, because no process is started; of these namespaces alone.
        wanted[resource.RLIMIT_NPROC] = 256
    for kind, value in wanted.items():
        _, most = resource.getrlimit(kind)
        least = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (least, least))


def _run(code: str) -> tuple[str, str | None]:
    """Runs a script as the main module; returns how it has ended, and its error in a line."""
    main_module = types.ModuleType("__main__")
    main_module.__file__ = FILE_NAME
    sys.modules["__main__"] = main_module
    linecache.cache[FILE_NAME] = (len(code), None, code.splitlines(keepends=True), FILE_NAME)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.path[:] = [one for one in sys.path if "site-packages" not in one]
    try:
        exec(compile(code, FILE_NAME, "exec"), vars(main_module))
    except SystemExit as stop:
        if stop.code in (None, 0):
            return "finished", None
        text = f"It has ended with {stop.code!r}" if isinstance(stop.code, int) else str(stop.code)
        print(stop.code if not isinstance(stop.code, int) else "", end="", file=sys.stderr)
        return "failed", text[:2000]
    except MemoryError:
        return "memory", None
    except BaseException as error:
        _print_error(error)
        return "failed", _in_a_line(error)
    return "finished", None


def _print_error(error: BaseException) -> None:
    """Prints an error with where it has come from, but for what is around the script."""
    try:
        told: traceback.TracebackException | None = traceback.TracebackException.from_exception(error)
        while told is not None:
            told.stack[:] = [one for one in told.stack if not one.filename.startswith(_HERE)]
            print("".join(told.format(chain=False)), end="", file=sys.stderr)
            told = None if told.__suppress_context__ else told.__cause__
    except Exception:
        print(type(error).__name__, file=sys.stderr)


def _in_a_line(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        text = ""
    line = next(
        (one.lineno for one in reversed(traceback.extract_tb(error.__traceback__)) if one.filename == FILE_NAME), None
    )
    line = error.lineno if isinstance(error, SyntaxError) else line
    where = "" if line is None else f" (line {line})"
    return f"{type(error).__name__}: {text[:1500]}{where}"


if __name__ == "__main__":
    main()
