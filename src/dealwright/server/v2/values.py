"""How v2 writes values."""

from __future__ import annotations

from datetime import datetime
from typing import overload

from dealwright.contract.v2.addresses import Address
from dealwright.crm.errors import Invalid
from dealwright.crm.values import loads


@overload
def time(stored: str) -> str: ...
@overload
def time(stored: None) -> None: ...
def time(stored: str | None) -> str | None:
    """A stored moment as RFC 3339 in whole seconds, UTC."""
    return None if stored is None else stored.replace(" ", "T", 1) + "Z"


def whole_seconds(moment: datetime | None, name: str) -> datetime | None:
    """A moment of the query as given. Raises `Invalid` for fractions of a second, which v2 does not take."""
    if moment is not None and moment.microsecond:
        raise Invalid("not a valid datetime: give whole seconds, as in 2025-01-01T10:20:00Z", name)
    return moment


def address(stored: str | None) -> Address | None:
    """A stored address with all of its parts; None for none."""
    found: Address | None = loads(stored)
    return found
