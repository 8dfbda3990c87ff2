"""Calls that were made or received, and their recordings."""

from __future__ import annotations

from collections.abc import Collection

from dealwright.contract.v1.correspondence import call_logs as contract
from dealwright.contract.v1.correspondence.call_logs import CallLogPaging, NewCallLog, Recording
from dealwright.contract.v1.envelopes import Done, Item, Page
from dealwright.crm.correspondence import call_logs
from dealwright.crm.correspondence.call_logs import CallValues
from dealwright.crm.correspondence.files import NewContent
from dealwright.crm.correspondence.model import CALL_LOG, CallLog
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.times import iso_time
from dealwright.server.v1 import envelopes

MAX_LIMIT = 50


def show(crm: UnitOfWork, call: CallLog, recorded_ids: Collection[int]) -> contract.CallLog:
    """Returns a call as v1 writes it; ``recorded_ids`` are those of calls that have a recording."""
    return {
        "id": call.uuid,
        "activity_id": call.activity_id,
        "person_id": call.person_id,
        "org_id": call.org_id,
        "deal_id": call.deal_id,
        "lead_id": call.lead_id,
        "subject": call.subject,
        "duration": str(call.duration),
        "outcome": call.outcome,  # type: ignore[typeddict-item]
        "from_phone_number": call.from_phone_number,
        "to_phone_number": call.to_phone_number,
        "has_recording": call.id in recorded_ids,
        "start_time": iso_time(call.start_time),
        "end_time": iso_time(call.end_time),
        "user_id": call.user_id,
        "company_id": crm.company.id,
        "note": call.note,
    }


def _show_item(crm: UnitOfWork, call: CallLog) -> Item[contract.CallLog]:
    return envelopes.item(show(crm, call, call_logs.recorded_ids(crm, [call])))


def _prepare_new(_preparation: Preparation, data: NewCallLog) -> CallValues:
    return call_logs.prepare(provided_values(data))


@implements(contract.post_call_logs, prepare=_prepare_new)
def post_call_logs(crm: UnitOfWork, values: CallValues, data: NewCallLog) -> Item[contract.CallLog]:
    return _show_item(crm, call_logs.create(crm, values))


@implements(contract.get_call_logs)
def get_call_logs(crm: UnitOfWork, page: CallLogPaging) -> Page[contract.CallLog]:
    newest_first = [CALL_LOG.table.c.id.desc()]
    found = pages.select_by_offset(crm, CALL_LOG, call_logs.own_criteria(crm), page, newest_first, max_limit=MAX_LIMIT)
    recorded_ids = call_logs.recorded_ids(crm, found.items)
    return envelopes.page(found, lambda call: show(crm, call, recorded_ids), empty=[])


@implements(contract.delete_call_logs_by_id)
def delete_call_logs_by_id(crm: UnitOfWork, id: str) -> Done:
    call_logs.delete(crm, id)
    return {"success": True}


@implements(contract.get_call_logs_by_id)
def get_call_logs_by_id(crm: UnitOfWork, id: str) -> Item[contract.CallLog]:
    return _show_item(crm, call_logs.get(crm, id))


def _prepare_recording(preparation: Preparation, id: str, data: Recording) -> NewContent:
    file = data.file
    return call_logs.prepare_recording(
        preparation, id, file.content, size=file.size, name=file.filename, content_type=file.content_type
    )


@implements(contract.post_call_logs_by_id_recordings, prepare=_prepare_recording, waits=True)
def post_call_logs_by_id_recordings(crm: UnitOfWork, content: NewContent, id: str, data: Recording) -> Done:
    call_logs.add_recording(crm, id, content)
    return {"success": True}
