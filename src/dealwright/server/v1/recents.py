"""What changed lately, in records of all kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from dealwright.contract.v1 import recents as contract
from dealwright.contract.v1.recents import RecentKind, RecentsPage
from dealwright.contract.values import Json
from dealwright.crm import recents, records
from dealwright.crm.kinds import Kind, Record
from dealwright.crm.model.activities import ACTIVITY
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.files import FILE
from dealwright.crm.model.filters import FILTER
from dealwright.crm.model.notes import NOTE
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.model.products import PRODUCT
from dealwright.crm.pages import OffsetPage
from dealwright.crm.recents import Recent
from dealwright.crm.settings import ACTIVITY_TYPE, PIPELINE, STAGE, USER
from dealwright.crm.unit import Crm
from dealwright.crm.values import moment
from dealwright.server.binding import implements
from dealwright.server.v1 import (
    activities,
    activity_types,
    deals,
    envelopes,
    files,
    filters,
    notes,
    organizations,
    persons,
    pipelines,
    products,
    stages,
    users,
)

ShowAll = Callable[[Crm, Sequence[Any]], Iterable[Mapping[str, Any]]]


class _Shown(NamedTuple):
    """A kind of records, and how they are shown."""

    kind: Kind[Any]
    show_all: ShowAll


def _show_persons(crm: Crm, found: Sequence[Any]) -> Iterable[Mapping[str, Any]]:
    """Persons, here with plain ids of owner and organization."""
    for person, shown in zip(found, persons.show_all(crm, found), strict=True):
        yield {**shown, "owner_id": person.owner_id, "org_id": person.org_id}


def _show_products(crm: Crm, found: Sequence[Any]) -> Iterable[Mapping[str, Any]]:
    """Products, here with the plain id of the owner and a number for who sees them."""
    for product, shown in zip(found, products.show_all(crm, found), strict=True):
        yield {**shown, "owner_id": product.owner_id, "visible_to": product.visible_to}


_KINDS: Mapping[RecentKind, _Shown] = {
    "activity": _Shown(ACTIVITY, activities.show_all),
    "activityType": _Shown(ACTIVITY_TYPE, lambda _, found: map(activity_types.show, found)),
    "deal": _Shown(DEAL, deals.show_all_flat),
    "file": _Shown(FILE, files.show_all),
    "filter": _Shown(FILTER, lambda _, found: map(filters.show, found)),
    "note": _Shown(NOTE, notes.show_all),
    "organization": _Shown(ORGANIZATION, organizations.show_all),
    "person": _Shown(PERSON, _show_persons),
    "pipeline": _Shown(PIPELINE, lambda _, found: map(pipelines.show, found)),
    "product": _Shown(PRODUCT, _show_products),
    "stage": _Shown(STAGE, lambda _, found: map(stages.show, found)),
    "user": _Shown(USER, lambda crm, found: [users.show(crm, user) for user in found]),
}


@implements(contract.get_recents)
def get_recents(
    crm: Crm,
    since_timestamp: datetime,
    items: list[RecentKind] | None = None,
    start: int = 0,
    limit: int | None = None,
) -> RecentsPage:
    wanted = [shown.kind for name, shown in _KINDS.items() if items is None or name in items]
    found = recents.page(crm, wanted, since_timestamp, start=start, limit=limit)
    data = _data(crm, found)
    return {
        "success": True,
        "data": [
            {"item": cast("RecentKind", recent.object), "id": recent.id, "data": data.get((recent.object, recent.id))}
            for recent in found.items
        ]
        or None,
        "additional_data": {
            "since_timestamp": moment(since_timestamp),
            "last_timestamp_on_page": found.items[-1].time if found.items else None,
            "pagination": envelopes.pagination(found),
        },
    }


def _data(crm: Crm, found: OffsetPage[Recent]) -> dict[tuple[str, int], dict[str, Json]]:
    """The records of a page as they are now, by kind and id; without those that were deleted."""
    data: dict[tuple[str, int], dict[str, Json]] = {}
    for kind, show_all in _KINDS.values():
        ids = [recent.id for recent in found.items if recent.object == kind.object]
        live: list[Record] = [
            record for record in records.many(crm, kind, ids).values() if not getattr(record, "is_deleted", False)
        ]
        data |= {(kind.object, shown["id"]): dict(shown) for shown in show_all(crm, live)}
    return data
