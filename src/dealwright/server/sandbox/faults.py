"""Faults of a sandbox."""

from __future__ import annotations

from msgspec import UNSET

from dealwright.contract.sandbox import faults as contract
from dealwright.contract.sandbox.envelopes import Item, Items
from dealwright.server.binding import Sandbox, implements_in_sandbox
from dealwright.server.faults import DEFAULT_SECONDS


@implements_in_sandbox(contract.get_faults)
def get_faults(sandbox: Sandbox) -> Items[contract.Fault]:
    return {"data": [*sandbox.faults.list()]}


@implements_in_sandbox(contract.post_faults)
def post_faults(sandbox: Sandbox, data: contract.NewFault) -> Item[contract.Fault]:
    seconds = DEFAULT_SECONDS if data.seconds is UNSET else data.seconds
    return {"data": sandbox.faults.add(data.kind, data.action, times=data.times, skip=data.skip, seconds=seconds)}


@implements_in_sandbox(contract.delete_faults)
def delete_faults(sandbox: Sandbox) -> Items[contract.Fault]:
    return {"data": [*sandbox.faults.clear()]}


@implements_in_sandbox(contract.delete_faults_by_id)
def delete_faults_by_id(sandbox: Sandbox, id: int) -> Item[contract.Fault]:
    return {"data": sandbox.faults.remove(id)}
