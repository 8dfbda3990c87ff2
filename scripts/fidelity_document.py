"""Renders the ledger of `scripts.fidelity` as a document, and README's table of resource groups."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scripts.fidelity import Ledger, Operation

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- resource groups: make fidelity -->", "<!-- end of resource groups -->"

INTRODUCTION = """# How true the server is to the documents

Written by `make fidelity` from the declarations, the conformance meter, the tests and [what was chosen](fidelity-choices.toml); the figures are in
[fidelity.json](fidelity.json). A row says what the vendor's documents have of an operation and what the server gives, measured on a throw-away server with
real records. Nothing was tried against Pipedrive itself.

- **status**: documented, and given where that differs
- **properties**: documented ones, as the examples show them. *filled* have a value of the right type somewhere in the answers that were measured, *null* none, *missing* are not there.
- **can be**: the share filled of those that can be: without those that the documents' own examples leave empty, and those that nothing in the API fills (calendars, geocoding,
  the vendor's storage …)
- **tests**: those that call the operation by itself; {over_all} modules have tests over all operations besides
- **clients**: third-party clients that call it in the tests, unchanged
- **choices**: what the documents leave open, by the names [below](#what-we-chose-where-the-documents-are-silent)
- † withdrawn by the vendor, and kept here; ‡ not among the 362 actions of the connector's document, but in v2 as it is today
"""
EVIDENCE = {
    "silent": "No document says anything.",
    "unconfirmed": "Something public says so, or it follows from the rest; nobody could confirm it.",
    "conflict": "Two documents, or a document and its own example, say different things.",
}


def render(ledger: Ledger) -> str:
    """Returns the whole document."""
    return (
        "\n".join([*_introduction(ledger), *_groups(ledger), *_choices(ledger), *_low(ledger), *_never(ledger)]) + "\n"
    )


def _introduction(ledger: Ledger) -> Iterator[str]:
    rows = ledger.operations
    yield INTRODUCTION.replace("{over_all}", str(len(ledger.over_all)))
    passed, withdrawn = sum(row.ok for row in rows), sum(row.withdrawn for row in rows)
    shares = f"{ledger.present_share:.1%} are present, and {ledger.filled_share:.1%} of those that can be filled are."
    yield f"**{len(rows)} operations: {passed} pass.** Of {ledger.documented:,} documented properties {shares}"
    yield f"The vendor has withdrawn {withdrawn} operations."


def _groups(ledger: Ledger) -> Iterator[str]:
    yield "\n## Operations"
    for group, rows in groupby(sorted(ledger.operations, key=lambda row: row.group), key=lambda row: row.group):
        yield f"\n### {group}\n"
        yield "| operation | status | properties | filled | null | missing | can be | tests | clients | choices |"
        yield "|---|---|---:|---:|---:|---:|---:|---:|---|---|"
        yield from map(_row, rows)


def _row(row: Operation) -> str:
    mark = "†" if row.withdrawn else "‡" if row.source != "connector's document" else ""
    status = str(row.documented_status)
    if row.status != row.documented_status:
        status += f", gives {row.status}"
    choices = ", ".join(f"[{id}](#{id})" for id in row.choices)
    figures = (row.documented, row.filled, row.null, row.missing)
    shown = " | ".join(map(str, figures)) if row.documented else " | ".join([""] * len(figures))
    share = f"{row.share:.0%}" if row.documented else ""
    return f"| `{row.name}`{mark} | {status} | {shown} | {share} | {row.tests} | {', '.join(row.clients)} | {choices} |"


def _choices(ledger: Ledger) -> Iterator[str]:
    yield "\n## What we chose where the documents are silent"
    for evidence, meaning in EVIDENCE.items():
        yield f"\n### {evidence.capitalize()}\n\n{meaning}\n"
        for one in ledger.choices:
            if one.evidence == evidence:
                yield f'- <a id="{one.id}"></a>**{one.id}**: {one.choice}'


def _low(ledger: Ledger) -> Iterator[str]:
    yield "\n## Why some have fewer values\n"
    for row in ledger.operations:
        if row.why_low:
            names = ", ".join(f"`{name}`" for name in row.unfilled)
            yield f"- `{row.name}` ({row.share:.0%}): {row.why_low} Without a value: {names}."


def _never(ledger: Ledger) -> Iterator[str]:
    yield "\n## Properties that no operation fills\n"
    for name in ledger.never_filled:
        yield f"- `{name}`"
    if not ledger.never_filled:
        yield "None."


def render_readme(ledger: Ledger, text: str) -> str:
    """Returns README with its table of resource groups, between the two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{_table(ledger)}\n{END}{after}"


def _table(ledger: Ledger) -> str:
    lines = [
        "| resource group | v1 | v2 | documented properties | filled of those that can be |",
        "|---|---:|---:|---:|---:|",
    ]
    rows = sorted(ledger.operations, key=lambda row: row.group)
    for group, members in groupby(rows, key=lambda row: row.group):
        lines.append(_summary(group, list(members)))
    lines.append(_summary("**all**", rows))
    return "\n".join(lines)


def _summary(name: str, rows: list[Operation]) -> str:
    versions = [str(sum(row.name.startswith(version) for row in rows) or "") for version in ("v1", "v2")]
    documented, filled, fillable = (
        sum(getattr(row, figure) for row in rows) for figure in ("documented", "filled", "fillable")
    )
    share = f"{filled / fillable:.0%}" if fillable else ""
    return f"| {name} | {' | '.join(versions)} | {documented or ''} | {share} |"
