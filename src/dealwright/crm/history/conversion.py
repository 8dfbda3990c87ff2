"""Conversions of leads into deals and of deals into leads: a new record, to which all moves that is on the old one.

A request only begins a conversion; a job does it, as the user who asked for it, in one transaction with its outcome, so that one
that fails changes nothing. What was converted is deleted. The lines, discounts, installments, further participants and
projects of a deal stay with it, because leads have none, and move to the deal that its lead becomes.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, TypeVar

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.correspondence import mail_threads
from dealwright.crm.correspondence.model import CALL_LOG, FILE, NOTE
from dealwright.crm.deals import deal_parts, deals, participants
from dealwright.crm.deals.model import DEAL, Deal
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.fields import labels
from dealwright.crm.kernel import access, changes, followers, notifications, records, visible_pipelines
from dealwright.crm.kernel.jobs import enqueue
from dealwright.crm.kernel.notifications import About, JobOutcome
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import lead_labels
from dealwright.crm.leads.model import LEAD, Lead
from dealwright.crm.values.formats import Values, format_time, loads
from dealwright.crm.work import project_links
from dealwright.crm.work.model import ACTIVITY
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import conversions

K = TypeVar("K", int, str)
L = TypeVar("L", int, str)

Status = Literal["not_started", "running", "completed", "failed", "rejected"]
UNFINISHED: tuple[Status, ...] = ("not_started", "running")

RETENTION = timedelta(days=7)
"""How long a conversion that is finished can be asked for."""

MOVED: tuple[RecordType[Any], ...] = (NOTE, FILE, ACTIVITY, CALL_LOG)
"""The types of the records on a lead or a deal, which move when it is converted, beside its mail."""

_LEAD_SOURCE = "Deal"
_PINS = {"deal_id": "pinned_to_deal_flag", "lead_id": "pinned_to_lead_flag"}


class Conversion(NamedTuple):
    """A conversion: of which record, who asked for it, how far it is, and what it has become."""

    uuid: str
    object: Literal["deal", "lead"]
    record_id: int
    stage_id: int | None
    user_id: int
    status: Status
    result: str | None
    error: str | None
    add_time: str
    update_time: str
    run_id: str | None


class _Side(NamedTuple):
    """The record on one side of a conversion, and how other records link to it."""

    kind: RecordType[Any]
    id: int
    link: str
    key: int | str


def start_with_lead(
    crm: UnitOfWork, lead_id: str, *, stage_id: int | None = None, pipeline_id: int | None = None
) -> str:
    """Begins to make a deal of a lead, by default in the first stage; returns the id of the conversion.

    Raises `NotFound` and `Invalid`.
    """
    lead = _find_lead(crm, lead_id)
    if lead is None or lead.is_deleted:
        raise _not_found()
    return _start(crm, LEAD, lead.id, visible_pipelines.choose_stage(crm, stage_id, pipeline_id).id)


def start_with_deal(crm: UnitOfWork, deal_id: int) -> str:
    """Begins to make a lead of a deal; returns the id of the conversion. Raises `NotFound`, `Forbidden` and `Invalid`."""
    deal = records.find(crm, DEAL, deal_id)
    if deal is None or deal.is_deleted:
        raise _not_found()
    _check_deal(crm, deal)
    return _start(crm, DEAL, deal.id)


def get_of_lead(crm: UnitOfWork, lead_id: str, id: str) -> Conversion:
    """Returns a conversion of a lead, which may be deleted by now. Raises `NotFound`."""
    lead = _find_lead(crm, lead_id)
    return _get(crm, LEAD, None if lead is None else lead.id, id)


def get_of_deal(crm: UnitOfWork, deal_id: int, id: str) -> Conversion:
    """Returns a conversion of a deal, which may be deleted by now. Raises `NotFound`."""
    deal = records.find(crm, DEAL, deal_id)
    return _get(crm, DEAL, None if deal is None else deal.id, id)


def mark_running(db: Transaction, id: str, now: datetime) -> int | None:
    """Marks a conversion as running, and returns who asked for it; None when there is nothing left to do."""
    columns = conversions.c
    user_id: int | None = db.value(
        sa.select(columns.user_id).where(columns.uuid == id, columns.status.in_(UNFINISHED)).with_for_update()
    )
    if user_id is not None:
        _set_status(db, id, "running", now)
    return user_id


def mark_failed(db: Transaction, id: str, status: Literal["failed", "rejected"], error: str, now: datetime) -> None:
    """Ends a conversion that is not finished: ``rejected`` when a rule forbids it, ``failed`` when something broke."""
    conversion = _find(db, id)
    if conversion is not None and _set_status(db, id, status, now, error=error):
        _notify(db, conversion, (conversion.object, conversion.record_id), status, now, error)


def convert(crm: UnitOfWork, id: str) -> None:
    """Does a conversion, unless it is finished. Raises `NotFound`, `Forbidden` and `Invalid`."""
    crm.require_exclusive_lock()
    conversion = _find(crm.db, id)
    if conversion is None or conversion.status not in UNFINISHED:
        return
    kind: RecordType[Any] = LEAD if conversion.object == "lead" else DEAL
    record = records.get(crm, kind, conversion.record_id)
    made = _make_deal(crm, record, conversion.stage_id) if isinstance(record, Lead) else _make_lead(crm, record)
    result = made.uuid if isinstance(made, Lead) else str(made.id)
    _set_status(crm.db, id, "completed", crm.time, result=result)
    _notify(crm.db, conversion, ("lead" if isinstance(made, Lead) else "deal", made.id), "completed", crm.time)


def delete_expired(crm: UnitOfWork) -> None:
    """Deletes conversions that were finished a week ago."""
    columns = conversions.c
    old = columns.update_time < format_time(crm.time - RETENTION)
    crm.db.execute(sa.delete(conversions).where(old, columns.status.not_in(UNFINISHED)))


def _start(crm: UnitOfWork, kind: RecordType[Any], record_id: int, stage_id: int | None = None) -> str:
    id = str(uuid.uuid4())
    values: Values = {
        "uuid": id,
        "object": kind.object,
        "record_id": record_id,
        "stage_id": stage_id,
        "user_id": crm.actor.id,
        "status": "not_started",
        "add_time": crm.now,
        "update_time": crm.now,
        "run_id": crm.run_id,
    }
    crm.db.insert_later(conversions, values)
    changes.log_in_run(crm, "conversion", record_id)
    # Of two conversions of one record, the second finds it deleted.
    enqueue(crm, "convert", {"conversion_id": id}, lock=f"conversion of {kind.object} {record_id}")
    return id


def _get(crm: UnitOfWork, kind: RecordType[Any], record_id: int | None, id: str) -> Conversion:
    found = _find(crm.db, id.lower())
    if found is None or (found.object, found.record_id) != (kind.object, record_id):
        raise _not_found()
    return found


def _find(db: Transaction, id: str) -> Conversion | None:
    row = db.row(sa.select(conversions).where(conversions.c.uuid == id))
    return None if row is None else Conversion(*row)


def _find_lead(crm: UnitOfWork, id: str) -> Lead | None:
    return records.find_by(crm, LEAD, LEAD.key == id.lower())


def _set_status(db: Transaction, id: str, status: Status, now: datetime, **more: str) -> bool:
    columns = conversions.c
    unfinished = (columns.uuid == id) & columns.status.in_(UNFINISHED)
    values = {"status": status, "update_time": format_time(now), **more}
    return bool(db.execute(sa.update(conversions).where(unfinished).values(values)))


def _notify(
    db: Transaction, one: Conversion, about: About, outcome: JobOutcome, now: datetime, error: str | None = None
) -> None:
    notifications.end_job(db, one.user_id, "conversion", about, now, outcome=outcome, error=error, run_id=one.run_id)


def _not_found() -> NotFound:
    return NotFound("Entity was not found", "Object was not found.")


def _check_deal(crm: UnitOfWork, deal: Deal) -> None:
    """Raises `Forbidden` and `Invalid` when a deal cannot be made a lead."""
    access.require_permission(crm, "can_convert_deals_to_leads")
    if deal.person_id is None and deal.org_id is None:
        raise Invalid("A lead needs a person or an organization, and the deal has neither")


def _make_deal(crm: UnitOfWork, lead: Lead, stage_id: int | None) -> Deal:
    """Makes a deal of a lead. One that was a deal before gets back what that one had beside its values."""
    stage = visible_pipelines.require_linked_stage(crm, stage_id)
    former = records.in_bulk(crm, DEAL, [lead.source_deal_id]).get(lead.source_deal_id or 0)
    people = [] if former is None else participants.person_ids(crm, former.id)
    people = [person_id for person_id in dict.fromkeys((lead.person_id, *people)) if person_id is not None]
    names = {label.uuid: label.name for label in lead_labels.list_all(crm)}
    of_deals = {id: option.label for id, option in labels.label_options(crm, "deal").items()}
    values: Values = {
        **_common_values(crm, lead),
        "creator_user_id": crm.actor.id,
        "org_id": lead.organization_id,
        "value": lead.value or 0,
        "currency": lead.currency or crm.actor.default_currency,
        "stage_id": stage.id,
        "pipeline_id": stage.pipeline_id,
        "status": "open",
        "label_ids": _with_names_of(loads(lead.label_ids), names, of_deals),
        "add_time": crm.now,
        "update_time": crm.now,
        "source_lead_id": lead.uuid,
    }
    deal = deals.insert(crm, values, people)
    if former is not None:
        deal_parts.move(crm, former, deal)
        project_links.move(crm, DEAL, former.id, deal.id)
    _move(crm, _Side(LEAD, lead.id, "lead_id", lead.uuid), _Side(DEAL, deal.id, "deal_id", deal.id))
    return deal


def _make_lead(crm: UnitOfWork, deal: Deal) -> Lead:
    _check_deal(crm, deal)
    names = {id: option.label for id, option in labels.label_options(crm, "deal").items()}
    of_leads = {label.uuid: label.name for label in lead_labels.list_all(crm)}
    values: Values = {
        **_common_values(crm, deal),
        "uuid": str(uuid.uuid4()),
        "creator_id": crm.actor.id,
        "organization_id": deal.org_id,
        "value": deal.value,
        "currency": deal.currency,
        "label_ids": _with_names_of(loads(deal.label_ids), names, of_leads),
        "source_name": _LEAD_SOURCE,
        "was_seen": True,
        "add_time": crm.now_ms,
        "update_time": crm.now_ms,
        "source_deal_id": deal.id,
    }
    lead = records.insert(crm, LEAD, values)
    _move(crm, _Side(DEAL, deal.id, "deal_id", deal.id), _Side(LEAD, lead.id, "lead_id", lead.uuid))
    return lead


def _common_values(crm: UnitOfWork, record: Lead | Deal) -> Values:
    """Returns the values that leads and deals have alike. Custom fields of leads are those of deals."""
    known = crm.company_data.custom_fields("deal")
    names = ("title", "owner_id", "person_id", "expected_close_date", "visible_to")
    origin = ("origin", "origin_id", "channel", "channel_id")
    custom: Mapping[str, Any] = loads(record.custom_fields)
    return {
        **{name: getattr(record, name) for name in (*names, *origin)},
        "custom_fields": {key: value for key, value in custom.items() if key in known},
    }


def _with_names_of(ids: list[K], names: Mapping[K, str], others: Mapping[L, str]) -> list[Json]:
    """Returns those of other labels that have the names of these, whatever their case; of several, the first."""
    by_name: dict[str, L] = {}
    for id, name in others.items():
        by_name.setdefault(name.casefold(), id)
    found = (by_name.get(names[id].casefold()) for id in ids if id in names)
    return list(dict.fromkeys(id for id in found if id is not None))


def _move(crm: UnitOfWork, old: _Side, new: _Side) -> None:
    """Moves what is on the converted record to the new one, and deletes the former.

    What is on another lead or deal, too, stays there.
    """
    mail_threads.move(crm, {old.link: old.key}, {new.link: new.key})
    for kind in MOVED:
        columns = kind.table.c
        mine = (columns[old.link] == old.key) & columns[new.link].is_(None) & (columns.is_deleted == sa.false())
        for one in records.select(crm, kind, mine):
            values: Values = {old.link: None, new.link: new.key}
            if kind is NOTE:
                values |= {_PINS[old.link]: False, _PINS[new.link]: getattr(one, _PINS[old.link])}
            records.update(crm, kind, one, values, is_bulk=True)
    followers.copy_followers(crm, old.kind, old.id, new.id, to_kind=new.kind)
    records.delete(crm, old.kind, records.refresh(crm, old.kind, old.id))
