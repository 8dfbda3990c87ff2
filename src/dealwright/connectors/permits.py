"""Which actions a connection may run: all, those that only read, or some that were chosen."""

from __future__ import annotations

from typing import Literal

import msgspec

from dealwright.contract.catalogue import Entry

PermitsKind = Literal["all", "read", "chosen"]


class Permits(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection permits; ``actions`` are the exact names of those that are ``chosen``."""

    kind: PermitsKind = "all"
    actions: frozenset[str] = frozenset()

    def allows(self, entry: Entry) -> bool:
        """Whether an action may be run."""
        if self.kind == "chosen":
            return entry.qualified_name in self.actions
        return self.kind == "all" or entry.method == "GET"

    def reason(self, entry: Entry) -> str:
        """Returns why an action may not be run."""
        if self.kind == "chosen":
            return f"{entry.qualified_name} is not among the actions that were chosen for it"
        return f"it only reads, and {entry.qualified_name} {'removes' if entry.method == 'DELETE' else 'writes'}"


ALL = Permits()
"""Every action is permitted."""
