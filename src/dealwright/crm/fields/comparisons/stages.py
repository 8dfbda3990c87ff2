"""Comparisons that only deals have: their stages, the times when they entered them, and their status."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from dealwright.crm.fields.comparisons.choices import ChoiceComparison, ChoiceValue, match_choice
from dealwright.crm.fields.comparisons.comparison import EQUALITY_LABELS, IS_SET, FieldLookup
from dealwright.crm.fields.comparisons.days import DATE_LABELS, DateComparison
from dealwright.crm.fields.comparisons.value_expressions import RelatedRows
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.tables import deal_stages, deals

HAS_BEEN = "has_been"


class StageComparison(ChoiceComparison):
    """For stages: the present one, or any that a deal has been in.

    With a stage as ``extra_value``: the time of entering it.
    """

    def criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        if not lookup.extra:
            return super().criterion(lookup)
        stage_id = match_choice(lookup._replace(value=lookup.extra), self.choices(lookup.crm, lookup.field))
        entered = RelatedRows(deal_stages.c.entered_time, _has_entered(stage_id))
        return ENTERED_STAGE.criterion(lookup._replace(expression=entered, extra=None))

    def positive_criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        if lookup.operator == HAS_BEEN:
            return sa.exists(
                sa.select(sa.literal_column("1")).select_from(deal_stages).where(_has_entered(self.parse_value(lookup)))
            )
        return super().positive_criterion(lookup)

    def choices(self, crm: UnitOfWork, field: Field) -> Iterable[ChoiceValue]:
        return crm.company_data.stages.keys()


class StatusComparison(ChoiceComparison):
    """For the status of a deal. A deleted deal is in no list."""

    def positive_criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        names_deleted = lookup.operator != IS_SET and self.parse_value(lookup) == "deleted"
        return sa.false() if names_deleted else super().positive_criterion(lookup)

    def choices(self, crm: UnitOfWork, field: Field) -> Iterable[ChoiceValue]:
        return ("open", "won", "lost", "deleted")


def _has_entered(stage_id: ChoiceValue) -> sa.ColumnElement[bool]:
    return (deal_stages.c.deal_id == deals.c.id) & (deal_stages.c.stage_id == stage_id)


STAGE = StageComparison("stage", {**EQUALITY_LABELS, HAS_BEEN: "has been in"})
ENTERED_STAGE = DateComparison("entered_stage", DATE_LABELS)
STATUS = StatusComparison("status", EQUALITY_LABELS)
