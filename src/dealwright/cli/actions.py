"""``dealwright actions`` and ``dealwright action``: finds actions and explains them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dealwright.cli import output
from dealwright.cli.completion import action_names
from dealwright.cli.output import Format
from dealwright.connectors.errors import UnknownAction
from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry


def actions(
    words: Annotated[
        list[str] | None, typer.Argument(help="Words that must all be in the name, path, summary or group.")
    ] = None,
    format: Annotated[Format, typer.Option("--output", "-o", help="How to write.")] = Format.TABLE,
) -> None:
    """List the actions, or find them by words.

    dealwright actions deals followers
    """
    found = catalogue.search(words or [])
    if not found:
        output.say("No action has all these words.", err=True)
    output.write((_row(entry) for entry in found), format)


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


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "action": entry.qualified_name,
        "deprecated": "deprecated" if entry.deprecated else "",
        "cost": entry.cost,
        "group": entry.group,
        "summary": entry.summary,
    }
