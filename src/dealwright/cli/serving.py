"""Answers over HTTP, and runs jobs beside that: what ``dealwright serve`` does when all is prepared.

It is imported while a company is being made up (`cli.meanwhile`): the server's own modules take as long to load as all others.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Sequence
from functools import partial

import uvicorn
from uvicorn.supervisors import Multiprocess

from dealwright.cli.limits import Held
from dealwright.cli.meanwhile import held_back
from dealwright.crm.unit import Bearer, Companies
from dealwright.jobs.runner import runner
from dealwright.server.app import Application
from dealwright.server.binding import handlers
from dealwright.storage.platform import Platform

LOCATION_VARIABLE = "DEALWRIGHT_SERVE_LOCATION"
FULL_SYNC_VARIABLE = "DEALWRIGHT_SERVE_FULL_SYNC"
VISITOR_VARIABLE = "DEALWRIGHT_SERVE_VISITOR"


def application(held: Held | None = None) -> Application:
    """The ASGI application of one worker process."""
    companies = _companies()
    visitor = Bearer(companies.platform.companies()[0], 1) if os.environ.get(VISITOR_VARIABLE) else None
    return Application(companies, visitor=visitor, limits=held.limits(companies) if held else None)


def _companies() -> Companies:
    """The companies that are served."""
    return Companies(Platform(os.environ[LOCATION_VARIABLE], full_sync=bool(os.environ.get(FULL_SYNC_VARIABLE))))


class _AnnouncingServer(uvicorn.Server):
    """Does something when the server has begun to listen."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening()


def load() -> None:
    """Imports what answering needs, so that `run` need not."""
    handlers()


def run(
    listening: socket.socket, workers: int, ready: str, held: Held | None, *, jobs: bool, later: Sequence[str] = ()
) -> None:
    """Serves what the environment says until it is told to stop; says ``ready`` when it listens, and runs SQL ``later``."""
    # With several processes that answer, the one that looks after them runs the jobs.
    app = application(held) if workers == 1 else None
    companies = app.companies if app else _companies()
    running = runner(companies) if jobs else None
    finishing = threading.Thread(target=companies.platform.finish, args=(later,))

    def announce() -> None:
        # A thread that nobody knows of would not be waited for.
        with held_back():
            print(ready, flush=True)
            finishing.start()
        # Nobody has to wait for what this imports.
        if running:
            running.start()

    config = uvicorn.Config(
        app or partial(application, held),
        factory=app is None,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=10,
        # A worker that is killed takes its requests along; on a machine that is busy, 5 seconds without a sign are no hang.
        timeout_worker_healthcheck=30,
    )
    try:
        if app is None:
            listening.listen(2048)
            announce()
            Multiprocess(config, sockets=[listening]).run()
        else:
            _AnnouncingServer(config, announce).run(sockets=[listening])
    finally:
        if running:
            running.stop()
        if finishing.ident is not None:
            finishing.join()
        companies.platform.close()
