"""Writes the ledger of how true the server is to the documents: `make fidelity`.

    python -m scripts.fidelity [--check] [--accept-falls]

``docs/fidelity.json`` has the figures, `docs/fidelity.md` shows them, and README has its table of resource groups from there. They come
from the declarations, from the conformance meter (`scripts.conformance`) on a throw-away server, from the tests
(`scripts.tested_operations`), from what third-party clients were seen to call (``operations.json`` of their tests), and from
``docs/fidelity-choices.toml``. A figure that is lower than the committed one is refused, unless ``--accept-falls`` is given.
``--check`` measures nothing: it compares what is committed with the declarations and the tests as they are now.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
import orjson

from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import PREFIXES, Version
from dealwright.server import openapi
from scripts import conformance, reference, tested_operations
from scripts.conformance import Report, Result
from scripts.fidelity_document import README, render, render_readme

ROOT = Path(__file__).resolve().parents[1]
JSON = ROOT / "docs" / "fidelity.json"
DOCUMENT = ROOT / "docs" / "fidelity.md"
CHOICES = ROOT / "docs" / "fidelity-choices.toml"
CLIENTS = ROOT / "tests" / "clients" / "operations.json"

MIN_PRESENT, MIN_FILLED, MIN_FILLED_EACH = 0.99, 0.97, 0.85
PROSE = ("description", "summary", "title", "version")


class Choice(msgspec.Struct, frozen=True):
    """What was chosen, why it had to be, and which operations it is about."""

    id: str
    choice: str
    evidence: str
    operations: tuple[str, ...]


class Operation(msgspec.Struct, kw_only=True):
    """A row of the ledger. The numbers are of documented properties; those that can be ``filled`` are all but ``blank`` and ``beyond``.

    ``blank``: the document's own example has no value. ``beyond``: nothing in the API can give one.
    """

    name: str
    action: str
    group: str
    source: str
    withdrawn: bool
    documented_status: int
    status: int | None
    ok: bool
    documented: int
    filled: int
    null: int
    missing: int
    blank: int
    beyond: int
    unfilled: tuple[str, ...]
    why_low: str
    choices: tuple[str, ...]
    tests: int
    clients: tuple[str, ...]

    @property
    def fillable(self) -> int:
        """The number of properties that can have a value."""
        return self.documented - self.blank - self.beyond

    @property
    def share(self) -> float:
        """The share of these that have one somewhere in the answers."""
        return self.filled / self.fillable if self.fillable else 1.0


class Ledger(msgspec.Struct, kw_only=True):
    """All that the documents are made of."""

    declarations: str
    present_share: float
    filled_share: float
    documented: int
    never_filled: tuple[str, ...]
    over_all: tuple[str, ...]
    choices: tuple[Choice, ...]
    operations: tuple[Operation, ...]


def main(arguments: Sequence[str]) -> int:
    """Writes or checks the ledger; returns 1 where something is wrong."""
    if "--check" in arguments:
        problems = list(check(load(JSON.read_bytes())))
        print(*problems, sep="\n", end="\n" if problems else "")
        return 1 if problems else 0
    try:
        report = conformance.measure()
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    ledger = build(report)
    falls = list(find_falls(load(JSON.read_bytes()), ledger)) if JSON.exists() else []
    print(*falls, sep="\n", end="\n" if falls else "")
    if falls and "--accept-falls" not in arguments:
        print("Nothing was written: figures have fallen (--accept-falls writes them).")
        return 1
    write(ledger)
    problems = list(check(ledger))
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


def load(text: bytes) -> Ledger:
    """Returns a ledger that was written."""
    return msgspec.json.decode(text, type=Ledger)


def write(ledger: Ledger) -> None:
    """Writes the ledger, its document, and its part of README."""
    JSON.write_bytes(encode(ledger))
    DOCUMENT.write_text(render(ledger), encoding="utf-8")
    README.write_text(render_readme(ledger, README.read_text(encoding="utf-8")), encoding="utf-8")


def encode(ledger: Ledger) -> bytes:
    """Returns a ledger as it is committed: one line for each operation, so that differences can be read."""
    found = msgspec.to_builtins(ledger)
    rows = b",\n".join(b"  " + orjson.dumps(row) for row in found.pop("operations"))
    choices = b",\n".join(b"  " + orjson.dumps(choice) for choice in found.pop("choices"))
    head = b"".join(b" %b: %b,\n" % (orjson.dumps(name), orjson.dumps(value)) for name, value in found.items())
    return b'{\n%b "choices": [\n%b\n ],\n "operations": [\n%b\n ]\n}\n' % (head, choices, rows)


def build(report: Report) -> Ledger:
    """Returns the ledger of what the meter has found."""
    choices, low = load_choices()
    tests, clients = tested_operations.count_tests(), load_clients()
    withdrawn = find_withdrawn()
    results = {row.name: row for row in report.checks if row.operation}
    return Ledger(
        declarations=hash_declarations(),
        present_share=report.present_share,
        filled_share=report.filled_share,
        documented=report.properties_all.properties if report.properties_all else 0,
        never_filled=tuple(report.never_filled),
        over_all=tuple(tested_operations.walkers()),
        choices=choices,
        operations=tuple(
            _row(entry, results[name], choices, low, tests, clients, withdrawn)
            for name, entry in documented_entries().items()
        ),
    )


def _row(
    entry: Entry,
    result: Result,
    choices: Iterable[Choice],
    low: Mapping[str, str],
    tests: Mapping[str, int],
    clients: Mapping[str, Sequence[str]],
    withdrawn: frozenset[str],
) -> Operation:
    name = result.name
    documented = reference.find(entry.version, entry.method, entry.path)
    counts = {
        kind: int(result.props.get(kind, 0))
        for kind in ("filled", "null", "empty", "missing", "type", "blank", "unmeasured")
    }
    return Operation(
        name=name,
        action=entry.qualified_name,
        group=entry.group,
        source="connector's document" if entry.documented else "v2 of today",
        withdrawn=name in withdrawn,
        documented_status=documented.status if documented else 0,
        status=result.status,
        ok=bool(result.ok),
        documented=sum(counts.values()),
        filled=counts["filled"],
        null=counts["null"] + counts["empty"] + counts["unmeasured"] + counts["blank"],
        missing=counts["missing"] + counts["type"],
        blank=counts["blank"],
        beyond=len(result.unfillable),
        unfilled=tuple(sorted(set(result.unfilled_properties) - set(result.unfillable))),
        why_low=next((reason for pattern, reason in low.items() if fnmatchcase(name, _escape(pattern))), ""),
        choices=tuple(one.id for one in choices if any(fnmatchcase(name, _escape(p)) for p in one.operations)),
        tests=tests[entry.qualified_name],
        clients=tuple(sorted(client for client, called in clients.items() if entry.qualified_name in called)),
    )


def _escape(pattern: str) -> str:
    """Returns a pattern in which only * is special."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


