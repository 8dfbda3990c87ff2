"""The command ``dealwright``.

Exit codes, the same for every command:

    0    done
    1    the service refused the action (`ApiError`), or the command could not do its work
    2    the call is wrong: an unknown command, action, option or parameter (`BadCall`)
    3    the connection is wrong: unknown, unusable, not authorised (`BadConnection`)
    4    try later: rate limit, no answer (`TryLater`)
    130  interrupted

Errors are one message on standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command with these arguments, or those of the process; returns the exit code."""
    # Nothing is imported before it is used: a command line that starts slowly is not used.
    from dealwright.cli.commands import program  # noqa: PLC0415
    from dealwright.connectors.errors import BadCall, BadConnection, DealwrightError, TryLater  # noqa: PLC0415

    try:
        program().main(args=None if arguments is None else list(arguments), prog_name="dealwright")
    except SystemExit as end:
        return _flushed(end.code if isinstance(end.code, int) else int(end.code is not None))
    except DealwrightError as error:
        say_error(str(error))
        codes = {BadCall: 2, BadConnection: 3, TryLater: 4}
        return next((code for kind, code in codes.items() if isinstance(error, kind)), 1)
    except OSError as error:
        say_error(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
        return 1
    except Exception as error:
        # The driver is not imported for its errors alone.
        if not type(error).__module__.startswith("psycopg"):
            raise
        say_error(f"PostgreSQL: {' '.join(str(error).split())}")
        return 1
    return 0


def say_error(message: str) -> None:
    """Puts an error on standard error, in red on a terminal."""
    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    print(f"\x1b[31mError:\x1b[0m {message}" if colour else f"Error: {message}", file=sys.stderr)


def _flushed(code: int) -> int:
    """The exit code; a reader that has gone away (``| head``) is no failure."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
