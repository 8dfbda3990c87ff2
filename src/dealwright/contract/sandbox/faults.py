"""Faults of a sandbox: what is to go wrong with the next requests."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import SandboxBody
from dealwright.contract.endpoint import endpoint
from dealwright.contract.sandbox.envelopes import Item, Items
from dealwright.contract.values import Id, NonEmptyShortText

GROUP = "Sandbox"

FaultKind = Literal[
    "burst_limit",
    "daily_limit",
    "internal_error",
    "slow",
    "cut_connection",
    "timeout_after_commit",
    "token_revoked",
]
"""429 for the window of two seconds, 429 for the budget of the day, 500, an answer that comes late, a connection that ends without one before
anything was done, no answer although all was done, and 401 as for a token that is no longer valid."""

Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Skipped = Annotated[int, Meta(ge=0, le=1_000_000)]
Seconds = Annotated[float, Meta(ge=0, le=3600)]
ActionName = Annotated[
    NonEmptyShortText, Meta(description="`post_deals` for all its versions, or exactly `v2.post_deals`.")
]


class Fault(TypedDict):
    """A fault, and how many requests have met it. Those with null for ``action`` meet every action, with null for ``times`` without end."""

    id: int
    kind: FaultKind
    action: str | None
    times: int | None
    skip: int
    seconds: float
    hits: int


class NewFault(SandboxBody):
    """A fault for the next ``times`` requests of an action, or of any action, after ``skip`` others.

    ``seconds`` is how late a slow answer comes, and after how long a client may come back that has met the ``burst_limit``.
    """

    kind: FaultKind
    action: ActionName | None = None
    times: Count | None = 1
    skip: Skipped = 0
    seconds: Seconds | UnsetType = UNSET


@endpoint("GET /sandbox/faults", group=GROUP, cost=0)
def get_faults() -> Items[Fault]:
    """List the faults that were added, with those that are over."""


@endpoint("POST /sandbox/faults", group=GROUP, cost=0, status=201)
def post_faults(data: NewFault) -> Item[Fault]:
    """Add a fault. When a request meets several, the first one counts."""


@endpoint("DELETE /sandbox/faults", group=GROUP, cost=0)
def delete_faults() -> Items[Fault]:
    """Remove all faults; returns them with what they have met."""


@endpoint("DELETE /sandbox/faults/{id}", group=GROUP, cost=0)
def delete_faults_by_id(id: Id) -> Item[Fault]:
    """Remove a fault."""
