"""Answers over HTTP, and runs jobs beside that: the part of ``dealwright serve`` after the setup.

It is imported while a company is generated (`cli.forked`): the server's own modules take as long to load as all others.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from dealwright.cli import logs, metrics, output
from dealwright.cli.forked import signals_blocked
from dealwright.cli.input_limits import fit_open_files
from dealwright.cli.limits import ServerLimits
from dealwright.cli.metrics_options import Address
from dealwright.cli.script_console import open_scripting_console
from dealwright.console import endpoints as console_endpoints
from dealwright.contract.agents import AGENTS_PATH
from dealwright.crm.companies import Clock, Companies, system_clock
from dealwright.crm.kernel.movable_clock import MovableClock
from dealwright.crm.kernel.unit_of_work import Principal
from dealwright.jobs.run_due import settle
from dealwright.jobs.runner import Runner, create_runner
from dealwright.mcp import http as mcp_http
from dealwright.server import urls
from dealwright.server.application import Application
from dealwright.server.binding import handlers
from dealwright.server.connections import Connections
from dealwright.server.http_protocol import HttpProtocol
from dealwright.server.input_limits import BodyLimits, InputLimits
from dealwright.server.sandbox_controls import Sandbox
from dealwright.server.web_app import WebApp
from dealwright.storage import company_copies
from dealwright.storage.platform import Platform

LOCATION_VARIABLE = "DEALWRIGHT_SERVE_LOCATION"
FULL_SYNC_VARIABLE = "DEALWRIGHT_SERVE_FULL_SYNC"
PUBLIC_URL_VARIABLE = "DEALWRIGHT_SERVE_PUBLIC_URL"
TRUSTED_PROXIES_VARIABLE = "DEALWRIGHT_SERVE_TRUSTED_PROXIES"
LOCAL_VARIABLE = "DEALWRIGHT_SERVE_LOCAL"
AUTO_LOGIN_VARIABLE = "DEALWRIGHT_SERVE_VISITOR"
SANDBOX_VARIABLE = "DEALWRIGHT_SERVE_SANDBOX"

JOBS_SIGN_INTERVAL_SECONDS = 0.5
JOBS_SIGN_SECONDS = 10.0
"""Without a sign of life for so long, jobs do not run."""

log = logging.getLogger(__name__)


class JobsSign:
    """The sign of life that the process which runs jobs gives to those that answer requests; they share the memory."""

    def __init__(self) -> None:
        # The clock is the same for all processes of a machine.
        self._at: Any = multiprocessing.get_context("spawn").RawValue("d", 0.0)

    def give(self) -> None:
        """Says that jobs run now."""
        self._at.value = time.monotonic()

    def is_fresh(self) -> bool:
        """Whether jobs have run of late."""
        return time.monotonic() - float(self._at.value) < JOBS_SIGN_SECONDS


def create_worker(
    server_limits: ServerLimits | None, body_limits: BodyLimits, jobs_sign: JobsSign | None
) -> Application:
    """Returns the ASGI application of one of several worker processes, and sets up what such a process has beside it."""
    logs.set_up_from_env()
    app = create_application(server_limits, body_limits)
    app.health.jobs_run = jobs_sign.is_fresh if jobs_sign else None
    metrics.start_writer(app.companies)
    return app


def create_application(server_limits: ServerLimits | None = None, body_limits: BodyLimits | None = None) -> Application:
    """Returns the ASGI application of one process."""
    urls.set_public_url(os.environ.get(PUBLIC_URL_VARIABLE))
    # A clock and faults that tests move are those of one process.
    is_sandbox = bool(os.environ.get(SANDBOX_VARIABLE))
    clock = MovableClock(system_clock)
    companies = _companies(clock if is_sandbox else system_clock)
    auto_login = Principal(companies.platform.list_companies()[0], 1) if os.environ.get(AUTO_LOGIN_VARIABLE) else None
    app = Application(
        companies,
        auto_login=auto_login,
        limits=server_limits.create_limits(companies) if server_limits else None,
        body_limits=body_limits,
        web_app=WebApp(),
        sandbox=Sandbox(companies, clock, partial(settle, companies)) if is_sandbox else None,
    )
    app.mount(AGENTS_PATH, mcp_http.Endpoint(open_scripting_console(companies, app, is_local=is_local())))
    return app


def is_local() -> bool:
    """Whether nobody but this machine reaches the server."""
    return bool(os.environ.get(LOCAL_VARIABLE))


def _companies(clock: Clock = system_clock) -> Companies:
    """Returns the companies to serve."""
    platform = Platform(os.environ[LOCATION_VARIABLE], full_sync=bool(os.environ.get(FULL_SYNC_VARIABLE)))
    return Companies(platform, clock)


class _AnnouncingServer(uvicorn.Server):
    """A server that calls ``on_listening`` once it listens."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()