def documented_entries() -> dict[str, Entry]:
    """Returns the operations that the documents have, by their names in the ledger, in the order of the declarations."""
    return {
        operation_name(entry): entry
        for name, entry in catalogue.entries().items()
        if name not in catalogue.IN_NO_DOCUMENT
    }


def operation_name(entry: Entry) -> str:
    """Returns an operation's name in the ledger and in the results of the meter: ``v1 GET /deals``."""
    return f"{entry.version} {entry.method} {entry.path.removeprefix(PREFIXES[entry.version])}"


def load_choices() -> tuple[tuple[Choice, ...], dict[str, str]]:
    """Returns what was chosen, and why few properties of some operations are filled, by pattern."""
    found = tomllib.loads(CHOICES.read_text(encoding="utf-8"))
    choices = msgspec.convert(found["choice"], tuple[Choice, ...])
    return choices, {pattern: row["reason"] for row in found["low"] for pattern in row["operations"]}


def load_clients() -> dict[str, list[str]]:
    """Returns the operations that each third-party client was seen to call, by its name."""
    found: dict[str, list[str]] = msgspec.json.decode(CLIENTS.read_bytes()) if CLIENTS.exists() else {}
    return found


def find_withdrawn() -> frozenset[str]:
    """Returns the names of the operations that the vendor has withdrawn."""
    rows: list[dict[str, Any]] = msgspec.json.decode((reference.folder() / "withdrawn.json").read_bytes())
    return frozenset(f"v1 {row['method']} {row['path'].removeprefix('/v1')}" for row in rows)


