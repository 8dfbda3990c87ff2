"""Recents: which records changed since a moment, each once, in the order of their last changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm import access, changes, pages
from dealwright.crm.kinds import Kind, Object
from dealwright.crm.pages import OffsetPage
from dealwright.crm.unit import Crm
from dealwright.crm.values import moment3
from dealwright.storage import tables


class Recent(NamedTuple):
    """That a record changed; ``time`` is that of its last change, in whole seconds."""

    object: Object
    id: int
    time: str


def page(
    crm: Crm, kinds: Collection[Kind[Any]], since: datetime, *, start: int = 0, limit: int | None = None
) -> OffsetPage[Recent]:
    """The records of some kinds that changed at or after a moment, as far as the actor sees them; deleted ones too."""
    columns, size = tables.changes.c, pages.clamped(limit)
    last = sa.func.max(columns.time)
    statement = (
        sa.select(columns.object, columns.record_id, last)
        .where(
            columns.time >= moment3(since),
            columns.action.in_(changes.OF_RECORDS),
            sa.or_(sa.false(), *(_of_kind(crm, kind) for kind in kinds)),
        )
        .group_by(columns.object, columns.record_id)
        .order_by(last, sa.func.max(columns.id))
        .limit(size + 1)
        .offset(start)
    )
    found = [Recent(object, id, time[:19]) for object, id, time in crm.db.rows(statement)]
    return OffsetPage(found[:size], start, size, len(found) > size)


def _of_kind(crm: Crm, kind: Kind[Any]) -> sa.ColumnElement[bool]:
    columns = tables.changes.c
    criterion = access.visible(crm, kind)
    is_kind = columns.object == kind.object
    if criterion is None:
        return is_kind
    return is_kind & sa.exists().where(kind.table.c.id == columns.record_id, criterion)
