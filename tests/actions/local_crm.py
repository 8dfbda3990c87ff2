"""The CRM in this process, called by the names of its actions over the connection that needs no configuration."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dealwright.connectors import ApiError, embedded, run_connection_action
from dealwright.connectors.connections import LOCAL
from dealwright.contract import catalogue
from dealwright.crm.companies import Companies
from dealwright.crm.kernel.unit_of_work import Principal
from dealwright.embedded import EmbeddedApplication
from tests import response_checks
from tests.actions.runs import RunTransport
from tests.api import Api, Clock


class LocalCrm:
    """Runs actions as the owner of the company, and notes which have succeeded in ``exercised``.

    With ``runs`` it notes in ``undos`` what came of trying to take back each call that writes.
    """

    def __init__(self, connection: str = LOCAL, runs: RunTransport | None = None) -> None:
        self._connection = connection
        self._runs = runs
        self.exercised: set[str] = set()
        self.undos: list[tuple[str, str]] = []

    def run(self, action: Any, **params: Any) -> Any:
        """Returns the whole answer of an action, which is what the action declares.

        The parameters have the names of the vendor's documents; those of Python are other spellings of them.
        """
        body = run_connection_action(self._connection, action, params)
        entry = catalogue.resolve(action, params)
        exact = entry.qualified_name
        flat = (entry.body or ()) if entry.body_kind != "json" else ()
        assert params.keys() <= {"data", *entry.parameters, *flat}
        endpoint = catalogue.load(exact)
        if endpoint.media_type == "application/json":
            response_checks.check_response(endpoint, endpoint.status, body)
        self.exercised.add(exact)
        if self._runs is not None and self._runs.outcome is not None:
            self.undos.append((exact, self._runs.outcome))
        return body

    def data(self, action: Any, **params: Any) -> Any:
        """Returns the ``data`` of an action's answer."""
        return self.run(action, **params)["data"]

    def create(self, action: str, **properties: Any) -> Any:
        """Creates a record with these properties; returns its id."""
        return self.data(action, data=properties)["id"]

    def ids(self, action: Any, **params: Any) -> list[Any]:
        """Returns the ids of the records of a list."""
        return [one["id"] for one in self.data(action, **params) or []]

    def refusal(self, action: Any, **params: Any) -> int:
        """Returns the status with which an action is refused."""
        try:
            run_connection_action(self._connection, action, params)
        except ApiError as error:
            return error.status
        raise AssertionError(f"{action} was not refused")

    @property
    def application(self) -> EmbeddedApplication:
        """The application behind the connection."""
        use = embedded.acquire(None)
        found = use.application
        # The company of the module stays open.
        use.release()
        assert isinstance(found, EmbeddedApplication)
        return found

    @property
    def companies(self) -> Companies:
        """The companies of the application: this one."""
        return self.application.companies

    def as_user(self, user_id: int = 1) -> Api:
        """Returns a client of the same company, as another user."""
        clock = Clock()
        clock.now = datetime.now(UTC)
        company = self.companies.platform.list_companies()[0]
        return Api(self.application.app, clock, Principal(company, user_id))
