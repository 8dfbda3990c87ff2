"""The changes of records, as they happen."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from dealwright.contract.endpoint import EventStream, WireName, endpoint

Position = Annotated[int, Meta(ge=0, le=2**53 - 1)]


@endpoint("GET /app/api/changes", group="Changes", cost=0, media_type="text/event-stream")
def get_changes(
    last_event_id: Annotated[
        Position | None,
        WireName("Last-Event-ID", "header"),
        Meta(
            description="The id of the last event that the browser got; it sends that by itself when it connects again."
        ),
    ] = None,
    after: Annotated[
        Position | None, Meta(description="The same, for a new connection that goes on where another one ended.")
    ] = None,
) -> EventStream:
    """Follow the changes of all records that the user may see.

    The answer is a stream of server-sent events that goes on as long as the session. Each has a position in the change log as its
    `id`. `ready` comes first. `change` has `object`, `id` and `action` of a record as JSON. `reset` comes instead of the
    changes where there were too many or the position is unknown: whatever was read before may have changed.
    """
