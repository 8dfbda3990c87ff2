"""History of deals, persons and organizations: the changelogs of their fields, and their flows."""

from __future__ import annotations

from typing import Any, cast

from dealwright.contract.parameters import CursorPaging, OffsetPaging
from dealwright.contract.v1.envelopes import CursorPage, Page
from dealwright.contract.v1.integration import history as contract
from dealwright.contract.v1.integration.history import FlowItem, FlowQuery
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.deals.model import DEAL
from dealwright.crm.history import changelog
from dealwright.crm.history.changelog import Change
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes
from dealwright.server.v1.integration import flow


@implements(contract.get_deals_by_id_changelog)
def get_deals_by_id_changelog(crm: UnitOfWork, id: int, page: CursorPaging) -> CursorPage[contract.Change]:
    return _list_changes(crm, DEAL, id, page)


@implements(contract.get_persons_by_id_changelog)
def get_persons_by_id_changelog(crm: UnitOfWork, id: int, page: CursorPaging) -> CursorPage[contract.Change]:
    return _list_changes(crm, PERSON, id, page)


@implements(contract.get_organizations_by_id_changelog)
def get_organizations_by_id_changelog(crm: UnitOfWork, id: int, page: CursorPaging) -> CursorPage[contract.Change]:
    return _list_changes(crm, ORGANIZATION, id, page)


@implements(contract.get_deals_by_id_flow)
def get_deals_by_id_flow(crm: UnitOfWork, id: int, query: FlowQuery, page: OffsetPaging) -> Page[FlowItem]:
    return flow.list_page(crm, DEAL, id, query, page)


@implements(contract.get_persons_by_id_flow)
def get_persons_by_id_flow(crm: UnitOfWork, id: int, query: FlowQuery, page: OffsetPaging) -> Page[FlowItem]:
    return flow.list_page(crm, PERSON, id, query, page)


@implements(contract.get_organizations_by_id_flow)
def get_organizations_by_id_flow(crm: UnitOfWork, id: int, query: FlowQuery, page: OffsetPaging) -> Page[FlowItem]:
    return flow.list_page(crm, ORGANIZATION, id, query, page)


def _list_changes(crm: UnitOfWork, kind: RecordType[Any], id: int, page: CursorPaging) -> CursorPage[contract.Change]:
    """Returns a page of the changes of a record's fields. Raises `NotFound`."""
    return envelopes.cursor_page(changelog.changelog(crm, kind, id, page), _show_change)


def _show_change(change: Change) -> contract.Change:
    return {
        "field_key": change.key,
        "old_value": cast("str | None", change.old),
        "new_value": cast("str | None", change.new),
        "actor_user_id": change.actor_user_id,
        "time": change.time,
        "change_source": change.source,
        "change_source_user_agent": change.user_agent,
        "is_bulk_update_flag": change.is_bulk,
    }
