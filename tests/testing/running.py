"""Runs pytest on its own over some files, as whoever has installed the package does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from types import MappingProxyType

SOURCES = Path(__file__).parents[2] / "src"
PLUGIN = "dealwright.testing.plugin"


def environment() -> dict[str, str]:
    """Returns the environment of a user of the package, whose data nobody touches."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DEALWRIGHT_", "PYTEST_"))}
    kept["PATH"] = f"{Path(sys.executable).parent}:{kept['PATH']}"
    return kept


def run_pytest(
    folder: Path,
    *arguments: str,
    wrapper: tuple[str, ...] = (),
    variables: Mapping[str, str] = MappingProxyType({}),
    timeout: float = 300,
) -> str:
    """Runs pytest in a folder; returns what it prints. Raises AssertionError when it fails."""
    known = {one.name for one in metadata.entry_points(group="pytest11")}
    # An environment that was made before the package had its entry point.
    plugin = () if "dealwright" in known else ("-p", PLUGIN)
    done = subprocess.run(
        [*wrapper, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *plugin, *arguments],
        cwd=folder, env=environment() | {"PYTHONPATH": str(SOURCES)} | dict(variables), check=False,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
