"""Checks that declared types leave to be made, and what is wrong with a value as a `Problem`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from dealwright.contract.errors import InvalidArguments, Problem, nearest
from dealwright.contract.type_introspection import choices, struct_fields, struct_of
from dealwright.contract.values import PATTERN_ERRORS

MAX_SAFE_INTEGER = 2**53 - 1

_ERROR_LOCATION = re.compile(r"^(?P<reason>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_MISSING_FIELD = re.compile(r"Object missing required field `([^`]+)`")
_FORMAT_ERROR = re.compile(r"matching regex .*|RFC3339 encoded \w+")
_REASONS = {f"matching regex {pattern!r}": said for pattern, said in PATTERN_ERRORS.items()} | {
    "RFC3339 encoded date": "not a valid date, YYYY-MM-DD",
    "RFC3339 encoded datetime": "not a valid datetime, such as 2026-01-31T12:00:00Z",
}
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `([^`]+)`")


def check_values(value: object, path: str) -> None:
    """Refuses what no database column takes: null characters in texts, numbers beyond 2**53."""
    if isinstance(value, str):
        if "\x00" in value:
            raise InvalidArguments([Problem(path, "may not contain the null character")])
    elif isinstance(value, int | float):
        if not abs(value) <= MAX_SAFE_INTEGER:
            raise InvalidArguments([Problem(path, f"may not be beyond {MAX_SAFE_INTEGER}")])
    elif isinstance(value, dict):
        for key, member in value.items():
            check_values(key, path)
            check_values(member, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for member in value:
            check_values(member, path)


def unknown_name_problem(name: str, valid: Iterable[str]) -> Problem:
    """Returns the problem with a name that the operation does not know."""
    suggestion = nearest(name, valid)
    hint = f"; did you mean '{suggestion}'?" if suggestion else ""
    return Problem("", f"Parameter '{name}' is not allowed for this request{hint}", suggestion)


def conversion_problem(error: msgspec.ValidationError, prefix: str, declared: Any) -> Problem:
    """Returns what msgspec found wrong, in our words; ``prefix`` is the path of what was converted."""
    found = _ERROR_LOCATION.match(str(error))
    assert found is not None
    reason, path = found["reason"], (found["path"] or "").removeprefix("$").removeprefix(".")
    path = prefix or path if path.startswith("[") else ".".join(filter(None, (prefix, path)))
    for pattern, message in ((_MISSING_FIELD, "is required"), (_UNKNOWN_FIELD, "is not allowed for this request")):
        if named := pattern.search(reason):
            return Problem(".".join(filter(None, (path, named[1]))), message)
    if found := _FORMAT_ERROR.search(reason):
        return Problem(path, _REASONS.get(found[0], reason))
    if reason.startswith("Invalid enum value"):
        struct = struct_of(declared)
        own = [field.type for field in struct_fields(struct) if field.encode_name == path] if struct else [declared]
        if allowed := [str(choice) for one in own for choice in choices(one)]:
            value = re.sub(r"^Invalid enum value '?(.*?)'?$", r"\1", reason)
            return Problem(path, f"{reason}; it must be one of {', '.join(allowed)}", nearest(value, allowed))
    return Problem(path, reason)
