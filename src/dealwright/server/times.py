"""Times that are stored with milliseconds, as both versions write them."""

from __future__ import annotations

from typing import overload


@overload
def iso_time(stored: str) -> str: ...
@overload
def iso_time(stored: None) -> None: ...
def iso_time(stored: str | None) -> str | None:
    """Returns a stored time, which may have milliseconds, as newer kinds of records write it; None for None."""
    found = spaced_time(stored)
    return None if found is None else f"{found.replace(' ', 'T', 1)}Z"


@overload
def spaced_time(stored: str) -> str: ...
@overload
def spaced_time(stored: None) -> None: ...
def spaced_time(stored: str | None) -> str | None:
    """Returns a stored time with a space before the time of day, and with milliseconds; None for None."""
    # PostgreSQL leaves out the zeros at the end of a time that it computes.
    return None if stored is None else f"{stored[:10]} {stored[11:19]}.{stored[20:]:0<3}"
