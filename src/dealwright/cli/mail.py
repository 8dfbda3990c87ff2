"""``dealwright mail``: receives mail for the addresses for copies, and fetches the mail of users from their accounts."""

from __future__ import annotations

import contextlib
import logging
import signal
import ssl
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from dealwright.cli import log_options, metrics_options, output
from dealwright.cli.locations import FilesLocation, Location, MailDomain, open_platform
from dealwright.crm.companies import Companies
from dealwright.mail.fetching import PAUSE, Fetcher
from dealwright.mail.receiver import MAX_CONNECTIONS, Receiver

log = logging.getLogger(__name__)

MIB = 1024 * 1024
DEFAULT_MAX_MB = 25
_LOOK_SECONDS = 2.0
_LOOK_SHARE = 10


def mail(
    database: Location = None,
    files: FilesLocation = None,
    mail_domain: MailDomain = None,
    smtp_host: Annotated[
        str, typer.Option(envvar="DEALWRIGHT_SMTP_HOST", help="The address on which mail comes in.")
    ] = "127.0.0.1",
    smtp_port: Annotated[
        int,
        typer.Option(min=0, max=65535, envvar="DEALWRIGHT_SMTP_PORT", help="The port for that; 0 for any free one."),
    ] = 2525,
    tls_certificate: Annotated[
        Path | None,
        typer.Option(
            envvar="DEALWRIGHT_SMTP_CERTIFICATE",
            help="A file with certificate and key, so that mail comes in encrypted.",
        ),
    ] = None,
    max_mail_mb: Annotated[
        int,
        typer.Option(min=1, envvar="DEALWRIGHT_MAX_MAIL_MB", help="MiB that a mail may have; larger ones are refused."),
    ] = DEFAULT_MAX_MB,
    max_mail_connections: Annotated[
        int,
        typer.Option(min=1, envvar="DEALWRIGHT_MAX_MAIL_CONNECTIONS", help="How many may bring mail at a time."),
    ] = MAX_CONNECTIONS,
    fetch_seconds: Annotated[
        float,
        typer.Option(
            min=1, envvar="DEALWRIGHT_FETCH_SECONDS", help="How long after a mailbox was fetched it is again."
        ),
    ] = PAUSE.total_seconds(),
    log_format: log_options.LogFormatOption = log_options.LogFormat.TEXT,
    log_level: log_options.LogLevelOption = log_options.LogLevel.INFO,
    metrics_port: metrics_options.Port = None,
    metrics_host: metrics_options.Host = metrics_options.DEFAULT_HOST,
) -> None:
    """Receive mail and fetch mailboxes until told to stop.

    With --mail-domain it receives what is sent to the addresses for copies: COMPANY@DOMAIN, COMPANY+deal12@DOMAIN. It
    fetches the mailboxes that dealwright mailboxes has been told. docs/mail.md says how to set it up.
    """
    from dealwright.cli import logs, metrics  # noqa: PLC0415 - `--help` needs none of it

    logs.set_up(log_format, log_level)
    with open_platform(database, files=files) as platform, contextlib.ExitStack() as cleanup:
        stop_requested = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop_requested.set())
        companies = Companies(platform)
        address = metrics_options.address(metrics_host, metrics_port)
        if address is not None:
            exposition = metrics.Exposition(metrics.Process("mail", companies), companies)
            url = cleanup.enter_context(metrics.expose(address, exposition))
            log.info("Metrics are at %s", url, extra={"url": url})
        if mail_domain is not None:
            receiver = Receiver(
                companies,
                smtp_host,
                smtp_port,
                max_bytes=max_mail_mb * MIB,
                max_connections=max_mail_connections,
                tls_context=_tls_context(tls_certificate),
            )
            try:
                receiver.start()
            except OSError as error:
                reason = error.strerror or str(error)
                raise typer.BadParameter(
                    f"mail cannot come in on {smtp_host}:{smtp_port}: {reason}", param_hint="--smtp-port"
                ) from None
            cleanup.callback(receiver.stop)
            host, port = receiver.address()
            output.say(f"Dealwright receives mail for {mail_domain} on {host}:{port}")
        fetcher = Fetcher(companies, pause=timedelta(seconds=fetch_seconds), max_bytes=max_mail_mb * MIB)
        thread = threading.Thread(target=_fetch_until, args=(fetcher, stop_requested), name="fetch")
        thread.start()
        cleanup.callback(thread.join)
        output.say("Dealwright fetches mailboxes")
        stop_requested.wait()
        output.say("Dealwright ends with the mail that is being stored")
        fetcher.stop()


def _fetch_until(fetcher: Fetcher, stop_requested: threading.Event) -> None:
    """Fetches the accounts whose time has come, again and again, until told to stop."""
    pause = 0.0
    while not stop_requested.wait(pause):
        began = time.monotonic()
        try:
            fetcher.begin_due()
        except Exception:
            # The next look may find the database well again.
            log.exception("Mailboxes could not be fetched")
        # With very many companies it takes long to look at them.
        pause = max(_LOOK_SECONDS, _LOOK_SHARE * (time.monotonic() - began))


def _tls_context(path: Path | None) -> ssl.SSLContext | None:
    if path is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(path)
    except (OSError, ssl.SSLError) as error:
        raise typer.BadParameter(f"{path} cannot be used: {error}", param_hint="--tls-certificate") from None
    return context
