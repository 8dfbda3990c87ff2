"""The embedded CRM of a connection with its console: what plans, runs and takes back for whoever works on this machine."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

from dealwright.connectors import embedded
from dealwright.connectors.connections import Connection

if TYPE_CHECKING:
    from dealwright.console.service import Console
    from dealwright.console.turns import Place
    from dealwright.crm.kernel.unit_of_work import Principal


class LocalConsole:
    """The console of the CRM in this process that a connection leads to, or of this machine's own beside any other connection.

    ``principal`` is its first user, as whom everything is done.
    """

    def __init__(self, connection: Connection) -> None:
        """Opens the CRM. Raises `UnusableConnection` and `UnusableCrm`."""
        self._use = embedded.acquire(connection.folder if connection.kind == "embedded" else None)
        application: Any = self._use.application
        # Opening the CRM has said what is missing.
        from dealwright.console.service import open_console  # noqa: PLC0415

        self.console: Console = open_console(application.companies, application.app)
        principal = application.companies.authenticate(application.api_token)
        assert principal is not None
        self.principal: Principal = principal

    def __enter__(self) -> LocalConsole:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the console, and the CRM unless others use it."""
        self.console.close()
        self._use.release()

    def place(self) -> Place:
        """Returns where actions are run on the CRM: there it is the company itself, whatever this user calls it."""
        from dealwright.console import turns  # noqa: PLC0415 - importing it takes longer than opening the CRM
        from dealwright.crm.integration.connections import LOCAL_NAME  # noqa: PLC0415

        return turns.find_place(self.console, self.principal, LOCAL_NAME)
