"""The shapes around every v1 answer."""

from __future__ import annotations

from typing import Generic, Literal, NotRequired, TypedDict, TypeVar

from dealwright.contract.values import Json

T = TypeVar("T")


class Pagination(TypedDict):
    """Where a page of an offset list lies; ``next_start`` is there only when more follows."""

    start: int
    limit: int
    more_items_in_collection: bool
    next_start: NotRequired[int]


class PageInfo(TypedDict):
    """The additional data of an offset list."""

    pagination: Pagination


class CursorInfo(TypedDict):
    """The additional data of a cursor list; null on the last page."""

    next_cursor: str | None


RelatedObjects = dict[str, dict[str, Json]]
"""Kind of object to id (as text) to the object, trimmed."""


class Item(TypedDict, Generic[T]):
    """One thing. ``additional_data`` and ``related_objects`` are there when there is something to say."""

    success: Literal[True]
    data: T
    additional_data: NotRequired[dict[str, Json] | None]
    related_objects: NotRequired[RelatedObjects | None]


class List(TypedDict, Generic[T]):
    """A whole collection, without pages; null when it is empty, as v1 does."""

    success: Literal[True]
    data: list[T] | None
    additional_data: NotRequired[dict[str, Json] | None]
    related_objects: NotRequired[RelatedObjects | None]


class Page(TypedDict, Generic[T]):
    """A page of an offset list; ``data`` is null when there is nothing on it."""

    success: Literal[True]
    data: list[T] | None
    additional_data: PageInfo
    related_objects: NotRequired[RelatedObjects | None]


class CursorPage(TypedDict, Generic[T]):
    """A page of a cursor list."""

    success: Literal[True]
    data: list[T]
    additional_data: CursorInfo


class Deleted(TypedDict):
    """What a delete leaves: the id."""

    id: int


class DeletedMany(TypedDict):
    """What a delete of many leaves: the ids."""

    id: list[int]


class Done(TypedDict):
    """Success, with nothing to say."""

    success: Literal[True]


class ErrorCode(TypedDict):
    """What kind of failure it was, where a service of the API says so."""

    code: str


class Error(TypedDict):
    """Every v1 failure, with a ``correlation_id`` for the log when the server could not do it."""

    success: Literal[False]
    error: str
    error_info: NotRequired[str]
    errorCode: NotRequired[int]
    data: NotRequired[None]
    additional_data: NotRequired[ErrorCode | None]
    code: NotRequired[str]
    correlation_id: NotRequired[str]