def import_handlers() -> None:
    """Imports all handlers in advance, so that `run` need not; those of the console bind themselves."""
    assert console_endpoints.__all__
    handlers()


def run(
    listening_socket: socket.socket,
    workers: int,
    ready_message: str,
    server_limits: ServerLimits | None,
    input_limits: InputLimits,
    *,
    jobs: bool,
    deferred_sql: Sequence[str] = (),
    metrics_address: Address | None = None,
) -> None:
    """Serves until it is stopped. Location and flags come from the environment.

    Prints ``ready_message`` once it listens, and then runs ``deferred_sql`` in a thread.
    """
    # With several worker processes, their supervisor runs the jobs.
    app = create_application(server_limits, input_limits.bodies) if workers == 1 else None
    companies = app.companies if app else _companies()
    company_copies.remove_abandoned(companies.platform)
    if app is None and jobs:
        # Scripts whose time has come call this application, which answers nobody else.
        open_scripting_console(companies, Application(companies), is_local=is_local())
    # The jobs of this process make URLs, too.
    urls.set_public_url(os.environ.get(PUBLIC_URL_VARIABLE))
    job_runner = create_runner(companies) if jobs else None
    jobs_sign = JobsSign() if jobs and app is None else None
    if app is not None and job_runner is not None:
        app.health.jobs_run = job_runner.is_running
    deferred_sql_thread = threading.Thread(target=companies.platform.run_deferred_statements, args=(deferred_sql,))
    ended = threading.Event()

    def announce() -> None:
        # With a signal in between, the thread would have been started, but not be joined.
        with signals_blocked():
            output.say(ready_message)
            deferred_sql_thread.start()
        # This imports more modules, which the ready message need not wait for.
        if job_runner:
            job_runner.start()
            if jobs_sign:
                watcher = partial(_give_signs, job_runner, jobs_sign, ended)
                threading.Thread(target=watcher, name="dealwright-jobs-sign", daemon=True).start()

    config = uvicorn.Config(
        app or partial(create_worker, server_limits, input_limits.bodies, jobs_sign),
        factory=app is None,
        workers=workers,
        # Each worker process has a copy of its own.
        http=partial(HttpProtocol, connections=Connections(fit_open_files(input_limits.connections))),  # type: ignore[arg-type]
        ws="none",
        timeout_keep_alive=input_limits.connections.idle_seconds,
        # Everything goes through the log of the process (`cli.logs`).
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        forwarded_allow_ips=os.environ.get(TRUSTED_PROXIES_VARIABLE, ""),
        lifespan="off",
        timeout_graceful_shutdown=10,
        # A killed worker loses its requests; on a busy machine, 5 seconds without a sign of life are no hang.
        timeout_worker_healthcheck=30,
    )
    try:
        with _exposed_metrics(metrics_address, companies, workers):
            if app is None:
                listening_socket.listen(2048)
                announce()
                Multiprocess(config, sockets=[listening_socket]).run()
            else:
                _AnnouncingServer(config, announce).run(sockets=[listening_socket])
    finally:
        ended.set()
        if job_runner:
            job_runner.stop()
        if deferred_sql_thread.ident is not None:
            deferred_sql_thread.join()
        companies.platform.close()


@contextlib.contextmanager
def _exposed_metrics(address: Address | None, companies: Companies, workers: int) -> Iterator[None]:
    """Exposes metrics, if they are asked for, as long as the block runs."""
    with metrics.folder_for_workers(address, workers) as folder:
        if address is None:
            yield
            return
        process = metrics.Process("server" if workers == 1 else "supervisor", companies)
        with metrics.expose(address, metrics.Exposition(process, companies, folder)) as url:
            log.info("Metrics are at %s", url, extra={"url": url})
            yield


def _give_signs(job_runner: Runner, jobs_sign: JobsSign, ended: threading.Event) -> None:
    while not ended.wait(JOBS_SIGN_INTERVAL_SECONDS):
        if job_runner.is_running():
            jobs_sign.give()
