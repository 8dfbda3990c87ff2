"""The options of ``dealwright serve`` for what it takes in: sizes, seconds and connections."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from dealwright.server.input_limits import ConnectionLimits

# Databases, files and webhooks need open files, too.
RESERVED_FILES = 256

PANEL = "Limits of requests and connections"

MaxHeadKb = Annotated[
    int,
    typer.Option(
        min=1,
        envvar="DEALWRIGHT_MAX_HEAD_KB",
        rich_help_panel=PANEL,
        help="The largest head of a request in KiB: request line and headers. 431 above.",
    ),
]
MaxTargetKb = Annotated[
    int,
    typer.Option(
        min=1,
        envvar="DEALWRIGHT_MAX_TARGET_KB",
        rich_help_panel=PANEL,
        help="The largest target of a request in KiB: path and query. 414 above.",
    ),
]
HeadSeconds = Annotated[
    float,
    typer.Option(
        min=0.1,
        envvar="DEALWRIGHT_HEAD_SECONDS",
        rich_help_panel=PANEL,
        help="How many seconds a client has for a whole head. 408 after that.",
    ),
]
MaxBodyKb = Annotated[
    int,
    typer.Option(
        min=1,
        envvar="DEALWRIGHT_MAX_BODY_KB",
        rich_help_panel=PANEL,
        help="The largest body in KiB, and the most that the fields of an upload may hold. 413 above.",
    ),
]
MaxUploadMb = Annotated[
    int,
    typer.Option(
        min=1,
        envvar="DEALWRIGHT_MAX_UPLOAD_MB",
        rich_help_panel=PANEL,
        help="The largest upload in MiB. 413 above.",
    ),
]
SlowSeconds = Annotated[
    float,
    typer.Option(
        min=0.1,
        envvar="DEALWRIGHT_SLOW_SECONDS",
        rich_help_panel=PANEL,
        help="How many seconds a body may be slow, and an answer may wait for its client. 408 after that.",
    ),
]
SlowRate = Annotated[
    int,
    typer.Option(
        min=1,
        envvar="DEALWRIGHT_SLOW_RATE",
        rich_help_panel=PANEL,
        help="A body that brings fewer bytes a second is slow.",
    ),
]
IdleSeconds = Annotated[
    int,
    typer.Option(
        min=1,
        envvar="DEALWRIGHT_IDLE_SECONDS",
        rich_help_panel=PANEL,
        help="How many seconds a connection stays open between two requests.",
    ),
]
MaxConnections = Annotated[
    int,
    typer.Option(
        min=1,
        envvar="DEALWRIGHT_MAX_CONNECTIONS",
        rich_help_panel=PANEL,
        help="How many connections each process has at a time. 503 above.",
    ),
]
MaxConnectionsPerAddress = Annotated[
    int,
    typer.Option(
        min=1,
        envvar="DEALWRIGHT_MAX_CONNECTIONS_PER_ADDRESS",
        rich_help_panel=PANEL,
        help="How many connections of one client address each process has at a time. Behind a proxy all come from one.",
    ),
]

MaxWaitingMb = Annotated[
    int,
    typer.Option(
        min=1,
        envvar="DEALWRIGHT_MAX_WAITING_MB",
        rich_help_panel=PANEL,
        help="How many MiB of answers one client address may have asked for and not read yet. 503 above.",
    ),
]

log = logging.getLogger(__name__)


def fit_open_files(limits: ConnectionLimits) -> ConnectionLimits:
    """Raises the process's limit of open files as far as connections need it; returns what is possible then."""
    try:
        import resource  # noqa: PLC0415
    except ImportError:  # Windows
        return limits
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.max_connections + RESERVED_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return limits
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    possible = max(soft - RESERVED_FILES, soft // 2)
    if possible >= limits.max_connections:
        return limits
    log.warning("No more than %d connections at a time: this process may only open %d files", possible, soft)
    return limits._replace(max_connections=possible)
