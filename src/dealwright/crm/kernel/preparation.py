"""The preparation of a request: what it does before its unit of work is opened, so that no other writer waits for it.

Sanitizing, reading pictures, asking name servers and storing content take long, or as long as strangers want, and need no
database. A handler declares a function for that (`server.binding.implements`); rules take only what has been prepared.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import NamedTuple

from dealwright.crm.kernel.outbound_policy import AllowedNetworks
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.files import NewFiles


class Preparation(NamedTuple):
    """What values are prepared with.

    ``read`` opens a unit of work that only reads, for refusals that spare the work; it is closed before the work begins.
    The unit of work that writes decides again. ``new_files`` stores content, which is removed unless that unit is committed.
    """

    read: Callable[[], AbstractContextManager[UnitOfWork]]
    new_files: NewFiles
    webhook_reach: AllowedNetworks
