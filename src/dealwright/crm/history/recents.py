"""Recents: the records that changed since a given time, each once, in the order of their last changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.kernel import access, changes, pages
from dealwright.crm.kernel.pages import OffsetPage
from dealwright.crm.kernel.record_types import RecordType, RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import format_time_ms
from dealwright.storage import tables


class Recent(NamedTuple):
    """A record that changed; ``time`` is that of its last change, in whole seconds."""

    object: RecordTypeName
    id: int
    time: str


def list_recents(
    crm: UnitOfWork, kinds: Collection[RecordType[Any]], since: datetime, *, start: int = 0, limit: int | None = None
) -> OffsetPage[Recent]:
    """Returns a page of the records of some types that changed at or after ``since``; deleted ones are included.

    Records that the actor may not see are left out.
    """
    columns, size = tables.changes.c, pages.page_size(limit)
    last = sa.func.max(columns.time)
    statement = (
        sa.select(columns.object, columns.record_id, last)
        .where(
            columns.time >= format_time_ms(since),
            columns.action.in_(changes.RECORD_ACTIONS),
            sa.or_(sa.false(), *(_type_criterion(crm, kind) for kind in kinds)),
        )
        .group_by(columns.object, columns.record_id)
        .order_by(last, sa.func.max(columns.id))
        .limit(size + 1)
        .offset(start)
    )
    found = [Recent(object, id, time[:19]) for object, id, time in crm.db.rows(statement)]
    return OffsetPage(found[:size], start, size, len(found) > size)


def _type_criterion(crm: UnitOfWork, kind: RecordType[Any]) -> sa.ColumnElement[bool]:
    columns = tables.changes.c
    criterion = access.visible(crm, kind)
    is_kind = columns.object == kind.object
    if criterion is None:
        return is_kind
    return is_kind & sa.exists().where(kind.table.c.id == columns.record_id, criterion)
