"""The type of JSON values, for every layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
else:
    # msgspec reads annotations at run time, and cannot read a recursive alias.
    Json = Any
"""Any JSON value."""
