"""The shapes around every v2 answer."""

from __future__ import annotations

from typing import Generic, Literal, NotRequired, TypedDict, TypeVar

from dealwright.contract.values import Json

T = TypeVar("T")


class CursorInfo(TypedDict):
    """The additional data of a list; ``next_cursor`` is null on the last page."""

    next_cursor: str | None


class Item(TypedDict, Generic[T]):
    """One thing."""

    success: Literal[True]
    data: T
    additional_data: NotRequired[dict[str, Json] | None]


class List(TypedDict, Generic[T]):
    """A whole collection, without pages."""

    success: Literal[True]
    data: list[T]
    additional_data: NotRequired[dict[str, Json] | None]


class Page(TypedDict, Generic[T]):
    """A page of a list."""

    success: Literal[True]
    data: list[T]
    additional_data: CursorInfo


class Deleted(TypedDict):
    """What a delete leaves: the id."""

    id: int


class Error(TypedDict):
    """Every v2 failure, with a ``correlation_id`` for the log when the server could not do it."""

    success: Literal[False]
    error: str
    code: NotRequired[str]
    error_info: NotRequired[str]
    errorCode: NotRequired[int]
    data: NotRequired[None]
    additional_data: NotRequired[None]
    correlation_id: NotRequired[str]
