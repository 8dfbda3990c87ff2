"""``dealwright export``: writes the records of a connection into a file."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from dealwright.cli import output
from dealwright.cli.completion import connection_option, export_kinds
from dealwright.connectors.client import Client
from dealwright.connectors.exports import Format, targets
from dealwright.connectors.exports import export as export_kind
from dealwright.connectors.exports import export_all as export_everything

ALL = "all"
PROGRESS_INTERVAL_SECONDS = 0.2


def export(
    kind: Annotated[
        str,
        typer.Argument(
            help="What to export, as in the API's paths: persons, deals, notes …; 'all' for everything, as a ZIP.",
            autocompletion=export_kinds,
        ),
    ],
    to: Annotated[
        str, typer.Option("--to", metavar="FILE", help="The file; its ending is the format. '-' is standard output.")
    ],
    connection: Annotated[str, connection_option()] = "local",
    columns: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME,…", help="The columns, by name or by the API's key, in this order."),
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="NAME=VALUE|FILTER",
            help="Only some: a parameter of the list (status=open), or the name or id of a saved filter.",
        ),
    ] = None,
    format: Annotated[
        Format | None, typer.Option(help="The format, if not that of the file's ending; NDJSON on standard output.")
    ] = None,
    names: Annotated[
        bool,
        typer.Option("--names", help="Write names in place of the ids of users, stages, organizations and the like."),
    ] = False,
    keys: Annotated[bool, typer.Option("--keys", help="Head the columns with the API's keys.")] = False,
    archived: Annotated[bool, typer.Option("--archived", help="Archived records, too.")] = False,
    keep_formulas: Annotated[
        bool,
        typer.Option("--keep-formulas", help="CSV: put no apostrophe before what a spreadsheet takes for a formula."),
    ] = False,
) -> None:
    """Write the records of a connection into a file.

    dealwright export deals --to deals.csv --filter status=open --names

    dealwright export persons -c sales --columns "Name,Email - Work" --to persons.xlsx

    dealwright export all -c sales --to everything.zip
    """
    progress = _Progress()
    with Client(connection) as client:
        if kind == ALL:
            _export_all(client, to, progress, bool(columns or filters or format or names or keys or keep_formulas))
            return
        try:
            done = export_kind(
                client,
                kind,
                to,
                format=format,
                columns=columns or (),
                filters=filters or (),
                names=names,
                keys=keys,
                archived=archived,
                keep_formulas=keep_formulas,
                on_count=lambda count: progress.show(f"{count:,} {kind}"),
            )
        finally:
            progress.end()
    for notice in done.notices:
        output.say(f"Note: {notice}", err=True)
    if to != targets.STANDARD_OUTPUT:
        output.say(f"{done.rows:,} {kind} in {to}", err=True)


def _export_all(client: Client, to: str, progress: _Progress, has_options: bool) -> None:
    if has_options:
        raise typer.BadParameter("'all' takes --to and -c only: it has all records with all they have")
    if to != targets.STANDARD_OUTPUT and Path(to).suffix.lower() != ".zip":
        raise typer.BadParameter(f"everything goes into a ZIP: --to {Path(to).with_suffix('.zip')}")
    try:
        done = export_everything(client, to, on_count=lambda kind, count: progress.show(f"{count:,} {kind}"))
    finally:
        progress.end()
    for name, reason in done.left_out.items():
        output.say(f"Left out: {name}: {reason}", err=True)
    if to != targets.STANDARD_OUTPUT:
        output.say(f"{sum(done.counts.values()):,} records of {len(done.counts)} kinds in {to}", err=True)


class _Progress:
    """Shows on a terminal how far an export has come, when it takes a while."""

    def __init__(self) -> None:
        self._shows = sys.stderr.isatty() and not sys.stdout.isatty()
        self._due = time.monotonic() + PROGRESS_INTERVAL_SECONDS
        self._shown = False

    def show(self, message: str) -> None:
        if self._shows and time.monotonic() >= self._due:
            self._due = time.monotonic() + PROGRESS_INTERVAL_SECONDS
            self._shown = True
            output.show_progress(f"{message}   ")

    def end(self) -> None:
        if self._shown:
            output.show_progress("")
            self._shown = False
