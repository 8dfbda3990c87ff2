"""The options of ``dealwright serve``, ``worker`` and ``mail`` for metrics."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import typer

PANEL = "Metrics"
DEFAULT_HOST = "127.0.0.1"

Port = Annotated[
    int | None,
    typer.Option(
        "--metrics-port",
        min=0,
        max=65535,
        envvar="DEALWRIGHT_METRICS_PORT",
        rich_help_panel=PANEL,
        help="Expose metrics for Prometheus on this port, at /metrics; 0 for any free one. Off unless given.",
    ),
]
Host = Annotated[
    str,
    typer.Option(
        "--metrics-host",
        envvar="DEALWRIGHT_METRICS_HOST",
        rich_help_panel=PANEL,
        help="The address for --metrics-port. Everybody who reaches it may read the metrics.",
    ),
]


class Address(NamedTuple):
    """Where metrics are exposed."""

    host: str
    port: int


def address(host: str, port: int | None) -> Address | None:
    """Returns where to expose metrics; None when they are not asked for."""
    return None if port is None else Address(host, port)
