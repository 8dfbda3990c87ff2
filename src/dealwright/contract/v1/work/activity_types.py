"""Types of activities."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Ids, RecordId
from dealwright.contract.v1.envelopes import DeletedMany, Item, List
from dealwright.contract.values import HexColor, Name

READ = frozenset({"activities:full", "activities:read", "admin"})
WRITE = frozenset({"admin"})

IconKey = Literal[
    "task",
    "email",
    "meeting",
    "deadline",
    "call",
    "lunch",
    "calendar",
    "downarrow",
    "document",
    "smartphone",
    "camera",
    "scissors",
    "cogs",
    "bubble",
    "uparrow",
    "checkbox",
    "signpost",
    "shuffle",
    "addressbook",
    "linegraph",
    "picture",
    "car",
    "world",
    "search",
    "clip",
    "sound",
    "brush",
    "key",
    "padlock",
    "pricetag",
    "suitcase",
    "finish",
    "plane",
    "loop",
    "wifi",
    "truck",
    "cart",
    "bulb",
    "bell",
    "presentation",
]


class ActivityType(TypedDict):
    """A type of activities; they refer to it by ``key_string``, which never changes."""

    id: int
    order_nr: int
    name: str
    key_string: str
    icon_key: IconKey
    active_flag: bool
    color: str | None
    is_custom_flag: bool
    add_time: str
    update_time: str | None


class NewActivityType(V1Body, kw_only=True):
    """A type to create; its key is made of its name."""

    name: Name
    icon_key: IconKey
    color: HexColor | UnsetType | None = UNSET


class ActivityTypeChanges(V1Body, kw_only=True):
    """What to change of a type."""

    name: Name | UnsetType = UNSET
    icon_key: IconKey | UnsetType = UNSET
    color: HexColor | UnsetType | None = UNSET
    order_nr: Annotated[int, Meta(ge=0)] | UnsetType = UNSET


@endpoint("DELETE /v1/activityTypes", group="ActivityTypes", scopes=WRITE, cost=10)
def delete_activity_types(ids: Ids) -> Item[DeletedMany]:
    """Deactivate several types of activities."""


@endpoint("GET /v1/activityTypes", group="ActivityTypes", scopes=READ, cost=20)
def get_activity_types() -> List[ActivityType]:
    """List all types of activities."""


@endpoint("POST /v1/activityTypes", group="ActivityTypes", scopes=WRITE, cost=10)
def post_activity_types(data: NewActivityType) -> Item[ActivityType]:
    """Create a type of activities."""


@endpoint("DELETE /v1/activityTypes/{id}", group="ActivityTypes", scopes=WRITE, cost=6)
def delete_activity_types_by_id(id: RecordId) -> Item[ActivityType]:
    """Deactivate a type of activities; the activities of this type keep it."""


@endpoint("PUT /v1/activityTypes/{id}", group="ActivityTypes", scopes=WRITE, cost=10)
def put_activity_types_by_id(id: RecordId, data: ActivityTypeChanges) -> Item[ActivityType]:
    """Change a type of activities; its place among the others moves with `order_nr`."""
