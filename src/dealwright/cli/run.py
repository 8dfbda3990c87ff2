"""``dealwright run``: runs an action on a connection."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, cast

import orjson
import typer

from dealwright.cli import output
from dealwright.cli.completion import action_names, connection_option
from dealwright.cli.output import Format
from dealwright.connectors import calls
from dealwright.connectors.client import Client
from dealwright.connectors.errors import BadCall
from dealwright.connectors.pages import items
from dealwright.contract import catalogue
from dealwright.contract.body_parser import body_types
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import Upload
from dealwright.contract.parameter_parser import aliases
from dealwright.contract.type_introspection import accepts

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
    timeout: Annotated[
        float | None, typer.Option(help="How many seconds to wait for an answer.", min=0.1, show_default=False)
    ] = None,
) -> None:
    """Run an action on a connection and write its answer.

    dealwright run get_deals -p status=open -p limit=5

    dealwright run post_deals -c sales -p title="New roof" -p value=12000

    dealwright run get_persons -c sales --all -o csv > persons.csv
    """
    params = parse_parameters(action, param or [], data, names=names)
    _check_destination(_resolve(action, params, names=names), save, every_page=every_page)
    output_format = format or output.default_format()
    with Client(connection, timeout=timeout, names=names) as client:
        if every_page:
            output.write(_with_progress(client.iterate(cast("Any", action), params)), output_format)
            return
        write_body(client.request(action, params).body, output_format, save)


def _check_destination(entry: Entry, save: Path | None, *, every_page: bool) -> None:
    """Raises `typer.BadParameter` for an answer that could not be written as it is asked for, before anything is sent."""
    media_type = catalogue.load(entry.qualified_name).media_type
    is_file = media_type != "application/json" and not media_type.startswith("text/")
    if every_page and is_file:
        raise typer.BadParameter(f"the answer of {entry.qualified_name} is a file, which has no pages: leave --all out")
    if save is not None and not is_file:
        raise typer.BadParameter(
            f"the answer of {entry.qualified_name} is no file to save; redirect the output instead"
        )
    if save is not None and not save.absolute().parent.is_dir():
        raise typer.BadParameter(f"--save: there is no folder {save.absolute().parent}")
    if is_file and save is None and sys.stdout.isatty():
        raise typer.BadParameter("the answer is a file; give --save PATH or redirect the output")


def _resolve(action: str, params: Mapping[str, Any], given: Iterable[str] = (), *, names: bool) -> Entry:
    """Returns the action that takes some parameters; with ``names``, what is no parameter may be a custom field."""
    try:
        return calls.resolve(action, params, tuple(given))
    except BadCall:
        if not names:
            raise
        return catalogue.get_by_name(action)[0]


def parse_parameters(action: str, pairs: Iterable[str], data: str | None, *, names: bool = False) -> dict[str, Any]:
    """Returns the parameters of a call from its command line; with ``names``, what is no parameter is a custom field by its name.

    Raises `typer.BadParameter` and `BadCall`.
    """
    named_values = [_parse_pair(pair) for pair in pairs]
    params: dict[str, Any] = {} if data is None else {"data": _parse_json(data)}
    entry = _resolve(action, params, tuple(name for name, _ in named_values), names=names)
    endpoint = catalogue.load(entry.qualified_name)
    flat, types = aliases(endpoint), body_types(endpoint)
    for name, value in named_values:
        in_body = name not in flat and endpoint.body is not None and catalogue.is_body_property(entry, name)
        if not in_body and names and name not in flat and _takes_custom_fields(entry):
            body = params.setdefault("data", {})
            (body if entry.custom_fields else body.setdefault("custom_fields", {}))[name] = value
            continue
        if not in_body:
            if name in params and not (name in flat and accepts(flat[name].type, list)):
                raise typer.BadParameter(f"{name} is given twice, and takes one value: {params[name]} or {value}")
            params[name] = value if name not in params else f"{params[name]},{value}"
            continue
        body = params.setdefault("data", {})
        if not isinstance(body, dict):
            raise typer.BadParameter(f"{name} belongs into the body, but --data is no JSON object")
        parsed = _parse_property(value, types.get(name))
        if name in body:
            if not accepts(types.get(name), list):
                raise typer.BadParameter(f"{name} is given twice, and takes one value: {body[name]} or {value}")
            before = body[name] if isinstance(body[name], list) else [body[name]]
            parsed = [*before, *(parsed if isinstance(parsed, list) else [parsed])]
        body[name] = parsed
    return params


def _takes_custom_fields(entry: catalogue.Entry) -> bool:
    return entry.custom_fields or "custom_fields" in (entry.body or ())


def _parse_pair(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not name or not equals:
        raise typer.BadParameter(f"'{pair}' is not NAME=VALUE")
    return name, value


def _parse_json(text: str) -> Any:
    try:
        if text == "@-":
            return orjson.loads(sys.stdin.buffer.read())
        return orjson.loads(Path(text[1:]).read_bytes() if text.startswith("@") else text)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"--data is not valid JSON: {error}") from None
    except OSError as error:
        raise typer.BadParameter(f"--data cannot be read from {text[1:]}: {error.strerror}") from None


def _parse_property(text: str, declared: Any) -> Any:
    """Returns a property of the body from text: unchanged where texts are allowed, otherwise decoded if it is JSON."""
    if accepts(declared, Upload):
        return text.removeprefix("@")
    if accepts(declared, str):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


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
