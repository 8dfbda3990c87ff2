"""The CRM inside this process: the connector's backend when nothing else is configured. A composition root beside the CLI."""

from __future__ import annotations

from pathlib import Path

from dealwright.crm import provisioning
from dealwright.crm.companies import Companies
from dealwright.crm.kernel import outbound_policy
from dealwright.jobs.runner import create_runner
from dealwright.server.application import Application
from dealwright.storage.paths import data_folder
from dealwright.storage.platform import PLATFORM_FILE, Platform


class EmbeddedApplication:
    """A CRM of one company in a folder. ``app`` is the ASGI application, ``api_token`` a token of its first user.

    The token is valid in this process only.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        platform = Platform(folder, files=str(folder / "files"))
        # Webhooks may lead to this machine, where an embedded CRM is used in development.
        self.companies = Companies(platform, webhook_reach=outbound_policy.allowed_networks_from_env("loopback"))
        company, _ = provisioning.get_or_create_first_company(
            self.companies, "local", name="Local company", owner_name="Local owner", owner_email="owner@localhost"
        )
        self.app = Application(self.companies)
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
            found = (self.folder / PLATFORM_FILE).stat()
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
