"""The wheel's build: it builds the web app, so that no wheel is without it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent


class WebAppHook(BuildHookInterface[Any]):
    """Builds the web app into the package. An editable installation serves what ``make`` has built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds the app and adds it to what is packed; a build that fails fails the wheel."""
        if version == "editable":
            return
        sys.path.insert(0, str(ROOT))
        from scripts import web  # noqa: PLC0415

        web.build()
        build_data["artifacts"].append("/src/dealwright/web/static/")
