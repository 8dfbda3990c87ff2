"""What is wrong with the arguments of a call, said once for both sides of the wire."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One argument that does not fit: where it is, why, and the valid name nearest to an unknown one."""

    path: str
    reason: str
    suggestion: str | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


class InvalidArguments(ValueError):
    """The arguments of a call do not fit the endpoint's declaration."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """Returns the valid name most like ``name``, or None when nothing is close."""
    found = difflib.get_close_matches(name, list(valid), n=1, cutoff=0.6)
    return found[0] if found else None
