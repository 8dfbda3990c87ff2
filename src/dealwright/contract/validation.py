"""Converts values into declared types, and says everything that is wrong with a value, in words of the API, as `Problem`."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import inspect

from dealwright.contract.endpoint import Upload
from dealwright.contract.errors import InvalidArguments, Problem, nearest
from dealwright.contract.type_introspection import (
    choices,
    described_types,
    member_type,
    preload_type,
    struct_fields,
    struct_of,
)
from dealwright.contract.values import MAX_OPTIONS, PATTERN_WORDS, FormattedTime

MAX_SAFE_INTEGER = 2**53 - 1
MAX_TEXT_LENGTH = 1_000_000
"""The longest text anywhere. What is declared as text has a shorter length of its own."""
MAX_KEYS = 5000
"""The most members of an object: more than a company has custom fields, each with all its parts."""
MAX_KEY_LENGTH = 255
MAX_DEPTH = 20
"""How deep lists and objects may stand in one another. The deepest that is declared has seven levels."""

MAX_PROBLEMS = 500
"""How many problems an answer lists at most, so that it does not grow far beyond a request that is wrong everywhere."""


def convert(value: object, declared: Any, *, strict: bool) -> Any:
    """Returns a value in its declared type. Raises `msgspec.ValidationError`, which `find_problems` explains."""
    return msgspec.convert(value, declared, strict=strict, dec_hook=_convert_custom)


def check_values(value: object, path: str) -> None:
    """Refuses what no declaration takes and no database column. Raises `InvalidArguments`.

    That is too long a text, too many members, lists and objects too deep in one another, null characters in texts, and numbers
    beyond 2**53.
    """
    if not _is_storable(value):
        raise invalid_arguments(unstorable_values(value, path))


def unstorable_values(value: object, path: str) -> Iterator[Problem]:
    """Yields a problem for each part of a value that `check_values` refuses; into lists and objects that are, it does not look."""
    rest: list[tuple[object, str, int]] = [(value, path, 0)]
    while rest:
        one, path, depth = rest.pop()
        reason = _refusal(one, depth)
        if reason is not None:
            yield Problem(path, reason)
        elif isinstance(one, dict):
            for key, member in reversed(one.items()):
                rest += [(member, f"{path}.{key}" if path else str(key), depth + 1), (key, path, 0)]
        elif isinstance(one, list):
            rest += [(member, path, depth + 1) for member in reversed(one)]


def invalid_arguments(problems: Iterable[Problem]) -> InvalidArguments:
    """Returns the error for these problems, of which there is one for each path."""
    by_path: dict[str, Problem] = {}
    for problem in problems:
        if len(by_path) == MAX_PROBLEMS and problem.path not in by_path:
            by_path[""] = Problem("", "There are more problems, which are not listed")
            break
        by_path.setdefault(problem.path, problem)
    return InvalidArguments(by_path.values())


def unknown_name_problem(name: str, valid: Iterable[str], parent: str = "") -> Problem:
    """Returns the problem with a name that the operation, or the member at the path ``parent``, does not know."""
    return Problem(_join(parent, name), f"Parameter '{name}' is not allowed for this request", nearest(name, valid))


def find_problems(value: object, declared: Any, path: str, *, strict: bool) -> Iterator[Problem]:
    """Yields everything for which a value does not fit its declared type, member by member; ``path`` is where it stands."""
    struct = struct_of(declared)
    if isinstance(value, dict) and struct is not None:
        yield from _member_problems(value, struct, path, strict=strict)
    elif isinstance(value, dict) and (members := member_type(declared, dict)) is not None:
        for name, member in value.items():
            yield from find_problems(member, members, _join(path, name), strict=strict)
    elif isinstance(value, list) and (items := member_type(declared, list)) is not None:
        if not _is_valid_length(len(value), declared):
            yield Problem(path, f"must be {words(declared)}")
        for number, item in enumerate(value):
            yield from find_problems(item, items, f"{path}[{number}]", strict=strict)
    elif not fits(value, declared, strict=strict):
        yield _value_problem(value, declared, path)


@functools.cache
def words(declared: Any) -> str:
    """Returns what a declared type takes, in words: ``a whole number from 1 to 100 or null``."""
    said = [_words(one, declared) for one in described_types(inspect.type_info(declared))]
    # Null comes last.
    ordered = sorted(dict.fromkeys(said), key=lambda description: description == "null")
    return " or ".join(filter(None, (", ".join(ordered[:-1]), *ordered[-1:])))


def fits(value: object, declared: Any, *, strict: bool) -> bool:
    """Whether a value can be converted into a declared type."""
    preload_type(declared)
    try:
        convert(value, declared, strict=strict)
    except msgspec.ValidationError:
        return False
    return True


def _member_problems(
    value: Mapping[str, object], struct: type[msgspec.Struct], path: str, *, strict: bool
) -> Iterator[Problem]:
    fields = {field.encode_name: field for field in struct_fields(struct)}
    for name, member in value.items():
        if name in fields:
            yield from find_problems(member, fields[name].type, _join(path, name), strict=strict)
        elif struct.__struct_config__.forbid_unknown_fields and _is_storable(name):
            yield unknown_name_problem(name, fields, path)
    for name, field in fields.items():
        if field.required and name not in value:
            yield Problem(_join(path, name), "is required")


def _value_problem(value: object, declared: Any, path: str) -> Problem:
    """Returns the problem with a value that is no list and has no members, or should not."""
    if isinstance(value, str) and (form := _text_form(declared)):
        return Problem(path, f"not {form}")
    suggestion = nearest(value, map(str, choices(declared))) if isinstance(value, str) else None
    return Problem(path, f"must be {words(declared)}", suggestion)


def _text_form(declared: Any) -> str | None:
    """Returns the form that a text must have, in words; None when the declared type takes other texts, or none."""
    texts = [
        one
        for one in described_types(inspect.type_info(declared))
        if isinstance(one, inspect.StrType | inspect.DateType | inspect.DateTimeType | inspect.CustomType)
    ]
    if len(texts) != 1 or choices(declared) or (isinstance(texts[0], inspect.StrType) and not texts[0].pattern):
        return None
    return _words(texts[0], declared)


def _words(info: inspect.Type, declared: Any) -> str:
    """Returns the words for one of the types of a declared type."""
    match info:
        case inspect.NoneType():
            return "null"
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return f"a whole number{_range(info)}"
        case inspect.FloatType():
            return f"a number{_range(info)}"
        case inspect.StrType(pattern=str(pattern)):
            said = PATTERN_WORDS.get(pattern, "a text of another form")
            return f"{said}{_length(info.min_length, info.max_length, 'characters')}"
        case inspect.StrType():
            return f"a text{_length(info.min_length, info.max_length, 'characters')}"
        case inspect.LiteralType():
            # In the order in which they are declared.
            values = [str(choice) for choice in choices(declared) if choice in info.values]
            return f"one of {', '.join(values)}" if len(values) > 1 else f"the text '{values[0]}'"
        case inspect.DateType():
            return "a valid date, YYYY-MM-DD"
        case inspect.DateTimeType():
            return "a valid datetime, such as 2026-01-31T12:00:00Z"
        case inspect.CustomType(cls=cls) if issubclass(cls, FormattedTime):
            return cls.words
        case inspect.ListType():
            return f"a list{_length(info.min_length, info.max_length, 'items')}"
        case inspect.CustomType(cls=cls) if cls is Upload:
            return "a file"
        case inspect.StructType() | inspect.DictType():
            return "key-value pairs"
        case _:
            return "any value"


def _range(info: inspect.IntType | inspect.FloatType) -> str:
    low, high = info.ge, None if info.le == MAX_SAFE_INTEGER else info.le
    if info.gt is not None:
        return f" above {info.gt}"
    if low is None or low <= -MAX_SAFE_INTEGER:
        return "" if high is None else f" of at most {high}"
    return f" of at least {low}" if high is None else f" from {low} to {high}"


def _length(low: int | None, high: int | None, unit: str) -> str:
    if high is None:
        return f" of at least {low} {unit if low != 1 else unit[:-1]}" if low else ""
    if low == high:
        return f" of {high} {unit if high != 1 else unit[:-1]}"
    return f" of {low} to {high} {unit}" if low else f" of at most {high} {unit}"


def _is_valid_length(length: int, declared: Any) -> bool:
    return all(
        (info.min_length or 0) <= length <= (length if info.max_length is None else info.max_length)
        for info in described_types(inspect.type_info(declared))
        if isinstance(info, inspect.ListType)
    )


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _convert_custom(kind: type, value: object) -> object:
    """Returns a value of a type that msgspec does not know. Raises ValueError."""
    if kind is Upload:
        if not isinstance(value, Upload):
            raise ValueError("must be a file")
        return value
    if issubclass(kind, FormattedTime):
        return kind.from_text(value)
    raise NotImplementedError(kind)


def _is_storable(value: object) -> bool:
    """Whether a database column takes a value with all its members, however deep they stand."""
    if isinstance(value, str):
        return len(value) <= MAX_TEXT_LENGTH and "\x00" not in value
    if isinstance(value, int):
        return abs(value) <= MAX_SAFE_INTEGER
    rest = [value]
    for depth in itertools.count():
        members: list[object] = []
        for one in rest:
            if _refusal(one, depth) is not None:
                return False
            if isinstance(one, dict):
                members += one.values()
                if not all(map(_is_storable, one)):
                    return False
            elif isinstance(one, list):
                members += one
        if not members:
            break
        rest = members
    return True


def _refusal(one: object, depth: int) -> str | None:
    """Returns why a value is refused that stands in so many lists and objects, its members aside; None when it is not."""
    if isinstance(one, str):
        if len(one) > MAX_TEXT_LENGTH:
            return f"may not be longer than {MAX_TEXT_LENGTH} characters"
        return "may not contain the null character" if "\x00" in one else None
    if isinstance(one, int | float):
        return None if abs(one) <= MAX_SAFE_INTEGER else f"may not be beyond {MAX_SAFE_INTEGER}"
    if not isinstance(one, dict | list):
        return None
    if depth == MAX_DEPTH:
        return f"may not be nested more than {MAX_DEPTH} levels deep"
    limit = MAX_KEYS if isinstance(one, dict) else MAX_OPTIONS
    if len(one) > limit:
        return f"may not have more than {limit} members"
    if isinstance(one, dict) and any(isinstance(key, str) and len(key) > MAX_KEY_LENGTH for key in one):
        return f"may not have a name of more than {MAX_KEY_LENGTH} characters"
    return None
