"""What a command left behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Said(NamedTuple):
    """The exit code, and what it wrote."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]
