"""Answers for a conversation: as much as a table or a card of a record needs, and no walls of JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import orjson

from dealwright._one_line import one_line
from dealwright.connectors import pages
from dealwright.connectors.answers import Answer
from dealwright.contract import references
from dealwright.contract.app.integration import conversations as contract
from dealwright.contract.catalogue import Entry

MAX_ROWS = 50
MAX_COLUMNS = 5
MAX_MEMBERS = 24
_MIN_MEMBERS = 3
MAX_CELL_LENGTH = 300

Readable = Callable[[list[Any]], list[Any]]

_TITLES = ("title", "name", "subject", "content", "label", "summary")
_LIKED = (
    *("organization", "org", "org_name", "org_id", "person", "person_name", "person_id", "email", "emails"),
    *("phone", "phones", "type", "stage", "stage_id", "status", "value", "amount", "price", "prices", "done"),
    *("due_date", "expected_close_date", "close_time", "time", "date", "owner", "owner_name", "owner_id", "user"),
)
"""What people look for in a record, the most first."""

_DULL = re.compile(
    r"(^id$|_id$|_ids$|^(add|update|local_).*_time$|^is_deleted$|^visible_to$|_count$|url$|picture|^active_flag$|^cc_email$|^order|_order$)"
)
"""What stands in every record and is looked for in few; left out of tables while there is something else."""

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")
_AMOUNTS = re.compile(r"(^|_)(value|amount|price|sum|total|cost)$")


def reduce(entry: Entry, params: Mapping[str, Any], answer: Answer, readable: Readable) -> contract.ShownRecords:
    """Returns what is shown of an answer; ``readable`` puts names in place of ids."""
    body = answer.body
    shown: contract.ShownRecords = {
        "shown_as": "nothing",
        "object": references.owner(entry.path),
        "columns": [],
        "rows": [],
        "count": 0,
        "has_more": False,
        "text": None,
    }
    if isinstance(body, bytes | str):
        return {**shown, "shown_as": "text", "text": _told(body)}
    data = body.get("data") if isinstance(body, Mapping) and "data" in body else body
    items = [_item(one) for one in pages.items(body)]
    if isinstance(data, list) or (isinstance(data, Mapping) and isinstance(data.get("items"), list)):
        more = pages.next_params(body, params, entry.paging, len(items)) is not None
        shown = {**shown, "count": len(items), "has_more": more}
        return {**shown, **_table(readable(items[:MAX_ROWS]))} if items else shown
    if isinstance(data, Mapping) and data:
        return {**shown, "count": 1, **_record(readable([data])[0])}
    if data is None or data in ({}, []):
        return shown
    return {**shown, "shown_as": "text", "text": _text(data)}


def _table(items: Sequence[Any]) -> Any:
    if not all(isinstance(one, Mapping) for one in items):
        columns: list[contract.AnswerColumn] = [{"key": "value", "kind": "text"}]
        rows = [{"id": None, "cells": [_text(one)], "currency": None} for one in items]
        return {"shown_as": "table", "columns": columns, "rows": rows}
    flat = [_flat(one) for one in items]
    return {"shown_as": "table", **_columns_and_rows(flat, _chosen(flat))}


def _record(item: Mapping[str, Any]) -> Any:
    flat = _flat(item)
    told = [key for key in _ordered([flat]) if not _DULL.search(key)]
    if len(told) < _MIN_MEMBERS:
        told = _ordered([flat])
    return {"shown_as": "record", **_columns_and_rows([flat], told[:MAX_MEMBERS])}


def _columns_and_rows(flat: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> Any:
    kinds = {key: _kind(key, [one.get(key) for one in flat]) for key in keys}
    rows: list[contract.AnswerRow] = [
        {
            "id": None if one.get("id") is None else str(one["id"]),
            "cells": [_cell(one.get(key), kinds[key]) for key in keys],
            "currency": one["currency"] if isinstance(one.get("currency"), str) else None,
        }
        for one in flat
    ]
    return {"columns": [{"key": key, "kind": kinds[key]} for key in keys], "rows": rows}


def _chosen(flat: Sequence[Mapping[str, Any]]) -> list[str]:
    """Returns the members that are columns of a table: those that tell one record from another come first."""
    ordered = _ordered(flat)
    title, rest = ordered[:1], [key for key in ordered[1:] if "." not in key and not _DULL.search(key)]
    telling = [key for key in rest if len({str(one.get(key)) for one in flat}) > 1]
    chosen = {*title, *[*telling, *(key for key in rest if key not in telling)][: MAX_COLUMNS - 1]}
    return [key for key in ordered if key in chosen] if rest else ordered[:MAX_COLUMNS]


def _ordered(flat: Sequence[Mapping[str, Any]]) -> list[str]:
    """Returns the members that are filled, those that people look for first."""
    keys = dict.fromkeys(key for one in flat for key in one)
    filled = [key for key in keys if key != "currency" and any(one.get(key) not in (None, "", [], {}) for one in flat)]
    titles = [key for key in _TITLES if key in filled][:1]
    liked = [key for key in _LIKED if key in filled and key not in titles]
    rest = [key for key in filled if key not in (*titles, *liked)]
    return [
        *titles,
        *liked,
        *(key for key in rest if not _DULL.search(key)),
        *(key for key in rest if _DULL.search(key)),
    ]


def _flat(item: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the members of a record; those of an object that has no name of its own under names with dots."""
    flat: dict[str, Any] = {}
    for key, value in item.items():
        if isinstance(value, Mapping) and value and not {"name", "title", "label", "value"} & {*value}:
            flat |= {f"{key}.{inner}": one for inner, one in value.items()}
        else:
            flat[key] = value
    return flat


def _kind(key: str, values: Iterable[Any]) -> contract.CellKind:
    known = [value for value in values if value not in (None, "")]
    if known and all(isinstance(one, bool) for one in known):
        return "flag"
    if known and all(isinstance(one, int | float) and not isinstance(one, bool) for one in known):
        if _AMOUNTS.search(key):
            return "money"
        return "text" if _DULL.search(key) else "number"
    if known and all(isinstance(one, str) and _DATE.fullmatch(one) for one in known):
        return "date"
    return "time" if known and all(isinstance(one, str) and _TIME.fullmatch(one) for one in known) else "text"


def _cell(value: Any, kind: contract.CellKind) -> Any:
    if value is None or kind in ("flag", "number", "money"):
        return value
    text = _text(value)
    if kind == "time" and not text.endswith("Z") and "+" not in text:
        # Times without a zone are those of UTC.
        return f"{text.replace(' ', 'T')}Z"
    return text


def _text(value: Any) -> str:
    """Returns a value in one line, cut where it is long."""
    if isinstance(value, Mapping):
        named = next((value[name] for name in ("name", "title", "label", "value") if value.get(name)), None)
        value = named if named is not None else orjson.dumps(value).decode()
    if isinstance(value, list):
        value = ", ".join(_text(one) for one in value[:20])
    return _line(str(value))


def _told(body: bytes | str) -> str:
    return f"A file of {len(body):,} bytes" if isinstance(body, bytes) else _line(body)


def _line(text: str) -> str:
    line = one_line(text[: 4 * MAX_CELL_LENGTH])
    return f"{line[:MAX_CELL_LENGTH]}…" if len(line) > MAX_CELL_LENGTH else line


def _item(one: Any) -> Any:
    """Returns an item of a list; that of a search stands beside its score."""
    return one["item"] if isinstance(one, Mapping) and isinstance(one.get("item"), Mapping) else one
