"""How v1 writes values."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright.contract.v1.references import ContactValue
from dealwright.crm.contacts import ADDRESS_PARTS
from dealwright.crm.values import Values, loads


def iso_time(stored: str) -> str:
    """A moment that is stored with milliseconds, as newer kinds of records write it."""
    # PostgreSQL leaves out the zeros at the end.
    return f"{stored[:10]}T{stored[11:19]}.{stored[20:]:0<3}Z"


def contacts(stored: str) -> list[ContactValue]:
    """E-mail addresses or phone numbers; an empty one for none."""
    found: list[ContactValue] = loads(stored)
    return found or [{"value": "", "primary": True}]


def address(name: str, stored: str | None) -> dict[str, str | None]:
    """An address and its parts, each in a property of its own that begins with ``name``; parts that are not set are empty."""
    if stored is None:
        return dict.fromkeys([name, *(f"{name}_{part}" for part in ADDRESS_PARTS)])
    parts: Mapping[str, str | None] = loads(stored)
    return {name: parts["value"], **{f"{name}_{part}": parts.get(part) or "" for part in ADDRESS_PARTS}}


def merge_labels(values: Values) -> None:
    """Turns the ``label`` of a body into ``label_ids``. It wins, unless both say the same."""
    if "label" in values:
        label, ids = values.pop("label"), values.get("label_ids")
        if not (isinstance(ids, list) and ids[:1] == [label]):
            values["label_ids"] = [] if label is None else [label]
