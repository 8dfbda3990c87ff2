"""No pattern of the package goes back over a text again and again."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import dealwright
from tests.growth.growth import AWKWARD, assert_linear, repeat

LENGTH = 6_000
ENDS = ("@~", "~")
"""Whatever looks for an address finds one in the first of these."""
SOURCE = Path(dealwright.__file__).parent
SKIPPED = ("dealwright.storage.migrations.", "dealwright.__main__")
"""Modules that do something when they are imported."""


def modules() -> Iterator[str]:
    for module in pkgutil.walk_packages(dealwright.__path__, "dealwright."):
        if not module.name.startswith(SKIPPED):
            yield module.name


def patterns() -> dict[str, re.Pattern[Any]]:
    """The patterns of all modules, of text and of bytes, and of the types of the contract."""
    found = {
        f"{name}.{attribute}": value
        for name in modules()
        for attribute, value in vars(importlib.import_module(name)).items()
        if isinstance(value, re.Pattern)
    }
    values = importlib.import_module("dealwright.contract.values")
    return found | {f"contract: {pattern}": re.compile(pattern) for pattern in values.PATTERN_WORDS}


PATTERNS = patterns()


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_take_linear_time(name: str) -> None:
    pattern = PATTERNS[name]
    beginnings = ("", "a", "1", "<")
    for unit, beginning, end in product(AWKWARD, beginnings, ENDS):
        for use in (pattern.fullmatch, partial(pattern.sub, b"" if isinstance(pattern.pattern, bytes) else "")):
            prepare = partial(prepare_use, use, type(pattern.pattern), beginning, unit, end)
            assert_linear(prepare, LENGTH, f"{name} with {unit!r} and {end!r}")


def prepare_use(
    use: Callable[[Any], object], kind: type, beginning: str, unit: str, end: str, length: int
) -> Callable[[], object]:
    """The use of a pattern on a text of a length, or on its bytes."""
    text = beginning + repeat(unit, length, end)
    return partial(use, text.encode() if kind is bytes else text)


def test_all_patterns_are_found() -> None:
    """Whether patterns are compiled in modules, so that the test above knows them, and nowhere else."""
    used = []
    for file in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(file.read_text())
        at_top = {
            id(node) for statement in tree.body if isinstance(statement, ast.Assign) for node in ast.walk(statement)
        }
        used += [
            f"{file.relative_to(SOURCE)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and id(node) not in at_top
        ]
    assert used == []
    assert len(PATTERNS) > 30


def test_a_pattern_that_goes_back_is_found() -> None:
    pattern = re.compile(r"<[^>]*>")
    with pytest.raises(AssertionError, match=" ms for "):
        assert_linear(lambda n: partial(pattern.search, repeat("<", n)), LENGTH, "a tag")
