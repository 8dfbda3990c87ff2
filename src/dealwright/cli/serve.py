"""``dealwright serve``: the CRM over HTTP."""

from __future__ import annotations

import contextlib
import gc
import os
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from typing import Annotated

import msgspec
import typer

from dealwright._garbage import nothing_collected
from dealwright.cli import limits, preparing
from dealwright.cli.limits import PlanName
from dealwright.cli.meanwhile import held_back, meanwhile
from dealwright.cli.preparing import OAuthApp
from dealwright.crm.memory import CAPACITY_MB, CAPACITY_VARIABLE
from dealwright.crm.webhook_addresses import REACH_VARIABLE, Reach
from dealwright.storage import sealing
from dealwright.storage.engines import PostgresServer, is_postgres
from dealwright.storage.places import FILES_VARIABLE, data_folder


class Ready(msgspec.Struct):
    """The line of JSON that says that a sandbox is ready."""

    url: str
    api_token: str
    company_domain: str
    oauth: OAuthApp


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 for any free one.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="How many processes answer requests.")] = 1,
    database: Annotated[
        str | None,
        typer.Option(help="A folder, or the URL of a PostgreSQL database. The user's data folder unless given."),
    ] = None,
    files: Annotated[
        str | None,
        typer.Option(
            envvar=FILES_VARIABLE,
            help="A folder, or s3://BUCKET/PREFIX, for the content of files. Beside SQLite databases, or in the user's data "
            "folder, unless given. With --throwaway: a temporary folder.",
        ),
    ] = None,
    demo_company: Annotated[bool, typer.Option("--demo", help="Serve a company filled with demo data.")] = False,
    throwaway: Annotated[
        bool, typer.Option("--throwaway", help="Serve a fresh demo company that is gone when the server ends.")
    ] = False,
    empty: Annotated[bool, typer.Option("--empty", help="With --throwaway: without demo data.")] = False,
    full_sync: Annotated[
        bool, typer.Option("--full-sync", help="SQLite: survive a power failure too, at the price of slower writes.")
    ] = False,
    webhook_reach: Annotated[
        Reach | None,
        typer.Option(
            envvar=REACH_VARIABLE,
            help="Where webhooks may lead: to public addresses, to this machine too, or anywhere. Public ones unless given; "
            "with --demo and --throwaway to this machine too.",
        ),
    ] = None,
    memory_mb: Annotated[
        int,
        typer.Option(
            min=0,
            envvar=CAPACITY_VARIABLE,
            help="How many megabytes of records each process remembers, so that it need not read them again.",
        ),
    ] = CAPACITY_MB,
    jobs: Annotated[
        bool, typer.Option("--jobs/--no-jobs", help="Run background jobs too, or leave them to dealwright worker.")
    ] = True,
    plan: Annotated[
        PlanName | None,
        typer.Option(help="Hold the companies to the limits of this plan of the vendor's; without it there are none."),
    ] = None,
    seats: Annotated[
        int | None,
        typer.Option(
            min=1, help="With --plan: for how many users each company pays. Those that are active unless given."
        ),
    ] = None,
    top_up: Annotated[
        int, typer.Option(min=0, help="With --plan: how many tokens each company has bought for every day.")
    ] = 0,
    time_zone: Annotated[
        str, typer.Option(help="With --plan: the time zone at whose midnight the tokens of a day begin anew.")
    ] = "UTC",
    oauth_client_id: Annotated[str, typer.Option(help="With --throwaway: the id of the OAuth app.")] = "harness-client",
    oauth_client_secret: Annotated[
        str, typer.Option(help="With --throwaway: the secret of the OAuth app.")
    ] = "harness-secret",
    oauth_redirect_uri: Annotated[
        str, typer.Option(help="With --throwaway: where the OAuth app is called back.")
    ] = "http://127.0.0.1:9876/callback",
) -> None:
    """Serve the CRM over HTTP, at /v1, /api/v1 and /api/v2.

    With --throwaway the server prints one line of JSON on standard output when it is ready: url, api_token,
    company_domain and oauth. Everything else goes to standard error.

    Where there is nothing but invented data (--throwaway, and --demo without --database), every browser counts as the
    company's admin when an OAuth app asks for access. Everywhere else people log in with their password.
    """
    # What has been loaded stays for as long as the process lives.
    gc.freeze()
    held = limits.held(plan, seats, top_up, time_zone, processes=workers)
    with contextlib.ExitStack() as cleanup:
        # To be stopped is the orderly end of a server, also before it serves.
        for told_to_stop in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told_to_stop, lambda *_: sys.exit(0))
        if throwaway:
            with held_back():
                location = cleanup.enter_context(_throwaway_location(database))
                files = cleanup.enter_context(_throwaway_folder(None))
            # What is gone at the end leaves no key behind.
            os.environ.setdefault(sealing.VARIABLE, secrets.token_hex(32))
        else:
            location = database or str(data_folder() / "demo" if demo_company else data_folder())
        # Worker processes read it too.
        if files:
            os.environ[FILES_VARIABLE] = files
        os.environ[REACH_VARIABLE] = webhook_reach or ("loopback" if demo_company or throwaway else "public")
        os.environ[CAPACITY_VARIABLE] = str(memory_mb)
        app = OAuthApp(oauth_client_id, oauth_client_secret, oauth_redirect_uri)
        if throwaway:
            prepare = partial(preparing.sandbox, location, files or "", app, filled=not empty)
            preparation = cleanup.enter_context(meanwhile(prepare))
        else:
            preparation = partial(preparing.company, location, filled=demo_company, fresh_token=demo_company)
        # Imported while the company is made. An import that is interrupted may swallow what interrupts it.
        with held_back(), nothing_collected():
            from dealwright.cli import serving  # noqa: PLC0415

            serving.load()
        company, token, later = preparation()
        listening = cleanup.enter_context(_listen(host, port))
        url = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
        if throwaway:
            ready = msgspec.json.encode(Ready(url, token or "", company, app)).decode()
        else:
            ready = _greeting(url, company, token)
        os.environ[serving.LOCATION_VARIABLE] = location
        os.environ[serving.FULL_SYNC_VARIABLE] = "1" if full_sync else ""
        os.environ[serving.VISITOR_VARIABLE] = "1" if throwaway or (demo_company and database is None) else ""
        if held is not None:
            cleanup.callback(held.write_down, location)
        serving.run(listening, workers, ready, held, jobs=jobs, later=later)


@contextlib.contextmanager
def _throwaway_location(database: str | None) -> Iterator[str]:
    """A place that is gone afterwards: a temporary folder, or everything made in a PostgreSQL database."""
    if database is not None and is_postgres(database):
        try:
            PostgresServer.clear(database)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        PostgresServer.mark_throwaway(database)
        try:
            yield database
        finally:
            PostgresServer.clear(database)
        return
    with _throwaway_folder(database) as folder:
        yield folder


def _throwaway_folder(inside: str | None) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="dealwright-", dir=inside, ignore_cleanup_errors=True)


@contextlib.contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            raise typer.BadParameter(f"cannot listen on {host}:{port}: {error.strerror}") from None
        listening.set_inheritable(True)
        yield listening


def _greeting(url: str, company: str, token: str | None) -> str:
    lines = [f"Dealwright serves the company {company} at {url}"]
    if token:
        lines.append(f"API token of its admin: {token}")
        lines.append(f"Try: curl -H 'x-api-token: {token}' '{url}/api/v2/deals?limit=1'")
    else:
        lines.append("A new API token: dealwright db token")
    return "\n".join(lines)
