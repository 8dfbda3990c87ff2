"""``dealwright run``: runs an action on a connection."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from dealwright.cli import output
from dealwright.cli.columns import Layout, arrange
from dealwright.cli.completion import action_names, connection_option
from dealwright.cli.output import Format
from dealwright.cli.parameters import parse_parameters, resolve
from dealwright.cli.verbose import told_calls
from dealwright.connectors.client import Client
from dealwright.connectors.pages import items
from dealwright.connectors.retry import DEFAULT_RETRIES
from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry

PROGRESS_DELAY_SECONDS = 1.0
PROGRESS_INTERVAL_SECONDS = 0.2


def run(
    action: Annotated[
        str, typer.Argument(help="The action, as get_deals or exactly as v2.get_deals.", autocompletion=action_names)
    ],
    connection: Annotated[str, connection_option()] = "local",
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param", "-p", metavar="NAME=VALUE", help="A parameter, or a property of the body; file=@PATH for a file."
        ),
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", "-d", help="The body: JSON, @FILE with JSON, or @- for standard input.")
    ] = None,
    every_page: Annotated[bool, typer.Option("--all", help="Walk all pages of a list.")] = False,
    format: Annotated[
        Format | None, typer.Option("--output", "-o", help="How to write; a table on a terminal, else JSON.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Where to save a download.", dir_okay=False, show_default=False)
    ] = None,
    names: Annotated[
        bool,
        typer.Option(
            "--names", help="Names of fields, options, users, stages … in place of ids, in what is given and answered."
        ),
    ] = False,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME,…",
            help="Only these members, in this order: id,title,org.name; custom fields by key, by name with --names.",
        ),
    ] = None,
    flatten: Annotated[
        bool, typer.Option("--flatten", help="Write the members of objects as columns: org_id.name, custom fields.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Tell what would be sent and what it costs; of an embedded CRM also what would change."
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Delete and merge without the question that a terminal asks.")
    ] = False,
    idempotency_key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY", help="Create it once, however often this is called with the key.", show_default=False
        ),
    ] = None,
    found_by: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The property to look for it by, when the outcome of the first call is unknown.",
            show_default=False,
        ),
    ] = None,
    max_cost: Annotated[
        int | None,
        typer.Option(help="How many tokens it may cost, with all attempts and pages.", min=0, show_default=False),
    ] = None,
    retries: Annotated[
        int, typer.Option(help="How often it is sent again at most, where that can do no harm.", min=0)
    ] = DEFAULT_RETRIES,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Tell requests, answers with their headers, and waits on standard error."),
    ] = False,
    timeout: Annotated[
        float | None, typer.Option(help="How many seconds to wait for an answer.", min=0.1, show_default=False)
    ] = None,
) -> None:
    """Run an action on a connection and write its answer.

    dealwright run get_deals -p status=open -p limit=5

    dealwright run post_deals -c sales -p title="New roof" -p value=12000

    dealwright run get_persons -c sales --all -o csv > persons.csv

    dealwright run get_deals --all --columns id,title,org.name -o tsv
    """
    params = parse_parameters(action, param or [], data, names=names)
    entry = resolve(action, params, names=names)
    layout = Layout(_parse_columns(columns or []), flatten, names)
    _check_destination(entry, save, every_page=every_page, is_arranged=layout.is_chosen)
    if every_page and dry_run:
        raise typer.BadParameter("--dry-run tells one request: leave --all out")
    if every_page and (idempotency_key or found_by):
        raise typer.BadParameter(
            "--all walks a list, which creates nothing: leave --idempotency-key and --found-by out"
        )
    output_format = format or output.default_format()
    told = told_calls() if verbose else nullcontext()
    with told, Client(connection, timeout=timeout, names=names, retries=retries) as client:
        if dry_run:
            # What plans is imported only where it is used.
            from dealwright.cli import dry_run as dry  # noqa: PLC0415

            dry.write(client, action, params, output_format)
            return
        if not yes:
            _ask(entry, client.connection.name)
        if every_page:
            rows = _with_progress(client.iterate(cast("Any", action), params, max_cost=max_cost))
            output.write(arrange(client, entry, rows, layout, output_format), output_format, layout.wanted)
            _say_where(client, entry.qualified_name)
            return
        answer = client.request(action, params, max_cost=max_cost, idempotency_key=idempotency_key, found_by=found_by)
        body = answer.body
        _say_where(client, answer.action)
        is_table = output_format is Format.TABLE and not _is_record(body)
        if body is None or not (layout.is_chosen or (is_table and isinstance(body, Mapping))):
            write_body(body, output_format, save)
            return
        found = arrange(client, entry, items(body), layout, output_format)
        if not _is_record(body) or output_format not in (Format.JSON, Format.TABLE):
            output.write(found, output_format, layout.wanted)
            return
        for record in found:
            (output.write_value if output_format is Format.JSON else output.write_record)(record)


def _say_where(client: Client, action: str) -> None:
    """Says on a terminal which version of an action ran, and on which connection."""
    if sys.stderr.isatty():
        output.say(f"{action} on '{client.connection.name}'", err=True)


def _ask(entry: Entry, connection: str) -> None:
    """Asks on a terminal before something is deleted or merged. Raises `typer.Abort` for a no."""
    if sys.stdin.isatty() and (entry.method == "DELETE" or entry.path.endswith("/merge")):
        typer.confirm(
            output.printable(f"{entry.qualified_name} on '{connection}': {entry.summary} Go on?"), abort=True, err=True
        )


def _parse_columns(texts: Iterable[str]) -> list[str]:
    """Returns the names of columns. Raises `typer.BadParameter` for texts that have none."""
    if not texts:
        return []
    from dealwright.connectors.exports import paths  # noqa: PLC0415 - looks into declarations, which takes a while

    wanted = paths.parse(texts)
    if not wanted:
        raise typer.BadParameter("--columns has no name; give them comma-separated, as id,title,org.name")
    return wanted


def _check_destination(entry: Entry, save: Path | None, *, every_page: bool, is_arranged: bool) -> None:
    """Raises `typer.BadParameter` for an answer that could not be written as it is asked for, before anything is sent."""
    media_type = catalogue.load(entry.qualified_name).media_type
    is_file = media_type != "application/json" and not media_type.startswith("text/")
    if every_page and is_file:
        raise typer.BadParameter(f"the answer of {entry.qualified_name} is a file, which has no pages: leave --all out")
    if is_arranged and media_type != "application/json":
        raise typer.BadParameter(
            f"the answer of {entry.qualified_name} has no columns: leave --columns and --flatten out"
        )
    if save is not None and not is_file:
        raise typer.BadParameter(
            f"the answer of {entry.qualified_name} is no file to save; redirect the output instead"
        )
    if save is not None and not save.absolute().parent.is_dir():
        raise typer.BadParameter(f"--save: there is no folder {save.absolute().parent}")
    if is_file and save is None and sys.stdout.isatty():
        raise typer.BadParameter("the answer is a file; give --save PATH or redirect the output")


def write_body(body: Any, format: Format, save: Path | None = None) -> None:
    """Writes the body of an answer, a file to ``save``."""
    if isinstance(body, bytes):
        if save is not None:
            save.write_bytes(body)
        else:
            sys.stdout.buffer.write(body)
    elif isinstance(body, str):
        output.write_text(body)
    elif format is Format.JSON:
        output.write_value(body)
    elif format is Format.TABLE and _is_record(body):
        output.write_record(body["data"])
    else:
        output.write(items(body), format)


def _is_record(body: Any) -> bool:
    """Whether the answer is one record; what is found by a search stands in an object, too."""
    data = body.get("data") if isinstance(body, Mapping) else None
    return isinstance(data, dict) and not isinstance(data.get("items"), list)


def _with_progress(rows: Iterator[Any]) -> Iterator[Any]:
    """Yields the rows, and shows their number on a terminal that is not busy with the rows themselves."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from rows
        return
    shown, due = False, time.monotonic() + PROGRESS_DELAY_SECONDS
    try:
        for number, row in enumerate(rows, 1):
            yield row
            if time.monotonic() >= due:
                shown, due = True, time.monotonic() + PROGRESS_INTERVAL_SECONDS
                output.show_progress(f"{number:,} items")
    finally:
        if shown:
            output.show_progress("")
