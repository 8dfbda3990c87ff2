"""Names, e-mail addresses, phone numbers and postal addresses: the forms that they are given in and the one they are stored in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dealwright._json import Json
from dealwright.crm.errors import Invalid

ADDRESS_PARTS = (
    "street_number",
    "route",
    "subpremise",
    "sublocality",
    "locality",
    "admin_area_level_1",
    "admin_area_level_2",
    "country",
    "postal_code",
    "formatted_address",
)
"""What an address consists of, beside its ``value``, the whole as one text."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def split_name(name: str) -> tuple[str, str | None]:
    """First and last name: the last word is the last name, when there are several."""
    first, _, last = name.rpartition(" ")
    return (first.strip(), last) if first else (last, None)


def joined_name(first: str | None, last: str | None) -> str:
    """The whole name."""
    return " ".join(part.strip() for part in (first, last) if part and part.strip())


def first_char(name: str) -> str:
    """What the letter filter of v1 goes by."""
    return name[:1].lower()[:1]


def values(given: Json, path: str) -> list[Json]:
    """E-mail addresses, phone numbers or messenger names to store: each with its label, one of them primary.

    Takes a text, or a list of texts and of objects with ``value``, ``primary`` and ``label``; empty ones are left out. The first is
    primary unless another is said to be. Raises `Invalid` when several are.
    """
    found: list[dict[str, Json]] = []
    for entry in given if isinstance(given, list) else [given]:
        item = entry if isinstance(entry, dict) else {"value": entry}
        value = str(item.get("value") or "").strip()
        if value:
            label = item.get("label") or "work"
            found.append({"value": value, "primary": bool(item.get("primary")), "label": label})
    if sum(1 for item in found if item["primary"]) > 1:
        raise Invalid("Only one can be primary", path)
    if found and not any(item["primary"] for item in found):
        found[0]["primary"] = True
    return list(found)


def has_email(stored: Json) -> bool:
    """Whether there is an e-mail address among those stored that mail can go to."""
    found = stored if isinstance(stored, list) else []
    return any(isinstance(item, dict) and _EMAIL.fullmatch(str(item["value"])) for item in found)


def address(given: Json) -> Json:
    """An address to store, from a text or from its parts; what is not given is empty. None for none."""
    given_parts = given if isinstance(given, dict) else {"value": given}
    parts = {name: given_parts.get(name) or None for name in ADDRESS_PARTS}
    whole = given_parts.get("value") or parts["formatted_address"] or _one_line(parts)
    return {"value": whole, **parts} if whole else None


def _one_line(parts: Mapping[str, Json]) -> str:
    """The whole of an address of which only the parts are given."""
    lines = (
        ("route", "street_number", "subpremise"),
        ("postal_code", "locality"),
        ("admin_area_level_1",),
        ("country",),
    )
    words = (" ".join(str(parts[name]) for name in names if parts[name]) for names in lines)
    return ", ".join(line for line in words if line)
