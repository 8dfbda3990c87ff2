"""The clock of a sandbox."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import SandboxBody
from dealwright.contract.endpoint import endpoint
from dealwright.contract.sandbox.envelopes import Item
from dealwright.contract.values import Rfc3339Time

GROUP = "Sandbox"

MAX_SECONDS = 100 * 366 * 86_400
Seconds = Annotated[
    float, Meta(ge=-MAX_SECONDS, le=MAX_SECONDS, description="How far to move the clock, back below 0.")
]


class ClockState(TypedDict):
    """The time of the sandbox (RFC 3339), whether it stands still, and how many attempts at jobs moving it has caused."""

    now: str
    is_frozen: bool
    attempted_jobs: int


class ClockMove(SandboxBody):
    """Where to move the clock: to a time, or by some seconds. A frozen clock stands still until it is moved."""

    now: Rfc3339Time | UnsetType = UNSET
    advance_seconds: Seconds | UnsetType = UNSET
    is_frozen: bool | UnsetType = UNSET


@endpoint("GET /sandbox/clock", group=GROUP, cost=0)
def get_clock() -> Item[ClockState]:
    """Get the time of the sandbox."""


@endpoint("PUT /sandbox/clock", group=GROUP, cost=0)
def put_clock(data: ClockMove) -> Item[ClockState]:
    """Move the clock of the sandbox.

    Jobs that are due at the new time (webhooks to try again, purges) have been attempted when this answers.
    """


@endpoint("DELETE /sandbox/clock", group=GROUP, cost=0)
def delete_clock() -> Item[ClockState]:
    """Set the clock of the sandbox to the time of its machine."""
