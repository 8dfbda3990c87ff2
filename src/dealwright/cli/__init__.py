"""The command ``dealwright``.

Exit codes, the same for every command:

    0    done
    1    the service refused the action (`ApiError`), or the command could not do its work
    2    the call is wrong: an unknown command, action, option or parameter (`BadCall`)
    3    the connection is wrong: unknown, unusable, not authorised (`BadConnection`)
    4    try later: rate limit, no answer (`TryLater`)
    10   and following: a database of the CRM cannot be used (`dealwright._database_errors.Problem` has them all)
    130  interrupted

Errors are one message on standard error.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command with these arguments, or those of the process; returns the exit code."""
    # Nothing is imported before it is used, so that the command starts quickly.
    from dealwright._database_errors import explain  # noqa: PLC0415
    from dealwright.cli.commands import build_program  # noqa: PLC0415
    from dealwright.connectors.errors import BadCall, BadConnection, DealwrightError, TryLater, UnusableCrm  # noqa: PLC0415

    _choose_encoding()
    try:
        build_program().main(args=None if arguments is None else list(arguments), prog_name="dealwright")
    except SystemExit as end:
        return _flush_stdout(end.code if isinstance(end.code, int) else int(end.code is not None))
    except DealwrightError as error:
        print_error(str(error))
        if isinstance(error, UnusableCrm):
            return error.exit_code
        codes = {BadCall: 2, BadConnection: 3, TryLater: 4}
        return next((code for kind, code in codes.items() if isinstance(error, kind)), 1)
    except OSError as error:
        print_error(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        return 1
    except Exception as error:
        if (unusable := explain(error)) is not None:
            print_error(str(unusable))
            return unusable.problem.exit_code
        # The driver is not imported for its errors alone.
        if not type(error).__module__.startswith("psycopg"):
            raise
        print_error(f"PostgreSQL: {' '.join(str(error).split())}")
        return 1
    return 0


def _choose_encoding() -> None:
    """Lets any character be written: files and pipes get UTF-8 unless the environment asks for another encoding, screens what they can."""
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if stream.isatty() or "PYTHONIOENCODING" in os.environ:
            stream.reconfigure(errors="backslashreplace")
        else:
            stream.reconfigure(encoding="utf-8")


def print_error(message: str) -> None:
    """Prints an error on standard error."""
    from dealwright.cli import output  # noqa: PLC0415

    output.say_error(message)


def _flush_stdout(code: int) -> int:
    """Flushes standard output, and returns the exit code; a reader that has gone away (``| head``) is no failure."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
