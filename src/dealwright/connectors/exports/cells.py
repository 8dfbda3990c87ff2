"""Values as the texts of cells: several in one cell, and texts that a spreadsheet would take for formulas.

A text that begins like a formula gets an apostrophe in front, as spreadsheets have it; so does one that begins with apostrophes
and then like a formula, so that each text can be told from every other and taken back (`restored`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import orjson

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STARTS = frozenset((*_FORMULA, "'"))


def text(value: Any) -> str:
    """Returns a value as text: lists of plain values comma-separated, other lists and objects as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and not any(isinstance(one, list | dict) for one in value):
        return joined(map(text, value))
    return orjson.dumps(value).decode()


def joined(texts: Iterable[str]) -> str:
    """Returns texts with commas between; one that has a comma or quotes itself stands in quotes, which `parted` takes back."""
    return ", ".join(_quoted(one) for one in texts)


def parted(cell: str) -> list[str]:
    """Returns the texts in a cell that `joined` has made."""
    return next(csv.reader(io.StringIO(cell, newline=""), skipinitialspace=True), [])


def is_like_formula(cell: str) -> bool:
    """Whether a spreadsheet could take a text for a formula, apostrophes before it aside."""
    return cell.lstrip("'").startswith(_FORMULA)


def defused(cell: str) -> str:
    """Returns a text that no spreadsheet takes for a formula."""
    if not cell or cell[0] not in _STARTS:
        return cell
    return f"'{cell}" if is_like_formula(cell) else cell


def restored(cell: str) -> str:
    """Returns the text that `defused` was given."""
    return cell[1:] if cell.startswith("'") and is_like_formula(cell) else cell


def _quoted(one: str) -> str:
    if one and one == one.strip() and not any(mark in one for mark in ',"\r\n'):
        return one
    doubled = one.replace('"', '""')
    return f'"{doubled}"'
