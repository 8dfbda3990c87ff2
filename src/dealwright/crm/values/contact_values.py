"""Names, e-mail addresses, phone numbers and postal addresses: parses the formats of requests into the stored one."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.values.formats import Values

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
"""The parts of an address, besides its ``value``, which is the whole as one text."""


def split_name(name: str) -> tuple[str, str | None]:
    """Returns first and last name: the last word is the last name, when there are several words."""
    first, _, last = name.rpartition(" ")
    return (first.strip(), last) if first else (last, None)


def join_name(first: str | None, last: str | None) -> str:
    """Returns the full name."""
    return " ".join(part.strip() for part in (first, last) if part and part.strip())


def first_char(name: str) -> str:
    """Returns the character that v1's letter filter compares."""
    return name[:1].lower()[:1]


def name_values(raw: Json) -> Values:
    """Returns the name of an organization or a product to store, and what the letter filter goes by. Raises `Invalid` for none."""
    name = str(raw or "").strip()
    if not name:
        raise Invalid("is required", "name")
    return {"name": name, "first_char": first_char(name)}


def parse_values(raw: Json, path: str) -> list[Json]:
    """Returns e-mail addresses, phone numbers or messenger names as stored: each with its label, one of them primary.

    Takes a text, or a list of texts and of objects with ``value``, ``primary`` and ``label``; empty ones are left out.
    The first is primary unless another one is marked. Raises `Invalid` when several are.
    """
    found: list[dict[str, Json]] = []
    for entry in raw if isinstance(raw, list) else [raw]:
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


def has_email(emails: Json) -> bool:
    """Whether one of the stored e-mail addresses is one that mail can be sent to."""
    found = emails if isinstance(emails, list) else []
    return any(isinstance(item, dict) and is_email(str(item["value"])) for item in found)


def is_email(text: str, *, with_dot: bool = True) -> bool:
    """Whether a text looks like an e-mail address; ``with_dot`` asks for a dot inside of its domain."""
    name, _, domain = text.partition("@")
    if not name or not domain or "@" in domain or len(text.split()) != 1 or text != text.strip():
        return False
    return not with_dot or "." in domain[1:-1]


def parse_address(raw: Json) -> Json:
    """Returns an address as stored, from a text or from its parts; missing parts are None. None for no address."""
    raw_parts = raw if isinstance(raw, dict) else {"value": raw}
    parts = {name: raw_parts.get(name) or None for name in ADDRESS_PARTS}
    whole = raw_parts.get("value") or parts["formatted_address"] or _format_address(parts)
    return {"value": whole, **parts} if whole else None


def _format_address(parts: Mapping[str, Json]) -> str:
    """Returns the whole text of an address of which only the parts are given."""
    lines = (
        ("route", "street_number", "subpremise"),
        ("postal_code", "locality"),
        ("admin_area_level_1",),
        ("country",),
    )
    words = (" ".join(str(parts[name]) for name in names if parts[name]) for names in lines)
    return ", ".join(line for line in words if line)
