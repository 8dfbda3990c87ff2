"""What the methods of the actions take beside parameters and body."""

from __future__ import annotations

import os
from datetime import tzinfo
from typing import BinaryIO, TypedDict

from dealwright.connectors.budget import Account
from dealwright.connectors.connection_store import ConnectionStore
from dealwright.connectors.embedded import LocalCrm
from dealwright.connectors.retry import Clock
from dealwright.contract.endpoint import Upload

FileToSend = str | os.PathLike[str] | bytes | tuple[str, bytes] | BinaryIO | Upload
"""A file to send: a path, bytes, a name with bytes, or a file that is open for reading bytes."""


class CallOptions(TypedDict, total=False):
    """What every method takes: how many tokens the call may cost, and whether names stand in place of ids."""

    max_cost: int | None
    names: bool | None


class CreateOptions(CallOptions, total=False):
    """What methods take that create something: the key under which they do so once, and how to find what they have created."""

    idempotency_key: str | None
    found_by: str | None


class ClientOptions(TypedDict, total=False):
    """What a client takes beside its connection; `Client` says what each means."""

    timeout: float | None
    retries: int
    max_wait: float
    max_cost: int | None
    time_zone: tzinfo
    clock: Clock | None
    store: ConnectionStore
    account: Account | None
    application: LocalCrm | None
    names: bool
