"""Runs what the chat has been told to: on connections of this user, and on the CRM in this process with a run that can be taken back."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import msgspec

from dealwright.chat.drafts import Draft
from dealwright.connectors import connections as known
from dealwright.connectors import embedded
from dealwright.connectors.client import Client
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import DealwrightError

NOTHING_TO_UNDO = "There is nothing to undo: nothing was changed in a CRM of this machine."


class Refused(DealwrightError):
    """The action was not run, or not with success; the message says why."""


class Runner:
    """Runs calls; ``connection`` is the one for those that name none."""

    def __init__(self, connection: str) -> None:
        self._connection = connection
        self._clients: dict[Connection, Client] = {}
        self._consoles: dict[Connection, Any] = {}
        self._last: tuple[Connection, str] | None = None

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for one in (*self._clients.values(), *self._consoles.values()):
            one.close()

    def name_of(self, call: Draft) -> str:
        """Returns the name of the connection of a call."""
        return call.connection or self._connection

    def run(self, call: Draft) -> Any:
        """Runs a call; returns the body of the answer. Raises the errors of the connector, and `Refused`."""
        connection = known.get_connection(self.name_of(call))
        if connection.kind == "embedded":
            return self._run_here(connection, call)
        if connection not in self._clients:
            self._clients[connection] = Client(connection)
        return self._clients[connection].run(call.action, call.params)

    def undo(self) -> str:
        """Takes back the last change; returns what was done. Raises `Refused`."""
        from dealwright.console import undo  # noqa: PLC0415 - other connections need no server
        from dealwright.crm.errors import CrmError  # noqa: PLC0415

        if self._last is None:
            return NOTHING_TO_UNDO
        connection, run_id = self._last
        console, principal = self._open(connection)
        try:
            console.companies.run(
                principal.company, principal.user_id, lambda crm: undo.take_back(crm, run_id), write=True
            )
        except CrmError as error:
            raise Refused(error.message) from None
        self._last = None
        return "It is taken back."

    def _run_here(self, connection: Connection, call: Draft) -> Any:
        """Runs a call on a CRM in this process, as the web app does."""
        from dealwright.console import chat  # noqa: PLC0415 - other connections need no server
        from dealwright.crm.errors import CrmError  # noqa: PLC0415

        console, principal = self._open(connection)
        try:
            # Here the connection is the one of the company to itself, whatever this user calls it.
            ran = chat.run(console, principal, msgspec.structs.replace(call, connection=None))
        except CrmError as error:
            raise Refused(error.message) from None
        if not call.only_reads:
            self._last = connection, ran.run.id
        if ran.answer is None:
            raise Refused(str(ran.run.error["message"]) if isinstance(ran.run.error, dict) else "There is no answer")
        return ran.answer.body

    def _open(self, connection: Connection) -> Any:
        """Returns the console of a CRM in this process, and its first user. Raises `UnusableConnection` and `UnusableCrm`."""
        application: Any = embedded.get_or_open(connection.folder).application
        from dealwright.console.service import open_console  # noqa: PLC0415 - opening it has said what is missing

        console = self._consoles.get(connection)
        if console is None:
            console = self._consoles[connection] = open_console(application.companies, application.app)
        return console, application.companies.authenticate(application.api_token)
