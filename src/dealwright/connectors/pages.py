"""Walks the pages of a list, item by item, both by offset and by cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dealwright.connectors.calls import Params
from dealwright.contract.endpoint import Paging


def walk(fetch: Callable[[Params], Any], params: Params, paging: Paging) -> Iterator[Any]:
    """Yields every item, and fetches a page only when the one before is used up."""
    following: Params | None = params
    while following is not None:
        body = fetch(following)
        found = items(body)
        yield from found
        following = _next(body, following, paging, len(found))


def items(body: Any) -> list[Any]:
    """The items of one page; a single record counts as one, and null as none."""
    data = body.get("data") if isinstance(body, dict) else body
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        data = data["items"]
    if isinstance(data, list):
        return data
    return [] if data is None else [data]


def _next(body: Any, params: Params, paging: Paging, count: int) -> Params | None:
    """The parameters of the next page; None after the last one, and after one that leads nowhere new."""
    more = body.get("additional_data") if isinstance(body, dict) else None
    if not isinstance(more, dict):
        return None
    if paging == "cursor":
        cursor = more.get("next_cursor")
        return {**params, "cursor": cursor} if cursor and cursor != params.get("cursor") else None
    if paging == "offset":
        # Some lists say where they stand at the root of their additional data.
        pagination = more.get("pagination", more)
        if isinstance(pagination, dict) and pagination.get("more_items_in_collection"):
            asked = int(str(params.get("start") or 0))
            told = pagination.get("next_start")
            start = asked + count if told is None else int(told)
            return {**params, "start": start} if start > asked else None
    return None
