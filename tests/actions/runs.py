"""Every call that a scenario makes is a run, and it is tried whether that can be taken back: exactly, or not at all and for a reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from dealwright.connectors import embedded
from dealwright.crm.companies import Companies
from dealwright.crm.errors import Conflict, Forbidden, NotFound
from dealwright.crm.history import undo
from dealwright.crm.integration import run_ids
from dealwright.crm.kernel import counters
from dealwright.storage import tables
from tests.undo import State, difference

USER_ID = 1
READING = frozenset({"GET", "HEAD"})
NOTHING_CHANGED, TAKEN_BACK = "nothing changed", "taken back"


class _RollBack(Exception):
    """Ends a unit of work that was only a trial."""


class RunTransport(httpx2.BaseTransport):
    """Carries requests to the CRM in this process, those that write as runs; ``outcome`` says whether the last one can be taken back."""

    def __init__(self, inner: httpx2.BaseTransport, companies: Companies) -> None:
        self._inner = inner
        self._companies = companies
        self.outcome: str | None = None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.outcome = None
        if request.method in READING or request.url.path.startswith("/oauth"):
            return self._inner.handle_request(request)
        company = self._companies.platform.list_companies()[0]
        run_id = run_ids.new_id(self._companies.clock())
        request.headers[run_ids.HEADER] = run_ids.seal(company, USER_ID, run_id)
        before = self._state()
        response = self._inner.handle_request(request)
        after = self._state()
        if response.status_code < 300:
            self.outcome = self._try(run_id, before, after)
        return response

    def _state(self) -> State:
        database = self._companies.platform.list_companies()[0].database
        with database.read() as db:
            return State(db, database.dialect)

    def _try(self, run_id: str, before: State, after: State) -> str:
        """Takes a run back in a unit of work that is rolled back."""
        company = self._companies.platform.list_companies()[0]
        with company.database.read() as db:
            is_logged = db.row(sa.select(tables.changes.c.id).where(tables.changes.c.run_id == run_id).limit(1))
        if is_logged is None:
            changed = difference(before, after)
            return f"is not in the change log: {changed}" if changed else NOTHING_CHANGED
        wrong: dict[str, Any] = {}
        try:
            with self._companies.unit_of_work(company, USER_ID, write=True) as crm:
                undo.take_back(crm, run_id)
                counters.write_pending(crm)
                wrong = difference(before, State(crm.db, company.database.dialect))
                raise _RollBack
        except _RollBack:
            return f"is not what it was: {wrong}" if wrong else TAKEN_BACK
        except (Conflict, Forbidden, NotFound) as error:
            return str(error)


@contextmanager
def every_call_in_a_run(folder: Path | None) -> Iterator[RunTransport]:
    """Has the calls of the CRM in a folder be runs, while the block lasts."""
    use = embedded.acquire(folder)
    transport = RunTransport(use.transport, use.application.companies)  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded.Use, "transport", property(lambda _: transport))
        yield transport
    use.release()
