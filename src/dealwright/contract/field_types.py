"""The types that fields of records can have, in both versions of the API."""

from __future__ import annotations

from typing import Literal

CustomFieldType = Literal[
    "address",
    "date",
    "daterange",
    "double",
    "enum",
    "monetary",
    "org",
    "people",
    "phone",
    "set",
    "text",
    "time",
    "timerange",
    "user",
    "varchar",
    "varchar_auto",
]
"""The types of the fields that can be created for every kind of record."""

FieldType = Literal[
    CustomFieldType,
    "activity",
    "billing_frequency",
    "boolean",
    "deal",
    "deals",
    "int",
    "json",
    "lead",
    "picture",
    "price_list",
    "project",
    "projects_board",
    "projects_phase",
    "stage",
    "status",
    "varchar_options",
    "visible_to",
]
"""The types of all fields, those of the system among them."""
