"""What is fixed about a field of the system: the rest of it is a row of the table of fields, like that of a custom one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class FixedOption(NamedTuple):
    """A choice that no company can change."""

    id: int | str | bool
    label: str


class FirstOption(NamedTuple):
    """A choice that a new company starts with. ``alt_id`` is what programs call it."""

    label: str
    color: str | None = None
    alt_id: str | None = None


class SystemField(NamedTuple):
    """A field of the system, under its v1 key; ``code`` is the one of v2 where that differs.

    ``bulk``: many records can be changed at once. ``form``: the form for a new record shows it. ``on_request``: v2 shows
    its value only when asked to. ``compared_as``: what filters take its values for, where that does not follow from the type.
    """

    key: str
    name: str
    field_type: str
    code: str = ""
    bulk: bool = False
    form: bool = False
    on_request: bool = False
    mandatory: bool | Mapping[str, str] = False
    compared_as: str = ""
    fixed_options: tuple[FixedOption, ...] = ()
    first_options: tuple[FirstOption, ...] = ()


VISIBLE_TO = SystemField(
    "visible_to",
    "Visible to",
    "visible_to",
    bulk=True,
    fixed_options=(
        FixedOption(1, "Item owner"),
        FixedOption(3, "Item owner's visibility group"),
        FixedOption(5, "Item owner's visibility group and sub-groups"),
        FixedOption(7, "All users"),
    ),
)

CONTACT_LABELS = (
    FirstOption("Customer", "green"),
    FirstOption("Hot lead", "red"),
    FirstOption("Warm lead", "yellow"),
    FirstOption("Cold lead", "blue"),
)
