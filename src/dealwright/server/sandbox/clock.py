"""The clock of a sandbox."""

from __future__ import annotations

from datetime import timedelta

from msgspec import UNSET

from dealwright.contract.sandbox import clock as contract
from dealwright.contract.sandbox.envelopes import Item
from dealwright.crm.errors import Invalid
from dealwright.server.binding import Sandbox, implements_in_sandbox


@implements_in_sandbox(contract.get_clock)
def get_clock(sandbox: Sandbox) -> Item[contract.ClockState]:
    return _show(sandbox, 0)


@implements_in_sandbox(contract.put_clock, waits=True)
def put_clock(sandbox: Sandbox, data: contract.ClockMove) -> Item[contract.ClockState]:
    if data.now is not UNSET and data.advance_seconds is not UNSET:
        raise Invalid("goes without now: give one of the two", "advance_seconds")
    attempts = sandbox.move_clock(
        None if data.now is UNSET else data.now,
        timedelta(seconds=0 if data.advance_seconds is UNSET else data.advance_seconds),
        is_frozen=None if data.is_frozen is UNSET else data.is_frozen,
    )
    return _show(sandbox, attempts)


@implements_in_sandbox(contract.delete_clock, waits=True)
def delete_clock(sandbox: Sandbox) -> Item[contract.ClockState]:
    return _show(sandbox, sandbox.reset_clock())


def _show(sandbox: Sandbox, attempts: int) -> Item[contract.ClockState]:
    now = sandbox.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"data": {"now": now, "is_frozen": sandbox.clock.is_frozen, "attempted_jobs": attempts}}