def hash_declarations() -> str:
    """Returns a hash of what is declared, prose left out: parameters, bodies, answers, statuses, scopes and costs."""
    versions: tuple[Version, ...] = ("v1", "v2")
    documents = [_without_prose(openapi.document(version)) for version in versions]
    return hashlib.sha256(orjson.dumps(documents, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _without_prose(value: Any, *, is_map: bool = False) -> Any:
    """Returns a part of a document without texts for people; ``is_map`` is one whose keys are names of properties."""
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if is_map or name not in PROSE}
        return {name: _without_prose(one, is_map=name == "properties" and not is_map) for name, one in kept.items()}
    return [_without_prose(one) for one in value] if isinstance(value, list) else value


def check(ledger: Ledger) -> Iterator[str]:
    """Yields what is wrong with a ledger: older than the declarations or the tests, or below what is asked for."""
    if ledger.declarations != hash_declarations():
        yield "docs/fidelity.json is older than the declarations; run: make fidelity"
    if ledger.choices != load_choices()[0]:
        yield "docs/fidelity.json is older than docs/fidelity-choices.toml; run: make fidelity"
    if [row.action for row in ledger.operations] != [entry.qualified_name for entry in documented_entries().values()]:
        yield "docs/fidelity.json has other operations than are declared; run: make fidelity"
    if DOCUMENT.read_text(encoding="utf-8") != render(ledger):
        yield "docs/fidelity.md is not what docs/fidelity.json says; run: make fidelity"
    if (text := README.read_text(encoding="utf-8")) != render_readme(ledger, text):
        yield "README.md is not what docs/fidelity.json says; run: make fidelity"
    for name, share, least in (
        ("present", ledger.present_share, MIN_PRESENT),
        ("filled", ledger.filled_share, MIN_FILLED),
    ):
        if share < least:
            yield f"{share:.1%} of the documented properties are {name}; {least:.0%} are asked for"
    for row in ledger.operations:
        if not row.ok:
            yield f"{row.name} does not pass"
        if row.share < MIN_FILLED_EACH and not row.why_low:
            yield f"{row.name}: {row.share:.0%} filled, and docs/fidelity-choices.toml does not say why"
    now = tested_operations.count_tests()
    for row in ledger.operations:
        if now.get(row.action, 0) < row.tests:
            yield f"{row.name}: {now.get(row.action, 0)} tests, there were {row.tests}"


def find_falls(before: Ledger, after: Ledger) -> Iterator[str]:
    """Yields the figures that are lower than they were."""
    for name in ("present_share", "filled_share", "documented"):
        if getattr(after, name) < getattr(before, name):
            yield f"{name}: {getattr(after, name)}, was {getattr(before, name)}"
    rows = {row.name: row for row in after.operations}
    for old in before.operations:
        new = rows.get(old.name)
        if new is None:
            yield f"{old.name} is gone"
            continue
        if old.ok and not new.ok:
            yield f"{old.name} does not pass any more"
        for figure in ("filled", "tests"):
            if getattr(new, figure) < getattr(old, figure):
                yield f"{old.name}: {getattr(new, figure)} {figure}, there were {getattr(old, figure)}"
        if new.missing > old.missing:
            yield f"{old.name}: {new.missing} missing, there were {old.missing}"
        if lost := set(old.clients) - set(new.clients):
            yield f"{old.name}: no longer called by {', '.join(sorted(lost))}"


def committed(revision: str = "HEAD") -> Ledger | None:
    """Returns the ledger of a commit; None where there is none, or no repository."""
    path = JSON.relative_to(ROOT).as_posix()
    try:
        done = subprocess.run(["git", "show", f"{revision}:{path}"], cwd=ROOT, check=False, capture_output=True)
    except OSError:
        return None
    return load(done.stdout) if done.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
