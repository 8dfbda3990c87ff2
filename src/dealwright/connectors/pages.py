"""Walks the pages of a list, item by item, by offset or by cursor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from dealwright.connectors.calls import Params
from dealwright.contract.endpoint import Paging


async def walk(fetch: Callable[[Params], Awaitable[Any]], params: Params, paging: Paging) -> AsyncIterator[Any]:
    """Yields every item, and fetches a page only when the one before is used up."""
    following: Params | None = params
    while following is not None:
        body = await fetch(following)
        found = items(body)
        for item in found:
            yield item
        following = next_params(body, following, paging, len(found))


def items(body: Any) -> list[Any]:
    """Returns the items of one page; a single record counts as one, and null as none."""
    data = body.get("data") if isinstance(body, dict) else body
    if isinstance(data, dict) and isinstance(data.get("items"), list):
        data = data["items"]
    if isinstance(data, list):
        return data
    return [] if data is None else [data]


def next_params(body: Any, params: Params, paging: Paging, count: int) -> Params | None:
    """Returns the parameters of the next page; None after the last page, and after one that leads nowhere new."""
    additional_data = body.get("additional_data") if isinstance(body, dict) else None
    if not isinstance(additional_data, dict):
        return None
    if paging == "cursor":
        cursor = additional_data.get("next_cursor")
        return {**params, "cursor": cursor} if cursor and cursor != params.get("cursor") else None
    if paging == "offset":
        # Some lists have their pagination at the root of their additional data.
        pagination = additional_data.get("pagination", additional_data)
        if isinstance(pagination, dict) and pagination.get("more_items_in_collection"):
            current_start = int(str(params.get("start") or 0))
            reported_start = pagination.get("next_start")
            start = current_start + count if reported_start is None else int(reported_start)
            return {**params, "start": start} if start > current_start else None
    return None
