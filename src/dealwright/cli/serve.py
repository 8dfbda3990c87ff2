"""``dealwright serve``: the CRM over HTTP."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer
import uvicorn
from uvicorn.supervisors import Multiprocess

from dealwright.crm import demo, founding
from dealwright.crm.errors import Conflict
from dealwright.crm.unit import Companies
from dealwright.server.app import Application
from dealwright.storage.engines import PostgresServer
from dealwright.storage.places import FILES_VARIABLE, data_folder
from dealwright.storage.platform import Platform

LOCATION_VARIABLE = "DEALWRIGHT_SERVE_LOCATION"
FULL_SYNC_VARIABLE = "DEALWRIGHT_SERVE_FULL_SYNC"


class OAuthApp(msgspec.Struct):
    """The OAuth app that the sandbox announces."""

    client_id: str
    client_secret: str
    redirect_uri: str


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
    """
    with contextlib.ExitStack() as cleanup:
        # To be stopped is the orderly end of a server, also before it serves.
        for told_to_stop in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told_to_stop, lambda *_: sys.exit(0))
        if throwaway:
            with _held_back():
                location = cleanup.enter_context(_throwaway_location(database))
                files = cleanup.enter_context(_throwaway_folder(None))
        else:
            location = database or str(data_folder() / "demo" if demo_company else data_folder())
        # Worker processes read it too.
        if files:
            os.environ[FILES_VARIABLE] = files
        company, token = _prepare(
            location, filled=demo_company or (throwaway and not empty), fresh_token=throwaway or demo_company
        )
        listening = cleanup.enter_context(_listen(host, port))
        url = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
        if throwaway:
            app = OAuthApp(oauth_client_id, oauth_client_secret, oauth_redirect_uri)
            ready = msgspec.json.encode(Ready(url, token or "", company, app)).decode()
        else:
            ready = _greeting(url, company, token)
        os.environ[LOCATION_VARIABLE] = location
        os.environ[FULL_SYNC_VARIABLE] = "1" if full_sync else ""
        _run(listening, workers, ready)


def application() -> Application:
    """The ASGI application of one worker process."""
    platform = Platform(os.environ[LOCATION_VARIABLE], full_sync=bool(os.environ.get(FULL_SYNC_VARIABLE)))
    return Application(Companies(platform))


def _prepare(location: str, *, filled: bool, fresh_token: bool) -> tuple[str, str | None]:
    """Sets up what is missing at a location; the company's domain and, when one was issued, a token."""
    platform = Platform(location)
    try:
        companies = Companies(platform)
        company, is_new = founding.first(
            companies,
            "demo" if filled else "company",
            name="Demo company" if filled else "My company",
            owner_name="Demo Admin" if filled else "Company Owner",
            owner_email="admin@example.com",
        )
        if filled and company.domain == "demo":
            # Also a company that was founded, but not filled, because somebody stopped the server.
            with contextlib.suppress(Conflict):
                demo.fill(companies, company)
        return company.domain, platform.issue_token(company.id, user_id=1) if fresh_token or is_new else None
    finally:
        platform.close()


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    """Nobody stops the process between making what is to be cleaned up and knowing that it is."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)


@contextlib.contextmanager
def _throwaway_location(database: str | None) -> Iterator[str]:
    """A place that is gone afterwards: a temporary folder, or everything made in a PostgreSQL database."""
    if database is not None and database.startswith(("postgresql://", "postgres://")):
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


class _AnnouncingServer(uvicorn.Server):
    """Prints a text when the server has begun to listen."""

    def __init__(self, config: uvicorn.Config, announcement: str) -> None:
        super().__init__(config)
        self._announcement = announcement

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self._announcement, flush=True)


def _run(listening: socket.socket, workers: int, ready: str) -> None:
    config = uvicorn.Config(
        "dealwright.cli.serve:application",
        factory=True,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=10,
        # A worker that is killed takes its requests along; on a machine that is busy, 5 seconds without a sign are no hang.
        timeout_worker_healthcheck=30,
    )
    if workers > 1:
        listening.listen(2048)
        print(ready, flush=True)
        Multiprocess(config, sockets=[listening]).run()
    else:
        _AnnouncingServer(config, ready).run(sockets=[listening])
