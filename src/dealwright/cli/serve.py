"""``dealwright serve``: the CRM over HTTP."""

from __future__ import annotations

import contextlib
import gc
import os
import secrets
import shlex
import socket
import tempfile
from collections.abc import Iterator
from functools import partial
from typing import Annotated

import msgspec
import typer

from dealwright._gc import gc_disabled
from dealwright.cli import input_limits, limits, listening, log_options, metrics_options, output, parents, setup
from dealwright.cli.forked import run_forked, signals_blocked
from dealwright.cli.limits import PlanName
from dealwright.cli.listening import DEFAULT_TRUSTED_PROXIES, check_trusted_proxies
from dealwright.cli.locations import Location, MailDomain, PublicUrl
from dealwright.cli.setup import LinkWish, OAuthApp, ServerSetup
from dealwright.cli.sign_in import sign_in_url
from dealwright.crm.kernel.cache import CAPACITY_VARIABLE, DEFAULT_CAPACITY_MB
from dealwright.crm.kernel.outbound_policy import REACH_VARIABLE, AllowedNetworks
from dealwright.server.input_limits import BodyLimits, ConnectionLimits, InputLimits
from dealwright.storage import encryption
from dealwright.storage.engines import PostgresServer, is_postgres
from dealwright.storage.paths import FILES_VARIABLE, data_folder

KIB = 1024
CONNECTION_DEFAULTS, BODY_DEFAULTS = InputLimits()


class SandboxApp(msgspec.Struct):
    """How the admin of a sandbox gets into the web app: a link that signs in once, and a log-in."""

    sign_in: str | None
    email: str
    password: str


