"""Activities of a deal, a person or an organization."""

from __future__ import annotations

from typing import Any

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.work import record_activities as contract
from dealwright.contract.v1.work.record_activities import ActivitiesPage, RecordActivitiesQuery
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel import records
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work import activities as rules
from dealwright.crm.work import activity_distribution
from dealwright.server.binding import implements
from dealwright.server.v1.work import activities


@implements(contract.get_deals_by_id_activities)
def get_deals_by_id_activities(
    crm: UnitOfWork, id: int, query: RecordActivitiesQuery, page: OffsetPaging
) -> ActivitiesPage:
    return _list_page(crm, DEAL, id, query, page)


@implements(contract.get_persons_by_id_activities)
def get_persons_by_id_activities(
    crm: UnitOfWork, id: int, query: RecordActivitiesQuery, page: OffsetPaging
) -> ActivitiesPage:
    return _list_page(crm, PERSON, id, query, page)


@implements(contract.get_organizations_by_id_activities)
def get_organizations_by_id_activities(
    crm: UnitOfWork, id: int, query: RecordActivitiesQuery, page: OffsetPaging
) -> ActivitiesPage:
    return _list_page(crm, ORGANIZATION, id, query, page)


def _list_page(
    crm: UnitOfWork, kind: RecordType[Any], id: int, query: RecordActivitiesQuery, page: OffsetPaging
) -> ActivitiesPage:
    """Returns a page of the activities of a record. Raises `NotFound`."""
    records.get(crm, kind, id, deleted=True)
    done = None if query.done is None else query.done == 1
    if kind is PERSON:
        found: Criteria = rules.criteria_for_participant(crm, id, done=done, exclude=query.exclude)
    else:
        found = rules.criteria(
            crm,
            deal_id=id if kind is DEAL else None,
            org_id=id if kind is ORGANIZATION else None,
            done=done,
            exclude=query.exclude,
        )
    counts = activity_distribution.count_by_owner_and_type(crm, kind, id, done=done, exclude=query.exclude)
    return activities.list_page(crm, found, page, counts)
