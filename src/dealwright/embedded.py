"""The CRM inside this process: the connector's backend when nothing else is configured. A composition root beside the CLI."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from dealwright.crm import provisioning
from dealwright.crm.companies import Companies, system_clock
from dealwright.crm.kernel import outbound_policy
from dealwright.crm.kernel.movable_clock import MovableClock
from dealwright.jobs.run_due import settle
from dealwright.jobs.runner import create_runner
from dealwright.server.application import Application
from dealwright.server.sandbox_controls import Sandbox
from dealwright.storage.paths import data_folder
from dealwright.storage.platform import PLATFORM_FILE, Platform


class EmbeddedApplication:
    """A CRM of one company in a folder. ``app`` is the ASGI application, ``api_token`` a token of its first user.

    The token is valid in this process only. One that ``is_sandbox`` has a clock and faults that tests move, in ``sandbox``.
    """

    def __init__(self, folder: Path, *, is_sandbox: bool = False) -> None:
        self.folder = folder
        self._file = str(folder / PLATFORM_FILE)
        clock = MovableClock(system_clock)
        platform = Platform(folder, files=str(folder / "files"))
        # Webhooks may lead to this machine, where an embedded CRM is used in development.
        self.companies = Companies(
            platform,
            clock if is_sandbox else system_clock,
            webhook_reach=outbound_policy.allowed_networks_from_env("loopback"),
        )
        company, _ = provisioning.get_or_create_first_company(
            self.companies, "local", name="Local company", owner_name="Local owner", owner_email="owner@localhost"
        )
        self.sandbox = Sandbox(self.companies, clock, partial(settle, self.companies)) if is_sandbox else None
        self.app = Application(self.companies, sandbox=self.sandbox)
        self._job_runner = create_runner(self.companies, shutdown_timeout=2.0, short_lived=True)
        self._job_runner.start()
        self.api_token = self.companies.create_session_token(company, user_id=1)
        self._identity = self._find_identity()

    def is_there(self) -> bool:
        """Whether its data still lie where they were when it was opened."""
        return self._find_identity() == self._identity

    def _find_identity(self) -> tuple[int, int] | None:
        """Returns what tells the platform's file from another of its name; None when it is not there."""
        try:
            found = os.stat(self._file)  # noqa: PTH116 - before every call
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def close(self) -> None:
        """Stops the job runner, and closes files and databases."""
        self._job_runner.stop()
        self.app.close()
        self.companies.platform.close()


def open_application(folder: Path | None = None) -> EmbeddedApplication:
    """Opens the CRM in a folder and returns it; sets it up first when there is none."""
    return EmbeddedApplication(folder or data_folder())


def open_sandbox(folder: Path | None) -> EmbeddedApplication:
    """Opens the CRM in a folder as a sandbox and returns it; sets it up first when there is none."""
    return EmbeddedApplication(folder or data_folder(), is_sandbox=True)