class SandboxReady(msgspec.Struct):
    """The line of JSON that announces a ready sandbox."""

    url: str
    api_token: str
    company_domain: str
    oauth: OAuthApp
    app: SandboxApp


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(envvar="DEALWRIGHT_HOST", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, envvar="DEALWRIGHT_PORT", help="The port to listen on; 0 for any free one.")
    ] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, envvar="DEALWRIGHT_WORKERS", help="How many processes answer requests.")
    ] = 1,
    database: Location = None,
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
        bool,
        typer.Option(
            "--full-sync",
            envvar="DEALWRIGHT_FULL_SYNC",
            help="SQLite: survive a power failure too, at the price of slower writes.",
        ),
    ] = False,
    webhook_reach: Annotated[
        AllowedNetworks | None,
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
    ] = DEFAULT_CAPACITY_MB,
    jobs: Annotated[
        bool,
        typer.Option(
            "--jobs/--no-jobs",
            envvar="DEALWRIGHT_JOBS",
            help="Run background jobs too, or leave them to dealwright worker.",
        ),
    ] = True,
    plan: Annotated[
        PlanName | None,
        typer.Option(
            envvar="DEALWRIGHT_PLAN",
            help="Hold the companies to the limits of this plan of the vendor's; without it there are none.",
        ),
    ] = None,
    seats: Annotated[
        int | None,
        typer.Option(
            min=1,
            envvar="DEALWRIGHT_SEATS",
            help="With --plan: for how many users each company pays. Those that are active unless given.",
        ),
    ] = None,
    top_up: Annotated[
        int,
        typer.Option(
            min=0,
            envvar="DEALWRIGHT_TOP_UP",
            help="With --plan: how many tokens each company has bought for every day.",
        ),
    ] = 0,
    time_zone: Annotated[
        str,
        typer.Option(
            envvar="DEALWRIGHT_TIME_ZONE",
            help="With --plan: the time zone at whose midnight the tokens of a day begin anew.",
        ),
    ] = "UTC",
    oauth_client_id: Annotated[
        str, typer.Option(envvar="DEALWRIGHT_OAUTH_CLIENT_ID", help="With --throwaway: the id of the OAuth app.")
    ] = "harness-client",
    oauth_client_secret: Annotated[
        str,
        typer.Option(envvar="DEALWRIGHT_OAUTH_CLIENT_SECRET", help="With --throwaway: the secret of the OAuth app."),
    ] = "harness-secret",
    oauth_redirect_uri: Annotated[
        str,
        typer.Option(
            envvar="DEALWRIGHT_OAUTH_REDIRECT_URI", help="With --throwaway: where the OAuth app is called back."
        ),
    ] = "http://127.0.0.1:9876/callback",
    public_url: PublicUrl = None,
    sign_in_link: Annotated[
        bool | None,
        typer.Option(
            "--sign-in-link/--no-sign-in-link",
            envvar="DEALWRIGHT_SIGN_IN_LINK",
            help="Print a link that signs the admin in, once. Unless given: for a new company, and with --demo and "
            "--throwaway, where nobody but this machine reaches the server.",
        ),
    ] = None,
    mail_domain: MailDomain = None,
    trusted_proxies: Annotated[
        str,
        typer.Option(
            envvar=["DEALWRIGHT_TRUSTED_PROXIES", "FORWARDED_ALLOW_IPS"],
            callback=check_trusted_proxies,
            help="The addresses and networks, with commas between them, from which X-Forwarded-For and X-Forwarded-Proto "
            "count; * for all.",
        ),
    ] = DEFAULT_TRUSTED_PROXIES,
    max_head_kb: input_limits.MaxHeadKb = CONNECTION_DEFAULTS.max_head_bytes // KIB,
    max_target_kb: input_limits.MaxTargetKb = CONNECTION_DEFAULTS.max_target_bytes // KIB,
    head_seconds: input_limits.HeadSeconds = CONNECTION_DEFAULTS.head_seconds,
    max_body_kb: input_limits.MaxBodyKb = BODY_DEFAULTS.max_bytes // KIB,
    max_upload_mb: input_limits.MaxUploadMb = BODY_DEFAULTS.max_upload_bytes // KIB // KIB,
    max_waiting_mb: input_limits.MaxWaitingMb = BODY_DEFAULTS.max_waiting_bytes // KIB // KIB,
    slow_seconds: input_limits.SlowSeconds = BODY_DEFAULTS.slow_seconds,
    slow_rate: input_limits.SlowRate = BODY_DEFAULTS.bytes_per_second,
    idle_seconds: input_limits.IdleSeconds = CONNECTION_DEFAULTS.idle_seconds,
    max_connections: input_limits.MaxConnections = CONNECTION_DEFAULTS.max_connections,
    max_connections_per_address: input_limits.MaxConnectionsPerAddress = CONNECTION_DEFAULTS.max_connections_per_address,
    log_format: log_options.LogFormatOption = log_options.LogFormat.TEXT,
    log_level: log_options.LogLevelOption = log_options.LogLevel.INFO,
    log_requests: log_options.LogRequestsOption = None,
    metrics_port: metrics_options.Port = None,
    metrics_host: metrics_options.Host = metrics_options.DEFAULT_HOST,
) -> None:
    """Serve the CRM over HTTP, at /v1, /api/v1 and /api/v2.

    With --throwaway the server prints one line of JSON on standard output when it is ready: url, api_token,
    company_domain, oauth, and app with a link that signs the admin in once. Everything else goes to standard error. Tests move
    its clock and have its answers fail at /sandbox, with one worker.

    A throw-away server ends with the process that has started it, unless it is started with nohup.

    Where there is nothing but invented data (--throwaway, and --demo without --database), every browser counts as the
    company's admin when an OAuth app asks for access. Everywhere else people log in with their password.
    """
    if empty and (demo_company or not throwaway):
        raise typer.BadParameter("--empty goes with --throwaway, and not with --demo")
    database = _named_database(context, database, throwaway=throwaway)
    # Loaded modules stay as long as the process lives.
    gc.freeze()
    server_limits = limits.limits_from_options(plan, seats, top_up, time_zone, processes=workers)
    metrics_address = metrics_options.address(metrics_host, metrics_port)
    all_input_limits = InputLimits(
        ConnectionLimits(
            max_head_bytes=max_head_kb * KIB,
            max_target_bytes=max_target_kb * KIB,
            head_seconds=head_seconds,
            idle_seconds=idle_seconds,
            stalled_seconds=slow_seconds,
            max_connections=max_connections,
            max_connections_per_address=max_connections_per_address,
        ),
        BodyLimits(
            max_bytes=max_body_kb * KIB,
            max_upload_bytes=max_upload_mb * KIB * KIB,
            slow_seconds=slow_seconds,
            bytes_per_second=slow_rate,
            max_waiting_bytes=max_waiting_mb * KIB * KIB,
        ),
    )
    with contextlib.ExitStack() as cleanup:
        # A signal ends a server in order, also before it serves.
        parents.handle_signals()
        if throwaway:
            with signals_blocked():
                location = cleanup.enter_context(_throwaway_location(database))
                files = cleanup.enter_context(_throwaway_folder(None))
            # Data that are thrown away need no key that outlives the process.
            os.environ.setdefault(encryption.SECRET_KEY_VARIABLE, secrets.token_hex(32))
        else:
            location = database or str(data_folder() / "demo" if demo_company else data_folder())
        # Worker processes read it, too.
        if files:
            os.environ[FILES_VARIABLE] = files
        os.environ[REACH_VARIABLE] = webhook_reach or ("loopback" if demo_company or throwaway else "public")
        os.environ[CAPACITY_VARIABLE] = str(memory_mb)
        auto_login = throwaway or (demo_company and database is None)
        if (auto_login or demo_company) and not listening.is_loopback(host):
            output.say(listening.warning(host, auto_login=auto_login), err=True)
        link = _link_wish(host, asked_for=sign_in_link)
        app = OAuthApp(oauth_client_id, oauth_client_secret, oauth_redirect_uri)
        if throwaway:
            set_up_sandbox = partial(
                setup.set_up_sandbox, location, files or "", app, with_demo_data=not empty, link=link
            )
            set_up = cleanup.enter_context(run_forked(set_up_sandbox))
        else:
            set_up = partial(
                setup.set_up_company, location, with_demo_data=demo_company, fresh_token=demo_company, link=link
            )
        # Imported while the company is made. An interrupted import may swallow the exception that interrupted it.
        with signals_blocked(), gc_disabled():
            from dealwright.cli import logs, server_process  # noqa: PLC0415

            logs.set_up(log_format, log_level, log_requests)
            server_process.import_handlers()
        done = set_up()
        # Threads begin after the fork in which the company was made.
        if throwaway:
            parents.end_with_parent()
        listening_socket = cleanup.enter_context(_listen(host, port))
        url = f"http://{f'[{host}]' if ':' in host else host}:{listening_socket.getsockname()[1]}"
        ready_message = (
            _sandbox_line(url, done, app, public_url) if throwaway else _greeting(url, done, public_url, database)
        )
        is_local = listening.is_loopback(host) and (public_url is None or listening.leads_to_this_machine(public_url))
        os.environ.update(
            {
                server_process.LOCATION_VARIABLE: location,
                server_process.PUBLIC_URL_VARIABLE: public_url or "",
                server_process.TRUSTED_PROXIES_VARIABLE: trusted_proxies,
                server_process.FULL_SYNC_VARIABLE: "1" if full_sync else "",
                server_process.LOCAL_VARIABLE: "1" if is_local else "",
                server_process.AUTO_LOGIN_VARIABLE: "1" if auto_login else "",
                server_process.SANDBOX_VARIABLE: "1" if throwaway and workers == 1 else "",
            }
        )
        if server_limits is not None:
            cleanup.callback(server_limits.flush, location)
        server_process.run(
            listening_socket,
            workers,
            ready_message,
            server_limits,
            all_input_limits,
            jobs=jobs,
            deferred_sql=done.deferred_sql,
            metrics_address=metrics_address,
        )


