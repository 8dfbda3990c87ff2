"""Builds the v2 envelopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from dealwright.contract.v2.envelopes import Deleted, Item, List, Page
from dealwright.crm.kernel import pages

T = TypeVar("T")
R = TypeVar("R")


def item(data: T) -> Item[T]:
    """Returns an answer with one item."""
    return {"success": True, "data": data}


def item_without_more(data: T) -> Item[T]:
    """Returns an answer with one item, and with the null that says that there is nothing more."""
    return {"success": True, "data": data, "additional_data": None}


def whole_collection(data: Sequence[T]) -> List[T]:
    """Returns an answer with a whole collection, and with the null that says that there is nothing more."""
    return {"success": True, "data": list(data), "additional_data": None}


def collection(data: Sequence[T]) -> List[T]:
    """Returns an answer with a whole collection."""
    return {"success": True, "data": list(data)}


def page(found: pages.CursorPage[R], show: Callable[[R], T]) -> Page[T]:
    """Returns an answer with a page by cursor."""
    return {
        "success": True,
        "data": [show(one) for one in found.items],
        "additional_data": {"next_cursor": found.next_cursor},
    }


def rendered_page(data: list[T], next_cursor: str | None) -> Page[T]:
    """Returns an answer with a page of items that are written already."""
    return {"success": True, "data": data, "additional_data": {"next_cursor": next_cursor}}


def deleted(id: int) -> Item[Deleted]:
    """Returns the answer to a deletion."""
    return {"success": True, "data": {"id": id}}
