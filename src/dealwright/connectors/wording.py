"""Says what is wrong with a call in the words of the person who called: with the value that was given, and without those of the wire."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dealwright.contract.errors import Problem

MAX_SHOWN_LENGTH = 60
"""How much of a value a message repeats."""

_NOT_ALLOWED = re.compile(r"Parameter '.*' is not allowed for this request", re.DOTALL)
_PART = re.compile(r"[^.\[\]]+")
_SECRET = re.compile(r"token|secret|password|key", re.IGNORECASE)
_MISSING = object()


def reworded(problem: Problem, given: Mapping[str, object]) -> Problem:
    """Returns a problem with the parameters ``given``, in words for whoever gave them."""
    reason = problem.reason.replace("or null", "or empty")
    if _NOT_ALLOWED.fullmatch(reason):
        hint = f"; did you mean '{problem.suggestion}'?" if problem.suggestion else ""
        reason = f"is not taken here{hint}"
    elif reason.startswith(("must be ", "not ")):
        value = _find(given, problem.path)
        if value is not _MISSING and not _SECRET.search(problem.path):
            reason = f"is {shown(value)}; it must be {reason.removeprefix('must be ').removeprefix('not ')}"
    return Problem(problem.path, reason, problem.suggestion)


def shown(value: object) -> str:
    """Returns a value as people write it: *empty*, *true*, a text in quotes; no more than its beginning."""
    if value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple | set | frozenset):
        return f"a list of {len(value)}"
    text = str(value)[:MAX_SHOWN_LENGTH] + ("…" if len(str(value)) > MAX_SHOWN_LENGTH else "")
    return f"'{text}'" if isinstance(value, str) else text


def _find(given: object, path: str) -> object:
    """Returns the value at the path of a problem; `_MISSING` where there is none."""
    for part in _PART.findall(path):
        if isinstance(given, Mapping) and part in given:
            given = given[part]
        elif isinstance(given, list | tuple) and part.isdigit() and int(part) < len(given):
            given = given[int(part)]
        else:
            return _MISSING
    return given
