"""A CRM for each test: a copy of one that is made once, in a folder that is gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from dealwright.connectors import client as connector_client
from dealwright.connectors import connections, embedded, retry
from dealwright.connectors.client import Client
from dealwright.connectors.connections import LOCAL, VARIABLE_PREFIX
from dealwright.embedded import EmbeddedApplication
from dealwright.server.faults import Faults
from dealwright.server.sandbox_controls import Sandbox
from dealwright.testing.clock import Clock, WaitingClock
from dealwright.testing.http_server import TestServer, serve
from dealwright.testing.webhooks import Webhooks, receive

_MEMORY_FOLDER = Path("/dev/shm")
_MIN_FREE_BYTES = 64 * 1024 * 1024


class TestCrm:
    """A CRM with one company, and what a test does with it. It is closed with the block of `open_crm`."""

    __test__ = False

    def __init__(self, folder: Path, sandbox: Sandbox, token: str, closing: ExitStack) -> None:
        self.folder = folder
        self.token = token
        self.clock = Clock(sandbox)
        self.client = Client(connections.embedded(LOCAL, folder))
        self._sandbox = sandbox
        self._closing = closing

    @property
    def faults(self) -> Faults:
        """What is to go wrong with the next requests."""
        return self._sandbox.faults

    @cached_property
    def server(self) -> TestServer:
        """The same company over HTTP; the server starts when this is first asked for."""
        use = embedded.acquire(self.folder)
        self._closing.callback(use.release)
        return self._closing.enter_context(serve(use.application.app, self.token))

    @cached_property
    def webhooks(self) -> Webhooks:
        """What its webhooks send, from when this is first asked for."""
        return self._closing.enter_context(receive(self.client))


@contextlib.contextmanager
def template() -> Iterator[Path]:
    """Yields the folder of a CRM to copy, which is removed at the end."""
    with _temporary_folder() as folder:
        EmbeddedApplication(folder / "crm").close()
        yield folder / "crm"


@contextlib.contextmanager
def open_crm(source: Path | None = None, *, connection_names: Sequence[str] = ()) -> Iterator[TestCrm]:
    """Yields a CRM with a fresh company, which is removed at the end.

    ``source`` is the folder of a `template`; without it the company is made, which takes longer. Within the block the connections ``local``
    and ``connection_names`` lead to this CRM, also in processes that are started, and waits of the connector take no time.
    """
    with ExitStack() as closing:
        folder = closing.enter_context(_temporary_folder()) / "crm"
        if source is not None:
            shutil.copytree(source, folder)
        closing.enter_context(_environment(folder, connection_names))
        closing.callback(embedded.close, folder)
        use = embedded.acquire(folder, is_sandbox=True)
        closing.callback(use.release)
        application = use.application
        assert isinstance(application, EmbeddedApplication)
        assert application.sandbox is not None
        closing.enter_context(_waits_moved_by(application.sandbox))
        # Whatever is left open leads to a company that is gone.
        closing.callback(connector_client.close_all)
        crm = TestCrm(folder, application.sandbox, application.api_token, closing)
        closing.callback(crm.client.close)
        yield crm


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    """Yields an empty folder, in memory where there is room: companies that are thrown away need no disk."""
    where = None
    with contextlib.suppress(OSError):
        if os.access(_MEMORY_FOLDER, os.W_OK) and shutil.disk_usage(_MEMORY_FOLDER).free >= _MIN_FREE_BYTES:
            where = _MEMORY_FOLDER
    with tempfile.TemporaryDirectory(prefix="dealwright-test-", dir=where, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextlib.contextmanager
def _environment(folder: Path, connection_names: Sequence[str]) -> Iterator[None]:
    """Has every connection that is named, and what is kept about connections, in a folder."""
    variables = {
        f"{VARIABLE_PREFIX}{name}": f"embedded:{folder}" for name in map(_variable_part, (LOCAL, *connection_names))
    }
    variables |= {"DEALWRIGHT_DATA_DIR": str(folder), "DEALWRIGHT_STATE_DIR": str(folder.parent / "state")}
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _variable_part(name: str) -> str:
    return connections.variable_name(name).removeprefix(VARIABLE_PREFIX)


@contextlib.contextmanager
def _waits_moved_by(sandbox: Sandbox) -> Iterator[None]:
    before = retry.CLOCK
    retry.CLOCK = WaitingClock(sandbox)
    try:
        yield
    finally:
        retry.CLOCK = before
