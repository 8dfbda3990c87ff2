"""Comparisons of references to users and to other records."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from dealwright.crm.fields.comparisons.choices import ChoiceComparison, ChoiceValue
from dealwright.crm.fields.comparisons.comparison import (
    EQUALITY_LABELS,
    NULL_LABELS,
    Comparison,
    FieldLookup,
    KeyComparison,
    invalid_value,
)
from dealwright.crm.fields.parsing import parse_number
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel.unit_of_work import UnitOfWork

LABELS = {**EQUALITY_LABELS, **NULL_LABELS}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


BELONGS_TO_TEAM = "belongs_to_team"


class LinkComparison(KeyComparison):
    """For references to records, by their ids."""

    def parse_value(self, lookup: FieldLookup) -> Any:
        given = parse_number(lookup.value)
        if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            raise invalid_value(lookup, f"the id of a {self.name}")
        return given


class LeadComparison(Comparison):
    """For references to leads, by their UUIDs."""

    def parse_value(self, lookup: FieldLookup) -> Any:
        if not isinstance(lookup.value, str) or not _UUID.fullmatch(lookup.value.lower()):
            raise invalid_value(lookup, "the id of a lead")
        return lookup.value.lower()


class UserComparison(ChoiceComparison):
    """For users, deactivated ones included."""

    def positive_criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        if lookup.operator == BELONGS_TO_TEAM:
            members = lookup.crm.company_data.team_members.get(_team_id(lookup), frozenset())
            return lookup.expression.any(lookup.expression.number().in_(sorted(members)))
        return super().positive_criterion(lookup)

    def choices(self, crm: UnitOfWork, field: Field) -> Iterable[ChoiceValue]:
        return crm.company_data.users.keys()


def _team_id(lookup: FieldLookup) -> int:
    """Returns the id of the team that a condition names, which may be sent as text. Raises `Invalid`."""
    given = parse_number(lookup.value)
    team = lookup.crm.company_data.teams.get(given) if isinstance(given, int) and not isinstance(given, bool) else None
    if team is None or team.is_deleted:
        raise invalid_value(lookup, "a team")
    return team.id


DEAL = LinkComparison("deal", LABELS)
PRODUCT = LinkComparison("product", LABELS)
PERSON = LinkComparison("person", LABELS)
ORGANIZATION = LinkComparison("organization", LABELS)
PROJECT = LinkComparison("project", LABELS)
BOARD = LinkComparison("board", EQUALITY_LABELS)
PHASE = LinkComparison("phase", EQUALITY_LABELS)
LEAD = LeadComparison("lead", LABELS)
USER = UserComparison("user", {**LABELS, BELONGS_TO_TEAM: "is in the team"})
