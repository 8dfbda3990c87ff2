"""Builds the v2 envelopes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from dealwright.contract.v2.envelopes import Deleted, Item, List, Page
from dealwright.crm import pages

T = TypeVar("T")
R = TypeVar("R")


def item(data: T) -> Item[T]:
    """One thing."""
    return {"success": True, "data": data}


def whole(data: Sequence[T]) -> List[T]:
    """A whole collection."""
    return {"success": True, "data": list(data)}


def page(found: pages.CursorPage[R], show: Callable[[R], T]) -> Page[T]:
    """A page of a list."""
    return {
        "success": True,
        "data": [show(one) for one in found.items],
        "additional_data": {"next_cursor": found.next_cursor},
    }


def page_of(data: list[T], next_cursor: str | None) -> Page[T]:
    """A page of a list whose items are written already."""
    return {"success": True, "data": data, "additional_data": {"next_cursor": next_cursor}}


def deleted(id: int) -> Item[Deleted]:
    """What a delete leaves."""
    return {"success": True, "data": {"id": id}}
