"""Values as v1 writes them."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright.contract.v1.references import ContactValue
from dealwright.crm.values.contact_values import ADDRESS_PARTS
from dealwright.crm.values.formats import Values, loads


def iso_time(stored: str) -> str:
    """Returns a time that is stored with milliseconds as newer kinds of records write it."""
    # PostgreSQL leaves out the zeros at the end.
    return f"{stored[:10]}T{stored[11:19]}.{stored[20:]:0<3}Z"


def contact_values(stored: str) -> list[ContactValue]:
    """Returns stored e-mail addresses or phone numbers; one empty value when there are none."""
    found: list[ContactValue] = loads(stored)
    return found or [{"value": "", "primary": True}]


def address(name: str, stored: str | None) -> dict[str, str | None]:
    """Returns a stored address and its parts as properties that begin with ``name``.

    Parts that are not set are empty texts; without an address, all properties are None.
    """
    if stored is None:
        return dict.fromkeys([name, *(f"{name}_{part}" for part in ADDRESS_PARTS)])
    parts: Mapping[str, str | None] = loads(stored)
    return {name: parts["value"], **{f"{name}_{part}": parts.get(part) or "" for part in ADDRESS_PARTS}}


def merge_labels(values: Values) -> None:
    """Turns the ``label`` of a body into ``label_ids``. Given ``label_ids`` stay only if they begin with it."""
    if "label" in values:
        label, ids = values.pop("label"), values.get("label_ids")
        if not (isinstance(ids, list) and ids[:1] == [label]):
            values["label_ids"] = [] if label is None else [label]