def _named_database(context: typer.Context, database: str | None, *, throwaway: bool) -> str | None:
    """Returns the database to serve. What is thrown away is named where it is thrown away, and never by a setting for something else."""
    source = context.get_parameter_source("database")
    is_setting = source is not None and source.name == "ENVIRONMENT"
    return None if throwaway and is_setting else database


@contextlib.contextmanager
def _throwaway_location(database: str | None) -> Iterator[str]:
    """Yields a location that is removed afterwards: a temporary folder, or everything made in a PostgreSQL database."""
    if database is not None and is_postgres(database):
        try:
            PostgresServer.drop_throwaway(database)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        PostgresServer.mark_throwaway(database)
        try:
            yield database
        finally:
            PostgresServer.drop_throwaway(database)
        return
    with _throwaway_folder(database) as folder:
        yield folder


def _throwaway_folder(inside: str | None) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="dealwright-", dir=inside, ignore_cleanup_errors=True)


@contextlib.contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening_socket:
        listening_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening_socket.bind((host, port))
        except OSError as error:
            raise typer.BadParameter(f"cannot listen on {host}:{port}: {error.strerror}") from None
        listening_socket.set_inheritable(True)
        yield listening_socket


def _link_wish(host: str, *, asked_for: bool | None) -> LinkWish:
    """Returns which links to print: none that others could read, unless they are asked for."""
    if asked_for is None:
        return "new" if listening.is_loopback(host) else "never"
    return "always" if asked_for else "never"


def _sandbox_line(url: str, done: ServerSetup, app: OAuthApp, public_url: str | None) -> str:
    assert done.login is not None
    link = sign_in_url(public_url or url, done.link_token) if done.link_token else None
    ready = SandboxReady(url, done.token or "", done.company, app, SandboxApp(link, *done.login))
    return msgspec.json.encode(ready).decode()


def _greeting(url: str, done: ServerSetup, public_url: str | None, database: str | None) -> str:
    # The next command is meant for the same place.
    place = f" --database {shlex.quote(database)}" if database else ""
    lines = [f"Dealwright serves the company {done.company} at {url}"]
    if public_url:
        lines.append(f"Clients reach it at {public_url}")
    if done.link_token:
        lines.append(f"Open it, once, as its admin: {sign_in_url(public_url or url, done.link_token)}")
    else:
        lines.append(f"A link that signs in: dealwright sign-in{place}")
    if done.token:
        lines.append(f"API token of its admin: {done.token}")
        lines.append(f"Try: curl -H 'x-api-token: {done.token}' '{url}/api/v2/deals?limit=1'")
    else:
        lines.append(f"A new API token, which voids the one before: dealwright db token{place}")
    return "\n".join(lines)
