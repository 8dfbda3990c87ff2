"""``dealwright worker``: runs background jobs."""

from __future__ import annotations

import os
import signal
import threading
from typing import Annotated

import typer

from dealwright.cli.locations import Location, open_platform
from dealwright.crm.companies import Companies
from dealwright.crm.kernel.outbound_policy import REACH_VARIABLE, AllowedNetworks
from dealwright.jobs.runner import (
    DEFAULT_CONCURRENCY,
    HEARTBEAT_TIMEOUT_SECONDS,
    SHUTDOWN_TIMEOUT_SECONDS,
    create_runner,
)
from dealwright.storage import migrations
from dealwright.storage.paths import FILES_VARIABLE


def worker(
    database: Location = None,
    files: Annotated[
        str | None,
        typer.Option(envvar=FILES_VARIABLE, help="Where the content of files is: what dealwright serve was told."),
    ] = None,
    webhook_reach: Annotated[
        AllowedNetworks | None,
        typer.Option(envvar=REACH_VARIABLE, help="Where webhooks may lead: what dealwright serve was told."),
    ] = None,
    slots: Annotated[int, typer.Option(min=1, help="How many jobs run at a time.")] = DEFAULT_CONCURRENCY,
    silence: Annotated[
        float,
        typer.Option(min=1, help="After how many seconds without a sign of life a killed process has lost its jobs."),
    ] = HEARTBEAT_TIMEOUT_SECONDS,
    grace: Annotated[
        float, typer.Option(min=0, help="How many seconds jobs have to end when the worker is told to.")
    ] = SHUTDOWN_TIMEOUT_SECONDS,
) -> None:
    """Run background jobs until told to stop.

    Any number of workers may run, on any number of machines with PostgreSQL. dealwright serve runs jobs by itself,
    unless it is started with --no-jobs.
    """
    if files:
        os.environ[FILES_VARIABLE] = files
    with open_platform(database) as platform:
        for company in platform.list_companies():
            if platform.tables_version(company) != migrations.HEAD:
                raise typer.BadParameter(
                    f"the tables of {company.domain} are of another version: dealwright db upgrade"
                )
        stop_requested = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop_requested.set())
        job_runner = create_runner(
            Companies(platform, webhook_reach=webhook_reach),
            concurrency=slots,
            heartbeat_timeout=silence,
            shutdown_timeout=grace,
        )
        job_runner.start()
        print(f"Dealwright runs jobs, {slots} at a time", flush=True)
        stop_requested.wait()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        print("Dealwright ends with the jobs that still run", flush=True)
        job_runner.stop()
