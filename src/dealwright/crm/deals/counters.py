"""Counts on deals that are derived from their participants."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel.counters import count, write_counts
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.tables import deal_participants


def recount_participants(crm: UnitOfWork, deal_ids: Iterable[int]) -> None:
    """Recomputes the participant counts of deals."""
    write_counts(crm, DEAL, deal_ids, _participant_counts())


@functools.cache
def _participant_counts() -> dict[str, sa.ColumnElement[Any]]:
    return {"participants_count": count(deal_participants, deal_participants.c.deal_id == DEAL.table.c.id)}
