"""The fixed attributes of a system field. The others are in a row of the table of fields, as for a custom field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class FixedOption(NamedTuple):
    """An option that no company can change."""

    id: int | str | bool
    label: str


class InitialOption(NamedTuple):
    """An option that a new company starts with. ``alt_id`` is its name for programs."""

    label: str
    color: str | None = None
    alt_id: str | None = None


class SystemField(NamedTuple):
    """A system field with its v1 key; ``code`` is its code in v2 where that differs.

    ``bulk``: many records can be changed at once. ``form``: the form for a new record shows it. ``on_request``: v2
    shows its value only on request. ``comparison_name``: the comparison that filters use, where it does not follow from
    the type.
    """

    key: str
    name: str
    field_type: str
    code: str = ""
    bulk: bool = False
    form: bool = False
    on_request: bool = False
    mandatory: bool | Mapping[str, str] = False
    comparison_name: str = ""
    fixed_options: tuple[FixedOption, ...] = ()
    initial_options: tuple[InitialOption, ...] = ()


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
    InitialOption("Customer", "green"),
    InitialOption("Hot lead", "red"),
    InitialOption("Warm lead", "yellow"),
    InitialOption("Cold lead", "blue"),
)

ACTIVITY_COUNTS = (
    SystemField("activities_count", "Total activities", "int", on_request=True),
    SystemField("done_activities_count", "Done activities", "int", on_request=True),
    SystemField("undone_activities_count", "Activities to do", "int", on_request=True),
    SystemField("email_messages_count", "Email messages count", "int", on_request=True),
)
"""How many activities and email messages there are about a deal, an organization or a person."""
