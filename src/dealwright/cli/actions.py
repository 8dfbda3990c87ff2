"""``dealwright actions`` and ``dealwright action``: finds actions and explains them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from dealwright.cli import output
from dealwright.cli.completion import action_names
from dealwright.cli.output import Format
from dealwright.connectors.errors import UnknownAction
from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry


class Version(StrEnum):
    """The versions of the API."""

    V1 = "v1"
    V2 = "v2"


def actions(
    words: Annotated[
        list[str] | None, typer.Argument(help="Words that must all be in the name, path, summary or group.")
    ] = None,
    version: Annotated[Version | None, typer.Option(help="Only those of one version of the API: v1 or v2.")] = None,
    documented: Annotated[
        bool | None,
        typer.Option(
            "--documented/--beyond", help="Only those of the connector's document, or only those that it does not have."
        ),
    ] = None,
    deprecated: Annotated[
        bool | None, typer.Option("--deprecated/--current", help="Only deprecated ones, or only those that are not.")
    ] = None,
    format: Annotated[Format, typer.Option("--output", "-o", help="How to write.")] = Format.TABLE,
) -> None:
    """List the actions, or find them by words.

    dealwright actions deals followers

    dealwright actions --version v2 --beyond projects
    """
    found = [
        entry
        for entry in catalogue.search(words or [])
        if (version is None or entry.version == version)
        and (documented is None or entry.documented == documented)
        and (deprecated is None or entry.deprecated == deprecated)
    ]
    if not found:
        output.say("No action is like that.", err=True)
    if format is not Format.TABLE:
        output.write((_record(entry) for entry in found), format)
        return
    output.write((_row(entry) for entry in found), format)
    if len(found) == len(catalogue.entries()):
        of_vendor, of_document = len(found) - len(catalogue.IN_NO_DOCUMENT), sum(entry.documented for entry in found)
        counts = f"{of_vendor} by the vendor's documents, {of_document} of them by the connector's"
        output.say(f"{len(found)} actions: {counts}; {len(catalogue.IN_NO_DOCUMENT)} more in no document", err=True)


def action(
    name: Annotated[
        str, typer.Argument(help="The action, as get_deals or exactly as v2.get_deals.", autocompletion=action_names)
    ],
) -> None:
    """Explain one action: parameters, body, scopes, cost, examples.

    A name without its version is explained for every version.
    """
    from dealwright.cli.explain import explain  # noqa: PLC0415 - listing needs no declarations

    try:
        entries = catalogue.get_by_name(name)
    except catalogue.UnknownName as error:
        raise UnknownAction(error.name, error.nearest) from None
    output.say("\n\n".join(explain(entry) for entry in entries))


def _record(entry: Entry) -> dict[str, Any]:
    """Returns what a program may want to know of an action."""
    return {
        "action": entry.qualified_name,
        "version": entry.version,
        "method": entry.method,
        "path": entry.path,
        "group": entry.group,
        "summary": entry.summary,
        "cost": entry.cost,
        "documented": entry.documented,
        "deprecated": entry.deprecated,
        "replaced_by": entry.replaced_by,
    }


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "action": entry.qualified_name,
        "deprecated": "deprecated" if entry.deprecated else "",
        "cost": entry.cost,
        "group": entry.group,
        "summary": entry.summary,
    }
