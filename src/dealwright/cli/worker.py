"""``dealwright worker``: runs background jobs."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from typing import Annotated

import typer

from dealwright.cli import log_options, metrics_options, output
from dealwright.cli.locations import FilesLocation, Location, MailDomain, PublicUrl, open_platform
from dealwright.crm.companies import Companies
from dealwright.crm.kernel.outbound_policy import REACH_VARIABLE, AllowedNetworks
from dealwright.jobs.runner import (
    DEFAULT_CONCURRENCY,
    HEARTBEAT_TIMEOUT_SECONDS,
    SHUTDOWN_TIMEOUT_SECONDS,
    create_runner,
)
from dealwright.server import urls

log = logging.getLogger(__name__)


def worker(
    database: Location = None,
    files: FilesLocation = None,
    public_url: PublicUrl = None,
    mail_domain: MailDomain = None,
    webhook_reach: Annotated[
        AllowedNetworks | None,
        typer.Option(envvar=REACH_VARIABLE, help="Where webhooks may lead: what dealwright serve was told."),
    ] = None,
    slots: Annotated[
        int, typer.Option(min=1, envvar="DEALWRIGHT_JOB_SLOTS", help="How many jobs run at a time.")
    ] = DEFAULT_CONCURRENCY,
    silence: Annotated[
        float,
        typer.Option(
            min=1,
            envvar="DEALWRIGHT_JOB_SILENCE",
            help="After how many seconds without a sign of life a killed process has lost its jobs.",
        ),
    ] = HEARTBEAT_TIMEOUT_SECONDS,
    grace: Annotated[
        float,
        typer.Option(
            min=0, envvar="DEALWRIGHT_JOB_GRACE", help="How many seconds jobs have to end when the worker is told to."
        ),
    ] = SHUTDOWN_TIMEOUT_SECONDS,
    log_format: log_options.LogFormatOption = log_options.LogFormat.TEXT,
    log_level: log_options.LogLevelOption = log_options.LogLevel.INFO,
    metrics_port: metrics_options.Port = None,
    metrics_host: metrics_options.Host = metrics_options.DEFAULT_HOST,
) -> None:
    """Run background jobs until told to stop.

    Any number of workers may run, on any number of machines with PostgreSQL. dealwright serve runs jobs by itself,
    unless it is started with --no-jobs.
    """
    from dealwright.cli import logs, metrics  # noqa: PLC0415 - `serve --help` and others need none of the server
    from dealwright.cli.script_console import open_scripting_console  # noqa: PLC0415
    from dealwright.server.application import Application  # noqa: PLC0415

    logs.set_up(log_format, log_level)
    urls.set_public_url(public_url)
    with open_platform(database, files=files) as platform:
        stop_requested = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop_requested.set())
        companies = Companies(platform, webhook_reach=webhook_reach)
        # Scripts whose time has come call this application, which answers nobody else.
        open_scripting_console(companies, Application(companies), is_local=False)
        job_runner = create_runner(companies, concurrency=slots, heartbeat_timeout=silence, shutdown_timeout=grace)
        with contextlib.ExitStack() as cleanup:
            address = metrics_options.address(metrics_host, metrics_port)
            if address is not None:
                exposition = metrics.Exposition(metrics.Process("worker", companies), companies)
                url = cleanup.enter_context(metrics.expose(address, exposition))
                log.info("Metrics are at %s", url, extra={"url": url})
            job_runner.start()
            output.say(f"Dealwright runs jobs, {slots} at a time")
            stop_requested.wait()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        output.say("Dealwright ends with the jobs that still run")
        job_runner.stop()
