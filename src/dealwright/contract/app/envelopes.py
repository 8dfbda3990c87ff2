"""The shapes around the web app's answers: only lists and errors have any."""

from __future__ import annotations

from typing import Generic, Literal, NotRequired, TypedDict, TypeVar

T = TypeVar("T")

ErrorCode = Literal[
    "conflict",
    "csrf",
    "forbidden",
    "gone",
    "internal",
    "invalid",
    "limit_reached",
    "method_not_allowed",
    "not_found",
    "not_implemented",
    "second_factor",
    "timeout",
    "too_large",
    "too_many",
    "unauthorized",
    "unavailable",
    "unsupported",
]


class Items(TypedDict, Generic[T]):
    """A page of a list; ``next_cursor`` is null on the last one."""

    items: list[T]
    next_cursor: str | None


class Failure(TypedDict):
    """What went wrong, for a program, in words, and by the fields that are wrong, if there are any."""

    code: ErrorCode
    message: str
    fields: NotRequired[dict[str, str]]


class Error(TypedDict):
    """Every failure, with a ``correlation_id`` for the log when the server could not do it."""

    error: Failure
    correlation_id: NotRequired[str]
