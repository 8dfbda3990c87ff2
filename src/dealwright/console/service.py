"""The console of an application: its companies, the application itself for connections to this CRM, and what is running."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from dealwright.connectors.asgi import Application, AsgiTransport
from dealwright.connectors.client import Client
from dealwright.connectors.embedded import LocalCrm
from dealwright.crm.companies import Companies
from dealwright.crm.errors import Unavailable
from dealwright.crm.integration import runs
from dealwright.crm.kernel.unit_of_work import AppAccess, Principal
from dealwright.isolation.process import Process

RENEWAL_SECONDS = 20.0
"""How often a run says that it is still running."""

MAX_CLIENTS = 64
"""How many connections are kept open."""


log = logging.getLogger(__name__)


Serve = Callable[[Companies], Application]


class Console:
    """Runs actions in the companies of an application."""

    def __init__(
        self, companies: Companies, application: Application, *, serve: Serve | None = None, is_local: bool = False
    ) -> None:
        """``serve`` makes the application of a copy; ``is_local`` says that nobody but this machine reaches this one."""
        self.companies = companies
        self.is_local = is_local
        self.processes: dict[str, Process] = {}
        self.script_news = threading.Condition()
        """Notified when a script has printed something or ended."""
        self._serve = serve
        self._transport = AsgiTransport(application)
        self._lock = threading.Lock()
        self._tokens: dict[tuple[int, int, AppAccess | None], str] = {}
        self._clients: OrderedDict[Any, Client] = OrderedDict()
        self._running: dict[str, Principal] = {}
        self._stopped = threading.Event()
        self._renewing: threading.Thread | None = None

    def local_crm(self, principal: Principal) -> LocalCrm:
        """Returns access to this CRM as a user, with the rights of the app that acts for it, if any."""
        key = (principal.company.id, principal.user_id, principal.app)
        with self._lock:
            token = self._tokens.get(key)
            if token is None:
                token = self._tokens[key] = self.companies.create_session_token(
                    principal.company, principal.user_id, principal.app
                )
        return LocalCrm(self._transport, token)

    def client(self, key: Any, new: Client) -> Client:
        """Returns the client that is kept open under a key; by default ``new``, which is kept from now on."""
        with self._lock:
            known = self._clients.setdefault(key, new)
            self._clients.move_to_end(key)
            closing = self._clients.popitem(last=False)[1] if len(self._clients) > MAX_CLIENTS else None
        if closing is not None:
            closing.close()
        return known

    @contextmanager
    def running(self, principal: Principal, run_id: str) -> Iterator[None]:
        """Says that a run is running, again and again, until the block ends."""
        with self._lock:
            self._running[run_id] = principal
            if self._renewing is None:
                self._renewing = threading.Thread(target=self._renew, name="dealwright-runs", daemon=True)
                self._renewing.start()
        try:
            yield
        finally:
            with self._lock:
                del self._running[run_id]

    @contextmanager
    def copied(self, principal: Principal) -> Iterator[Console]:
        """Yields the console of a copy of a user's company, which is removed afterwards. Raises `Unavailable`, OSError."""
        if self._serve is None:
            raise Unavailable("Nothing can be rehearsed here: this process serves no companies")
        with self.companies.copied(principal.company) as companies:
            application = self._serve(companies)
            console = Console(companies, application)
            try:
                yield console
            finally:
                console.close()
                close = getattr(application, "close", None)
                if close is not None:
                    close()

    def close(self) -> None:
        """Closes the connections that are kept open, and ends the scripts that run."""
        self._stopped.set()
        if self._renewing is not None:
            self._renewing.join()
        with self._lock:
            running = [*self.processes.values()]
        for process in running:
            process.stop("stopped", "The server has ended")
        with self._lock:
            clients, self._clients = [*self._clients.values()], OrderedDict()
        for client in clients:
            client.close()
        self._transport.close()

    def _renew(self) -> None:
        while not self._stopped.wait(RENEWAL_SECONDS):
            with self._lock:
                running = dict(self._running)
            by_company: dict[int, list[str]] = {}
            principals: dict[int, Principal] = {}
            for run_id, principal in running.items():
                by_company.setdefault(principal.company.id, []).append(run_id)
                principals[principal.company.id] = principal
            for company_id, ids in by_company.items():
                one = principals[company_id]
                try:
                    self.companies.run(one.company, one.user_id, partial(runs.renew, ids=ids), write=True)
                except Exception:
                    # It is tried again; until then the run counts as interrupted, at worst.
                    log.warning("Runs cannot be renewed", exc_info=True)


_consoles: WeakKeyDictionary[Companies, Console] = WeakKeyDictionary()


def open_console(
    companies: Companies, application: Application, *, serve: Serve | None = None, is_local: bool = False
) -> Console:
    """Makes the console of an application, whose endpoints use it from now on; returns it. The arguments are those of `Console`."""
    console = _consoles[companies] = Console(companies, application, serve=serve, is_local=is_local)
    return console


def find_console(companies: Companies) -> Console:
    """Returns the console of the application that serves these companies. Raises LookupError when there is none."""
    return _consoles[companies]
