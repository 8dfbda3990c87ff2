"""A test kit for code that uses Pipedrive's API: a CRM for each test, whose time moves and whose answers fail when a test says so.

pytest has its fixtures from `dealwright.testing.plugin`, which it finds by itself; anything else calls `open_crm`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dealwright.testing.company import TestCrm as TestCrm
    from dealwright.testing.company import open_crm as open_crm
    from dealwright.testing.webhooks import NoEvent as NoEvent

_MODULES = {"TestCrm": "company", "open_crm": "company", "NoEvent": "webhooks"}

__all__ = ["NoEvent", "TestCrm", "open_crm"]


def __getattr__(name: str) -> object:
    # Every run of pytest imports this package, also one that has nothing to do with a CRM.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
