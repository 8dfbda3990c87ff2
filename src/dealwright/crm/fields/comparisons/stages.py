"""Comparing what is particular about deals: their stages, when they entered them, and their status."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from dealwright.crm.fields.comparisons.choices import Choice, ChoiceComparison, chosen
from dealwright.crm.fields.comparisons.days import ORDERED, DateComparison
from dealwright.crm.fields.comparisons.kind import EQUALITY, Test
from dealwright.crm.fields.comparisons.places import Linked
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm
from dealwright.storage.tables import deal_stages, deals

HAS_BEEN = "has_been"


class StageComparison(ChoiceComparison):
    """For stages: the present one, or any that a deal has stood in. With a stage as ``extra_value``: when it was entered."""

    def criterion(self, test: Test) -> sa.ColumnElement[bool]:
        if not test.extra:
            return super().criterion(test)
        stage_id = chosen(test._replace(value=test.extra), self.choices(test.crm, test.field))
        entered = Linked(deal_stages.c.entered_time, _passed(stage_id))
        return ENTERED_STAGE.criterion(test._replace(place=entered, extra=None))

    def holds(self, test: Test) -> sa.ColumnElement[bool]:
        if test.operator == HAS_BEEN:
            return sa.exists(sa.select(sa.literal_column("1")).select_from(deal_stages).where(_passed(self.read(test))))
        return super().holds(test)

    def choices(self, crm: Crm, field: Field) -> Iterable[Choice]:
        return crm.settings.stages.keys()


class StatusComparison(ChoiceComparison):
    """For the status of a deal. A deleted one is in no list."""

    def holds(self, test: Test) -> sa.ColumnElement[bool]:
        return sa.false() if self.read(test) == "deleted" else super().holds(test)

    def choices(self, crm: Crm, field: Field) -> Iterable[Choice]:
        return ("open", "won", "lost", "deleted")


def _passed(stage_id: Choice) -> sa.ColumnElement[bool]:
    return (deal_stages.c.deal_id == deals.c.id) & (deal_stages.c.stage_id == stage_id)


STAGE = StageComparison("stage", {**EQUALITY, HAS_BEEN: "has been in"})
ENTERED_STAGE = DateComparison("entered_stage", ORDERED)
STATUS = StatusComparison("status", EQUALITY)
