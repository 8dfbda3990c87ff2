"""Values as v1 writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dealwright.contract.v1.references import ContactValue
from dealwright.crm.fields import labels
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.contact_values import ADDRESS_PARTS
from dealwright.crm.values.formats import Values, loads


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


def join_address(values: Values, name: str, stored: Callable[[], str | None]) -> None:
    """Joins the parts of an address in a body with its whole text, under ``name``.

    Parts without a whole text change those of the address that ``stored`` returns.
    """
    parts = {part: values.pop(f"{name}_{part}") for part in ADDRESS_PARTS if f"{name}_{part}" in values}
    if parts and name in values:
        values[name] = {"value": values[name], **parts}
    elif parts:
        before = stored()
        values[name] = {**(loads(before) if before else {}), **parts}


def parse_labels(crm: UnitOfWork, object: RecordTypeName, values: Values) -> None:
    """Turns ``label`` and ``label_ids`` of a body into the ``label_ids`` to store. Raises `Invalid` for an unknown label.

    Given ``label_ids`` stay only if they begin with what is given as ``label``.
    """
    given = {
        name: labels.parse_label_ids(crm, object, values[name], name)
        for name in ("label", "label_ids")
        if name in values
    }
    if "label" in given:
        first, ids = given.pop("label"), given.get("label_ids", [])
        given["label_ids"] = ids if first and ids[: len(first)] == first else first
        del values["label"]
    values |= {name: list(ids) for name, ids in given.items()}
