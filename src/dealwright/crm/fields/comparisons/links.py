"""Comparing links to users and to other records."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from dealwright.crm.fields.comparisons.choices import Choice, ChoiceComparison
from dealwright.crm.fields.comparisons.kind import EQUALITY, NULL_TESTS, Comparison, Test, unfit
from dealwright.crm.fields.reading import number
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm

LABELS = {**EQUALITY, **NULL_TESTS}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class LinkComparison(Comparison):
    """For links to records, by their ids."""

    def holds(self, test: Test) -> sa.ColumnElement[bool]:
        return test.place.has(self.read(test)) if test.operator == "=" else super().holds(test)

    def stored(self, test: Test) -> sa.ColumnElement[Any]:
        return test.place.number()

    def read(self, test: Test) -> Any:
        given = number(test.value)
        if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            raise unfit(test, f"the id of a {self.name}")
        return given


class LeadComparison(Comparison):
    """For links to leads, by their UUIDs."""

    def read(self, test: Test) -> Any:
        if not isinstance(test.value, str) or not _UUID.fullmatch(test.value.lower()):
            raise unfit(test, "the id of a lead")
        return test.value.lower()


class UserComparison(ChoiceComparison):
    """For users, deactivated ones included."""

    def holds(self, test: Test) -> sa.ColumnElement[bool]:
        if test.operator == "belongs_to_team":
            # There are no teams so far.
            raise unfit(test, "a team")
        return super().holds(test)

    def choices(self, crm: Crm, field: Field) -> Iterable[Choice]:
        return crm.settings.users.keys()


DEAL = LinkComparison("deal", LABELS)
PRODUCT = LinkComparison("product", LABELS)
PERSON = LinkComparison("person", LABELS)
ORGANIZATION = LinkComparison("organization", LABELS)
PROJECT = LinkComparison("project", LABELS)
LEAD = LeadComparison("lead", LABELS)
USER = UserComparison("user", {**LABELS, "belongs_to_team": "is in the team"})
