"""The result of a command that a test runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class CommandResult(NamedTuple):
    """The exit code, standard output and standard error."""

    code: int
    out: str
    err: str


Run = Callable[..., CommandResult]
