"""The narrowing that lists of records share: by a saved filter, or by ids and owner, and by when they were last changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict, TypeVar

import sqlalchemy as sa

from dealwright.crm.filters.saved import list_criteria
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.criteria import Criterion
from dealwright.crm.kernel.record_types import Record, RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values import contact_values

R = TypeVar("R", bound=Record)


class Narrowing(TypedDict, total=False):
    """What a list of records is narrowed by; a value that is None, or is not there, does not narrow it."""

    filter_id: int | None
    ids: list[int] | None
    owner_id: int | None
    updated_since: datetime | None
    updated_until: datetime | None


def narrow(
    crm: UnitOfWork,
    kind: RecordType[R],
    narrowing: Narrowing,
    *,
    links: Iterable[Criterion] = (),
    first_char: str | None = None,
) -> list[Criterion]:
    """Returns the criteria of the records that are not deleted and fit.

    A filter makes the narrowing by ids, owner and links void. Raises `NotFound` and `Invalid` for a filter that is not for this list.
    """
    columns = kind.table.c
    found = [columns.is_deleted == sa.false()]
    if (filter_id := narrowing.get("filter_id")) is not None:
        found += list_criteria(crm, kind.object, filter_id)
    else:
        if (ids := narrowing.get("ids")) is not None:
            found.append(columns.id.in_(ids))
        if (owner_id := narrowing.get("owner_id")) is not None:
            found.append(columns.owner_id == owner_id)
        found += links
    if first_char is not None:
        found.append(columns.first_char == contact_values.first_char(first_char))
    return found + pages.updated_between(kind, narrowing.get("updated_since"), narrowing.get("updated_until"))
