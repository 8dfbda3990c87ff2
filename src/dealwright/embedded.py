"""The CRM inside this process: the connector's backend when nothing else is configured. A composition root beside the CLI."""

from __future__ import annotations

from pathlib import Path

from dealwright.crm import founding, webhook_addresses
from dealwright.crm.unit import Companies
from dealwright.jobs.runner import runner
from dealwright.server.app import Application
from dealwright.storage.places import data_folder
from dealwright.storage.platform import Platform


class EmbeddedApplication:
    """A CRM of one company in a folder. ``app`` is the ASGI application, ``api_token`` lets its first user in.

    The token is good for this process only.
    """

    def __init__(self, folder: Path) -> None:
        platform = Platform(folder, files=str(folder / "files"))
        # What is developed on this machine is told on this machine.
        self.companies = Companies(platform, webhook_reach=webhook_addresses.configured("loopback"))
        company, _ = founding.first(
            self.companies, "local", name="Local company", owner_name="Local owner", owner_email="owner@localhost"
        )
        self.app = Application(self.companies)
        self._jobs = runner(self.companies, grace=2.0, passing=True)
        self._jobs.start()
        self.api_token = self.companies.session_token(company, user_id=1)

    def close(self) -> None:
        """Gives back files and threads."""
        self._jobs.stop()
        self.app.close()
        self.companies.platform.close()


def open_application(folder: Path | None = None) -> EmbeddedApplication:
    """Opens the CRM in a folder, and sets it up first when there is none."""
    return EmbeddedApplication(folder or data_folder())
