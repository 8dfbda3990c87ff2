"""Builds the v1 envelopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from dealwright.contract.v1.envelopes import (
    CursorPage,
    Deleted,
    DeletedMany,
    Item,
    List,
    Page,
    Pagination,
    RelatedObjects,
)
from dealwright.contract.values import Json
from dealwright.crm.kernel import pages

T = TypeVar("T")
R = TypeVar("R")


def item(data: T, additional_data: dict[str, Json] | None = None, related: RelatedObjects | None = None) -> Item[T]:
    """Returns an answer with one item."""
    answer: Item[T] = {"success": True, "data": data}
    if additional_data is not None:
        answer["additional_data"] = additional_data
    if related is not None:
        answer["related_objects"] = related
    return answer


def item_without_more(data: T) -> Item[T]:
    """Returns an answer with one item, and with the null that says that there is nothing more."""
    return {"success": True, "data": data, "additional_data": None}


def whole_collection(data: Sequence[T]) -> List[T]:
    """Returns an answer with a whole collection of a newer kind of records."""
    return {"success": True, "data": list(data), "additional_data": None}


def collection(
    data: Sequence[T], additional_data: dict[str, Json] | None = None, *, empty: list[T] | None = None
) -> List[T]:
    """Returns an answer with a whole collection; without items, with ``empty``: ``[]`` for newer kinds of records."""
    answer: List[T] = {"success": True, "data": list(data) or empty}
    if additional_data is not None:
        answer["additional_data"] = additional_data
    return answer


def page(
    found: pages.OffsetPage[R],
    show: Callable[[R], T],
    related: RelatedObjects | None = None,
    *,
    empty: list[T] | None = None,
) -> Page[T]:
    """Returns an answer with a page by offset; without items, with ``empty`` (see `collection`)."""
    answer: Page[T] = {
        "success": True,
        "data": [show(one) for one in found.items] or empty,
        "additional_data": {"pagination": pagination(found)},
    }
    if related is not None:
        answer["related_objects"] = related
    return answer


def pagination(found: pages.OffsetPage[R]) -> Pagination:
    """Returns the position of a page in its list."""
    where: Pagination = {"start": found.start, "limit": found.limit, "more_items_in_collection": found.has_more}
    if found.has_more:
        where["next_start"] = found.start + found.limit
    return where


def cursor_page(found: pages.CursorPage[R], show: Callable[[R], T]) -> CursorPage[T]:
    """Returns an answer with a page by cursor."""
    return {
        "success": True,
        "data": [show(one) for one in found.items],
        "additional_data": {"next_cursor": found.next_cursor},
    }


def rendered_cursor_page(data: list[T], next_cursor: str | None) -> CursorPage[T]:
    """Returns an answer with a page by cursor of items that are written already."""
    return {"success": True, "data": data, "additional_data": {"next_cursor": next_cursor}}


def deleted(id: int) -> Item[Deleted]:
    """Returns the answer to a deletion."""
    return {"success": True, "data": {"id": id}}


def deleted_many(ids: Sequence[int]) -> Item[DeletedMany]:
    """Returns the answer to a deletion of many."""
    return {"success": True, "data": {"id": list(ids)}}
