"""The company that is measured: founded and filled at a location, and served from there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dealwright.crm import founding
from dealwright.crm.unit import Companies
from dealwright.server.app import Application
from dealwright.storage.platform import Platform

LOCATION = "BENCH_LOCATION"


def app() -> Application:
    """The application over the location in the environment; a factory for uvicorn."""
    return Application(Companies(Platform(os.environ[LOCATION])))


def found(location: str) -> str:
    """Founds a company where there is nothing yet; an API token of its owner."""
    platform = Platform(location)
    try:
        platform.set_up()
        company, owner_id = founding.found(
            Companies(platform), "bench", name="Bench", owner_name="Owner", owner_email="owner@bench.example"
        )
        return platform.issue_token(company.id, owner_id)
    finally:
        platform.close()


def load_rows(location: str, rows: int) -> None:
    """Fills the company with this many deals, and with what hangs on them."""
    command = [str(Path(sys.executable).with_name("dealwright")), "demo", "fill", "--deals", str(rows)]
    subprocess.run([*command, "--database", location], check=True)
