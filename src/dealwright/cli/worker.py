"""``dealwright worker``: runs background jobs."""

from __future__ import annotations

import os
import signal
import threading
from typing import Annotated

import typer

from dealwright.cli.platforms import Location, opened
from dealwright.crm.unit import Companies
from dealwright.crm.webhook_addresses import REACH_VARIABLE, Reach
from dealwright.jobs.runner import GRACE_SECONDS, SILENCE_SECONDS, SLOTS, runner
from dealwright.storage import migrations
from dealwright.storage.places import FILES_VARIABLE


def worker(
    database: Location = None,
    files: Annotated[
        str | None,
        typer.Option(envvar=FILES_VARIABLE, help="Where the content of files is: what dealwright serve was told."),
    ] = None,
    webhook_reach: Annotated[
        Reach | None,
        typer.Option(envvar=REACH_VARIABLE, help="Where webhooks may lead: what dealwright serve was told."),
    ] = None,
    slots: Annotated[int, typer.Option(min=1, help="How many jobs run at a time.")] = SLOTS,
    silence: Annotated[
        float,
        typer.Option(min=1, help="After how many seconds without a sign of life a killed process has lost its jobs."),
    ] = SILENCE_SECONDS,
    grace: Annotated[
        float, typer.Option(min=0, help="How many seconds jobs have to end when the worker is told to.")
    ] = GRACE_SECONDS,
) -> None:
    """Run background jobs until told to stop.

    Any number of workers may run, on any number of machines with PostgreSQL. dealwright serve runs jobs by itself,
    unless it is started with --no-jobs.
    """
    if files:
        os.environ[FILES_VARIABLE] = files
    with opened(database) as platform:
        for company in platform.companies():
            if platform.version(company) != migrations.HEAD:
                raise typer.BadParameter(
                    f"the tables of {company.domain} are of another version: dealwright db upgrade"
                )
        told = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: told.set())
        running = runner(Companies(platform, webhook_reach=webhook_reach), slots=slots, silence=silence, grace=grace)
        running.start()
        print(f"Dealwright runs jobs, {slots} at a time", flush=True)
        told.wait()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        print("Dealwright ends with the jobs that still run", flush=True)
        running.stop()
