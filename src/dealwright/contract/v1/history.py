"""What the histories of deals, persons and organizations have in common: the changelog and the flow."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from dealwright.contract.values import Flag, Json

AllChanges = Annotated[Flag, Meta(description="1 to include the changes of custom fields.")]

FlowKind = Literal[
    "activity",
    "activityFile",
    "call",
    "change",
    "comment",
    "deal",
    "dealChange",
    "dealFollower",
    "document",
    "file",
    "follower",
    "invoice",
    "mailMessage",
    "mailMessageWithAttachment",
    "marketing_campaign_stat",
    "marketing_status_change",
    "note",
    "organizationChange",
    "organizationFollower",
    "participant",
    "personChange",
    "personFollower",
    "plannedActivity",
]
FlowKinds = Annotated[list[FlowKind], Meta(description="Only these kinds of items, comma-separated.")]


class Change(TypedDict):
    """One field's change in a changelog; the values are text whatever the field holds."""

    field_key: str
    old_value: str | None
    new_value: str | None
    actor_user_id: int
    time: str
    change_source: str | None
    change_source_user_agent: str | None
    is_bulk_update_flag: bool


class FlowItem(TypedDict):
    """Something that happened; ``object`` tells what kind of thing ``data`` is."""

    object: FlowKind
    timestamp: str
    data: dict[str, Json]
