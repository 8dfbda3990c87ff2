"""How well this machine can fence code in: each level is tried once, by running a script at it."""

from __future__ import annotations

import functools
import shutil
import sys
import tempfile
from typing import Literal, NamedTuple, get_args

from dealwright.isolation.limits import Limits
from dealwright.isolation.process import Process

Level = Literal["A", "B", "C", "D"]

LEVELS: tuple[Level, ...] = get_args(Level)
STRONG: tuple[Level, ...] = ("A", "B")
"""The levels at which code may run where others reach the server."""

DESCRIPTIONS: dict[Level, str] = {
    "A": "namespaces by bubblewrap, Landlock, seccomp, limits",
    "B": "namespaces, Landlock, seccomp, limits",
    "C": "Landlock, seccomp, limits; no namespaces, and no files",
    "D": "limits alone: the code can do whatever the server's user can",
}


class LevelState(NamedTuple):
    """A level, and why this machine lacks it; None when it has it."""

    level: Level
    reason: str | None


@functools.cache
def probe(level: Level) -> LevelState:
    """Tries a level, once in the life of this process."""
    return LevelState(level, _find_reason(level))


def states() -> list[LevelState]:
    """Returns all levels, the strongest first."""
    return [probe(level) for level in LEVELS]


def best(*, is_local: bool) -> Level | None:
    """Returns the strongest level that this machine has; None when it has none that is enough for who reaches the server."""
    return next((one for one in (LEVELS if is_local else STRONG) if probe(one).reason is None), None)


def _find_reason(level: Level) -> str | None:
    if sys.platform == "win32":
        return "code does not run on Windows"
    if level != "D" and not sys.platform.startswith("linux"):
        return "it needs Linux"
    if level == "A" and shutil.which("bwrap") is None:
        return "bubblewrap (bwrap) is not installed"
    if level == "C" and tempfile.gettempdir() is None:
        return "there is no folder for temporary files"
    process = Process(
        "", level, Limits(wall_seconds=15.0), answer=lambda _: b"J{}", on_output=lambda _stream, _text: None
    )
    ended = process.run()
    return None if ended.outcome == "finished" else ended.error or f"a script has ended there with '{ended.outcome}'"
