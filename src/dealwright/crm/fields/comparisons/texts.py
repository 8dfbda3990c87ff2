"""Comparisons of texts, without regard to case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from dealwright.crm.errors import Invalid
from dealwright.crm.fields.comparisons.comparison import (
    EQUALITY_LABELS,
    NULL_LABELS,
    Comparison,
    FieldLookup,
    invalid_value,
)
from dealwright.crm.kernel import sql_functions

LIKE_LABELS = {
    "LIKE '%$%'": "contains",
    "LIKE '$%'": "starts with",
    "NOT LIKE '$%'": "does not start with",
}
DEPRECATED = {
    "NOT LIKE '%$%'": "does not contain",
    "LIKE '%$'": "ends with",
    "NOT LIKE '%$'": "does not end with",
}
LABELS = {**EQUALITY_LABELS, **NULL_LABELS, **LIKE_LABELS}
TITLE_LABELS = {"=": "is", **LIKE_LABELS}
ADDRESS_COMPONENTS: Mapping[str, str] = {
    "subpremise": "Apartment",
    "street_number": "House number",
    "route": "Street",
    "sublocality": "District",
    "locality": "City",
    "admin_area_level_1": "State",
    "admin_area_level_2": "County",
    "country": "Country",
    "postal_code": "Postal code",
    "formatted_address": "Full address",
}
"""The parts of an address that can be tested separately, with their labels."""

# SQLite's limit for patterns is 50,000 bytes.
MAX_TEXT_LENGTH = 5000


class TextComparison(Comparison):
    """For texts."""

    deprecated = DEPRECATED

    def positive_criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        dialect = lookup.crm.dialect
        stored = self.stored_value(lookup)
        if lookup.operator == "IS NOT NULL":
            return lookup.expression.any(stored != "")
        # Both sides are in lower case, by the same rules.
        stored, value = sql_functions.lower(dialect, stored), self.parse_value(lookup)
        if lookup.operator == "=":
            return lookup.expression.any(stored == value)
        if lookup.operator == "LIKE '%$%'":
            return lookup.expression.any(stored.contains(value, autoescape=True))
        if lookup.operator == "LIKE '$%'":
            return lookup.expression.any(stored.startswith(value, autoescape=True))
        return lookup.expression.any(stored.endswith(value, autoescape=True))

    def parse_value(self, lookup: FieldLookup) -> Any:
        value = lookup.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value:
            raise invalid_value(lookup, "a text")
        if len(value) > MAX_TEXT_LENGTH:
            raise Invalid(f"a text has at most {MAX_TEXT_LENGTH} characters here")
        return value.lower()


class AddressComparison(TextComparison):
    """For addresses: the whole text, or the part that ``extra_value`` names."""

    def criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        self.check_extra(lookup)
        return super().criterion(
            lookup._replace(expression=lookup.expression.part(lookup.extra or "value"), extra=None)
        )

    def check_extra(self, lookup: FieldLookup) -> None:
        if lookup.extra and lookup.extra != "value" and lookup.extra not in ADDRESS_COMPONENTS:
            raise Invalid(f"extra_value {lookup.extra!r} is no part of an address")


VARCHAR = TextComparison("varchar", LABELS)
TITLE = TextComparison("title", TITLE_LABELS)
ADDRESS = AddressComparison("varchar", LABELS)
