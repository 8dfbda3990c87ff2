"""``dealwright stubs``: prints the types of the records of a connection, with the company's own fields."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from dealwright.cli import output
from dealwright.connectors.client import Client
from dealwright.connectors.record_sources import python_source, typescript_source
from dealwright.connectors.record_types import read_record_types

Language = Literal["python", "typescript"]


def stubs(
    connection: Annotated[str, typer.Argument(help="The connection whose fields to read.")] = "local",
    language: Annotated[Language, typer.Option("--language", "-l", help="The language of the types.")] = "python",
) -> None:
    """Print types for the records of a connection, with the company's own fields by their names.

    dealwright stubs sales > sales_types.py

    dealwright stubs sales --language typescript > sales.ts
    """
    with Client(connection) as client:
        records = read_record_types(client)
    write = python_source if language == "python" else typescript_source
    output.write_text(write(connection, records))
