"""Values as v2 writes them."""

from __future__ import annotations

from typing import overload

from dealwright.contract.v2.addresses import Address
from dealwright.crm.values.formats import loads


@overload
def rfc3339_time(stored: str) -> str: ...
@overload
def rfc3339_time(stored: None) -> None: ...
def rfc3339_time(stored: str | None) -> str | None:
    """Returns a stored time in UTC as RFC 3339 in whole seconds; None for None."""
    return None if stored is None else stored.replace(" ", "T", 1) + "Z"


def address(stored: str | None) -> Address | None:
    """Returns a stored address with all of its parts; None when there is none."""
    found: Address | None = loads(stored)
    return found
