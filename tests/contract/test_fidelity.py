"""The ledger is as new as the declarations and the tests, and none of its figures has fallen."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

import msgspec
import pytest

from scripts import conformance, fidelity
from scripts.fidelity import Ledger, Operation, check, committed, find_falls, load_choices
from scripts.fidelity_document import EVIDENCE, render, render_readme


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """Returns the ledger as it is in this checkout."""
    return fidelity.load(fidelity.JSON.read_bytes())


def change(ledger: Ledger, name: str, **values: object) -> Ledger:
    """Returns a ledger with other values in one row."""
    rows = (msgspec.structs.replace(row, **values) if row.name == name else row for row in ledger.operations)
    return msgspec.structs.replace(ledger, operations=tuple(rows))


def test_the_ledger_is_up_to_date(ledger: Ledger) -> None:
    assert list(check(ledger)) == []


def test_no_figure_has_fallen(ledger: Ledger) -> None:
    before = committed()
    if before is None:
        pytest.skip("no ledger is committed, or this is no checkout")
    assert list(find_falls(before, ledger)) == []


@pytest.mark.skipif(not os.environ.get("DEALWRIGHT_LONG_TESTS"), reason="takes minutes: make test-long")
def test_what_the_meter_finds_now_is_no_less(ledger: Ledger) -> None:
    try:
        report = conformance.measure()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    assert list(find_falls(ledger, fidelity.build(report))) == []


def test_it_is_written_as_it_is_read(ledger: Ledger) -> None:
    assert fidelity.encode(ledger) == fidelity.JSON.read_bytes()
    assert len({row.name for row in ledger.operations}) == 433


def test_every_choice_is_about_something(ledger: Ledger) -> None:
    choices, low = load_choices()
    assert len({one.id for one in choices}) == len(choices)
    assert {one.evidence for one in choices} == set(EVIDENCE)
    names = [row.name for row in ledger.operations]
    patterns = [*low, *(pattern for one in choices for pattern in one.operations)]
    assert [one for one in patterns if not any(fnmatchcase(name, one) for name in names)] == []
    shown = render(ledger)
    assert all(one.choice in shown for one in choices)


def test_what_has_fallen_is_found(ledger: Ledger) -> None:
    row = next(row for row in ledger.operations if row.name == "v2 GET /deals")
    lower = change(ledger, row.name, ok=False, filled=row.filled - 1, missing=row.missing + 1, tests=row.tests - 1)
    lower = msgspec.structs.replace(lower, filled_share=0.5)
    found = " ".join(find_falls(ledger, lower))
    for words in ("filled_share", "does not pass", "filled, there were", "tests, there were", "missing, there were"):
        assert words in found
    assert list(find_falls(lower, ledger)) == []
    less = msgspec.structs.replace(ledger, operations=ledger.operations[1:])
    assert list(find_falls(ledger, less)) == [f"{ledger.operations[0].name} is gone"]


def problems(ledger: Ledger) -> str:
    """Returns what is wrong with a ledger, without what follows from any change."""
    return " ".join(one for one in check(ledger) if "is not what" not in one)


def test_what_is_too_old_or_too_low_is_found(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "v2 GET /deals"
    assert "does not pass" in problems(change(ledger, name, ok=False))
    assert "does not say why" in problems(change(ledger, name, filled=1))
    assert "tests, there were" in problems(change(ledger, name, tests=10_000))
    assert "99% are asked for" in problems(msgspec.structs.replace(ledger, present_share=0.98))
    assert "other operations" in problems(msgspec.structs.replace(ledger, operations=ledger.operations[1:]))
    assert "choices.toml" in problems(msgspec.structs.replace(ledger, choices=ledger.choices[1:]))
    monkeypatch.setattr(fidelity, "hash_declarations", lambda: "another")
    assert "older than the declarations" in problems(ledger)


def test_the_hash_is_of_what_is_declared_and_not_of_prose() -> None:
    plain = {"description": "a", "properties": {"description": {"type": "string", "title": "b"}, "title": {}}}
    kept = {"properties": {"description": {"type": "string"}, "title": {}}}
    assert fidelity._without_prose(plain) == kept


def test_the_table_of_readme_has_every_group(ledger: Ledger) -> None:
    text = render_readme(ledger, f"before\n{fidelity_marks()}\nafter")
    assert text.startswith("before\n")
    assert text.endswith("\nafter")
    assert {row.group for row in ledger.operations} <= {
        line.split(" | ")[0].removeprefix("| ") for line in text.splitlines()
    }


def fidelity_marks() -> str:
    """Returns the two marks in README, with an old table between them."""
    from scripts.fidelity_document import BEGIN, END

    return f"{BEGIN}\nold\n{END}"


def test_the_share_leaves_out_what_cannot_be_filled(ledger: Ledger) -> None:
    row: Operation = msgspec.structs.replace(ledger.operations[0], documented=10, filled=4, blank=3, beyond=2)
    assert (row.fillable, row.share) == (5, 0.8)
    assert msgspec.structs.replace(row, documented=0, blank=0, beyond=0).share == 1
