"""The shapes around answers of a sandbox."""

from __future__ import annotations

from typing import Generic, NotRequired, TypedDict, TypeVar

T = TypeVar("T")


class Item(TypedDict, Generic[T]):
    """One thing."""

    data: T


class Items(TypedDict, Generic[T]):
    """All of them."""

    data: list[T]


class Failure(TypedDict):
    """What went wrong, for a program, in words, and by the members that are wrong, if there are any."""

    code: str
    message: str
    fields: NotRequired[dict[str, str]]


class Error(TypedDict):
    """Every failure, with a ``correlation_id`` for the log when the server could not do it."""

    error: Failure
    correlation_id: NotRequired[str]
