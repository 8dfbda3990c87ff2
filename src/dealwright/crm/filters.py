"""Filters: saved conditions that a list can be narrowed by."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.crm.errors import NotFound
from dealwright.crm.kinds import Object
from dealwright.crm.unit import Crm


def criteria(crm: Crm, object: Object, filter_id: int) -> list[sa.ColumnElement[bool]]:
    """What a record of this kind must meet to pass a filter. Raises `NotFound` when there is no such filter."""
    raise NotFound("Filter not found")
