"""The company that is measured: created and filled at a location, and served from there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dealwright.crm import provisioning
from dealwright.crm.companies import Companies
from dealwright.server.application import Application
from dealwright.storage.platform import Platform

LOCATION_VARIABLE = "BENCH_LOCATION"


def app() -> Application:
    """Returns the application for the location in the environment; a factory for uvicorn."""
    return Application(Companies(Platform(os.environ[LOCATION_VARIABLE])))


def create_company(location: str) -> str:
    """Creates a company at an empty location; returns an API token of its owner."""
    platform = Platform(location)
    try:
        platform.create_platform_tables()
        company, owner_id = provisioning.create_company(
            Companies(platform), "bench", name="Bench", owner_name="Owner", owner_email="owner@bench.example"
        )
        return platform.issue_token(company.id, owner_id)
    finally:
        platform.close()


def load_rows(location: str, rows: int) -> None:
    """Fills the company with this many deals and their related records."""
    command = [str(Path(sys.executable).with_name("dealwright")), "demo", "fill", "--deals", str(rows)]
    subprocess.run([*command, "--database", location], check=True)
