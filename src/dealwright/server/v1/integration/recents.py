"""Recent changes in records of all kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.integration import recents as contract
from dealwright.contract.v1.integration.recents import RecentData, RecentKind, RecentsPage, RecentsQuery
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.correspondence.model import FILE, NOTE
from dealwright.crm.deals.model import DEAL, PIPELINE, STAGE
from dealwright.crm.history import recents
from dealwright.crm.history.recents import Recent
from dealwright.crm.integration.model import FILTER
from dealwright.crm.kernel import records
from dealwright.crm.kernel.pages import OffsetPage
from dealwright.crm.kernel.record_types import Record, RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products.model import PRODUCT
from dealwright.crm.team.model import USER
from dealwright.crm.values.formats import format_time
from dealwright.crm.work.model import ACTIVITY, ACTIVITY_TYPE
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes
from dealwright.server.v1.contacts import organizations, persons
from dealwright.server.v1.correspondence import files, notes
from dealwright.server.v1.deals import deals, pipelines, stages
from dealwright.server.v1.integration import filters
from dealwright.server.v1.products import products
from dealwright.server.v1.team import users
from dealwright.server.v1.work import activities, activity_types

ShowAll = Callable[[UnitOfWork, Sequence[Any]], Iterable[Mapping[str, Any]]]


class _RecentType(NamedTuple):
    """A kind of record, and the function that shows records of it; with ``in_list`` each is in a list of its own."""

    kind: RecordType[Any]
    show_all: ShowAll
    in_list: bool = False


def _show_persons(crm: UnitOfWork, found: Sequence[Any]) -> Iterable[Mapping[str, Any]]:
    """Yields persons as v1 writes them, but with plain ids of owner and organization."""
    for person, shown in zip(found, persons.show_all(crm, found), strict=True):
        yield {**shown, "owner_id": person.owner_id, "org_id": person.org_id}


def _show_products(crm: UnitOfWork, found: Sequence[Any]) -> Iterable[Mapping[str, Any]]:
    """Yields products as v1 writes them, but with the plain id of the owner, and ``visible_to`` as a number."""
    for product, shown in zip(found, products.show_all(crm, found), strict=True):
        yield {**shown, "owner_id": product.owner_id, "visible_to": product.visible_to}


_RECENT_TYPES: Mapping[RecentKind, _RecentType] = {
    "activity": _RecentType(ACTIVITY, activities.show_all),
    "activityType": _RecentType(ACTIVITY_TYPE, lambda _, found: map(activity_types.show, found)),
    "deal": _RecentType(DEAL, deals.show_all_flat),
    "file": _RecentType(FILE, files.show_all),
    "filter": _RecentType(FILTER, lambda crm, found: [filters.show(crm, filter) for filter in found]),
    "note": _RecentType(NOTE, notes.show_all),
    "organization": _RecentType(ORGANIZATION, organizations.show_all),
    "person": _RecentType(PERSON, _show_persons),
    "pipeline": _RecentType(PIPELINE, lambda _, found: map(pipelines.show, found)),
    "product": _RecentType(PRODUCT, _show_products),
    "stage": _RecentType(STAGE, lambda _, found: map(stages.show, found)),
    "user": _RecentType(USER, lambda crm, found: [users.show(crm, user) for user in found], in_list=True),
}


@implements(contract.get_recents)
def get_recents(crm: UnitOfWork, query: RecentsQuery, page: OffsetPaging) -> RecentsPage:
    kinds = [shown.kind for name, shown in _RECENT_TYPES.items() if query.items is None or name in query.items]
    found = recents.list_recents(crm, kinds, query.since_timestamp, start=page.start, limit=page.limit)
    data = _current_records(crm, found)
    return {
        "success": True,
        "data": [
            {"item": cast("RecentKind", recent.object), "id": recent.id, "data": data.get((recent.object, recent.id))}
            for recent in found.items
        ]
        or None,
        "additional_data": {
            "since_timestamp": format_time(query.since_timestamp),
            "last_timestamp_on_page": found.items[-1].time if found.items else None,
            "pagination": envelopes.pagination(found),
        },
    }


def _current_records(crm: UnitOfWork, found: OffsetPage[Recent]) -> dict[tuple[str, int], RecentData]:
    """Returns the records of a page as they are now, by kind and id; deleted ones are left out."""
    data: dict[tuple[str, int], RecentData] = {}
    for kind, show_all, in_list in _RECENT_TYPES.values():
        ids = [recent.id for recent in found.items if recent.object == kind.object]
        live: list[Record] = [
            record for record in records.in_bulk(crm, kind, ids).values() if not getattr(record, "is_deleted", False)
        ]
        for shown in map(dict, show_all(crm, live)):
            data[kind.object, shown["id"]] = [shown] if in_list else shown
    return data
