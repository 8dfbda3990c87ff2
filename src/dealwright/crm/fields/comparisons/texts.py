"""Comparing texts, whatever their case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from dealwright.crm import dialects
from dealwright.crm.errors import Invalid
from dealwright.crm.fields.comparisons.kind import EQUALITY, NULL_TESTS, Comparison, Test, unfit

LIKE = {
    "LIKE '%$%'": "contains",
    "LIKE '$%'": "starts with",
    "NOT LIKE '$%'": "does not start with",
}
DEPRECATED = {
    "NOT LIKE '%$%'": "does not contain",
    "LIKE '%$'": "ends with",
    "NOT LIKE '%$'": "does not end with",
}
LABELS = {**EQUALITY, **NULL_TESTS, **LIKE}
OF_TITLES = {"=": "is", **LIKE}
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
"""The parts of an address that can be tested for themselves, with their names."""

# SQLite takes no longer patterns than 50,000 bytes.
LONGEST = 5000


class TextComparison(Comparison):
    """For texts."""

    deprecated = DEPRECATED

    def holds(self, test: Test) -> sa.ColumnElement[bool]:
        dialect = test.crm.dialect
        stored = self.stored(test)
        if test.operator == "IS NOT NULL":
            return test.place.any(stored != "")
        # Both sides have lost their case in the same way.
        stored, value = dialects.lowered(dialect, stored), self.read(test)
        if test.operator == "=":
            return test.place.any(stored == value)
        if test.operator == "LIKE '%$%'":
            return test.place.any(stored.contains(value, autoescape=True))
        if test.operator == "LIKE '$%'":
            return test.place.any(stored.startswith(value, autoescape=True))
        return test.place.any(stored.endswith(value, autoescape=True))

    def read(self, test: Test) -> Any:
        value = test.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value:
            raise unfit(test, "a text")
        if len(value) > LONGEST:
            raise Invalid(f"a text has at most {LONGEST} characters here")
        return value.lower()


class AddressComparison(TextComparison):
    """For addresses: their whole text, or the part that ``extra_value`` names."""

    def criterion(self, test: Test) -> sa.ColumnElement[bool]:
        self.check_extra(test)
        return super().criterion(test._replace(place=test.place.part(test.extra or "value"), extra=None))

    def check_extra(self, test: Test) -> None:
        if test.extra and test.extra != "value" and test.extra not in ADDRESS_COMPONENTS:
            raise Invalid(f"extra_value {test.extra!r} is no part of an address")


VARCHAR = TextComparison("varchar", LABELS)
TITLE = TextComparison("title", OF_TITLES)
ADDRESS = AddressComparison("varchar", LABELS)
