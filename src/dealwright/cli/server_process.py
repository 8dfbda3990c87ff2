"""Answers over HTTP, and runs jobs beside that: the part of ``dealwright serve`` after the setup.

It is imported while a company is generated (`cli.forked`): the server's own modules take as long to load as all others.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Sequence
from functools import partial

import uvicorn
from uvicorn.supervisors import Multiprocess

from dealwright.cli.forked import signals_blocked
from dealwright.cli.limits import ServerLimits
from dealwright.crm.companies import Companies
from dealwright.crm.kernel.unit_of_work import Principal
from dealwright.jobs.runner import create_runner
from dealwright.server.application import Application
from dealwright.server.binding import handlers
from dealwright.storage.platform import Platform

LOCATION_VARIABLE = "DEALWRIGHT_SERVE_LOCATION"
FULL_SYNC_VARIABLE = "DEALWRIGHT_SERVE_FULL_SYNC"
AUTO_LOGIN_VARIABLE = "DEALWRIGHT_SERVE_VISITOR"


def create_application(server_limits: ServerLimits | None = None) -> Application:
    """Returns the ASGI application of one worker process."""
    companies = _companies()
    auto_login = Principal(companies.platform.list_companies()[0], 1) if os.environ.get(AUTO_LOGIN_VARIABLE) else None
    return Application(
        companies, auto_login=auto_login, limits=server_limits.create_limits(companies) if server_limits else None
    )


def _companies() -> Companies:
    """Returns the companies to serve."""
    return Companies(Platform(os.environ[LOCATION_VARIABLE], full_sync=bool(os.environ.get(FULL_SYNC_VARIABLE))))


class _AnnouncingServer(uvicorn.Server):
    """A server that calls ``on_listening`` once it listens."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()


def import_handlers() -> None:
    """Imports all handlers in advance, so that `run` need not."""
    handlers()


def run(
    listening_socket: socket.socket,
    workers: int,
    ready_message: str,
    server_limits: ServerLimits | None,
    *,
    jobs: bool,
    deferred_sql: Sequence[str] = (),
) -> None:
    """Serves until it is stopped. Location and flags come from the environment.

    Prints ``ready_message`` once it listens, and then runs ``deferred_sql`` in a thread.
    """
    # With several worker processes, their supervisor runs the jobs.
    app = create_application(server_limits) if workers == 1 else None
    companies = app.companies if app else _companies()
    job_runner = create_runner(companies) if jobs else None
    deferred_sql_thread = threading.Thread(target=companies.platform.run_deferred_statements, args=(deferred_sql,))

    def announce() -> None:
        # With a signal in between, the thread would have been started, but not be joined.
        with signals_blocked():
            print(ready_message, flush=True)
            deferred_sql_thread.start()
        # This imports more modules, which the ready message need not wait for.
        if job_runner:
            job_runner.start()

    config = uvicorn.Config(
        app or partial(create_application, server_limits),
        factory=app is None,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=10,
        # A killed worker loses its requests; on a busy machine, 5 seconds without a sign of life are no hang.
        timeout_worker_healthcheck=30,
    )
    try:
        if app is None:
            listening_socket.listen(2048)
            announce()
            Multiprocess(config, sockets=[listening_socket]).run()
        else:
            _AnnouncingServer(config, announce).run(sockets=[listening_socket])
    finally:
        if job_runner:
            job_runner.stop()
        if deferred_sql_thread.ident is not None:
            deferred_sql_thread.join()
        companies.platform.close()
