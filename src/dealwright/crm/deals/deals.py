"""Deals, which move through the stages of a pipeline until they are won or lost."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import filters
from dealwright.crm.contacts.model import ORGANIZATION, PERSON, Organization, Person
from dealwright.crm.deals import deal_parts, deal_value, participants
from dealwright.crm.deals.model import DEAL, Deal, Stage
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import access, page_cache, pages, records, visible_pipelines
from dealwright.crm.kernel.criteria import AnyOf, Criteria, Through, lazy_criteria
from dealwright.crm.kernel.record_versions import RecordVersion, pack_version
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, add_days, loads, local_date
from dealwright.storage import field_indexes
from dealwright.storage.tables import (
    activities,
    deal_participants,
    deal_products,
    deal_stages,
    deals,
    organizations,
    persons,
)

DAYS_UNTIL_PURGE = 30

_SELECT_STAGE_VISITS = (
    sa.select(deal_stages.c.stage_id, deal_stages.c.entered_time, deal_stages.c.left_time)
    .where(deal_stages.c.deal_id == sa.bindparam("deal_id"))
    .order_by(deal_stages.c.id)
)
_TIMES_BY_STATUS = {"won": ("won_time", "close_time"), "lost": ("lost_time", "close_time"), "open": ()}
_LOCAL_DATES = {"won_time": "local_won_date", "lost_time": "local_lost_date", "close_time": "local_close_date"}
_NOT_COPIED = frozenset(
    {
        "id",
        "source_lead_id",
        "revision",
        "followers_count",
        "files_count",
        "notes_count",
        "email_messages_count",
        "activities_count",
        "done_activities_count",
        "undone_activities_count",
        "products_count",
        "next_activity_id",
        "next_activity_date",
        "next_activity_time",
        "last_activity_id",
        "last_activity_date",
        "last_incoming_mail_time",
        "last_outgoing_mail_time",
        "participants_count",
    }
)


def create(crm: UnitOfWork, values: Values) -> Deal:
    """Adds a deal.

    Owner, currency, stage and visibility have defaults. A deal that is created won, lost or archived gets the times of
    that. Raises `Forbidden` and `Invalid`.
    """
    values = {"status": "open", "is_archived": False, **values}
    stage = visible_pipelines.choose_stage(crm, values.get("stage_id"), values.get("pipeline_id"))
    person = _check_links(crm, values)
    complete: Values = {
        "creator_user_id": crm.actor.id,
        "owner_id": crm.actor.id,
        "currency": crm.actor.default_currency,
        "probability": None,
        "origin": "API",
        "label_ids": [],
        "custom_fields": {},
        "add_time": crm.now,
        "update_time": crm.now,
        **values,
        "value": values.get("value") or 0,
        "stage_id": stage.id,
        "pipeline_id": stage.pipeline_id,
        **_status_values(crm, values, None),
        **_archive_values(crm, values),
    }
    complete["visible_to"] = values.get("visible_to") or access.default_visibility(crm, "deal_default_visibility")
    complete["custom_fields"] = _non_null_custom_fields(complete)
    return insert(crm, complete, [] if person is None else [person.id], person=person)


def insert(
    crm: UnitOfWork, values: Values, people: list[int], *, person: Person | None = None, products_count: int = 0
) -> Deal:
    """Stores a deal with its participants and the first stage that it is in, without checking anything.

    ``products_count`` is that of lines that the caller adds next, ``person`` the person of the deal, if it is at hand and locked.
    """
    counts = {"participants_count": len(people), "products_count": products_count}
    deal = records.insert(crm, DEAL, values, linked_row=person, counts=counts)
    visit = {"deal_id": deal.id, "stage_id": deal.stage_id, "entered_time": values["add_time"]}
    crm.db.insert_later(deal_stages, visit)
    participants.insert(crm, deal, people)
    return deal


def update(crm: UnitOfWork, id: int, values: Values) -> Deal:
    """Changes a deal, with everything that follows from a new stage, status, person or archive state.

    The status ``deleted`` deletes it. Raises `NotFound`, `Forbidden`, and `Invalid` for values that contradict each
    other.
    """
    deal = records.get(crm, DEAL, id)
    if values.get("status") == "deleted":
        access.require_permission(crm, "can_delete_deals")
        return _delete(crm, deal)
    access.check_visibility_change(crm, deal, values)
    values = deal_value.without_own_value(deal, values)
    stage = _target_stage(crm, values, deal)
    _check_links(crm, {name: value for name, value in values.items() if getattr(deal, name, None) != value})
    changes: Values = {**values, **_status_values(crm, values, deal), **_archive_values(crm, values, deal)}
    if "value" in changes:
        changes["value"] = changes["value"] or 0
    if stage is not None:
        changes |= {"stage_id": stage.id, "pipeline_id": stage.pipeline_id}
        if stage.id != deal.stage_id:
            changes["stage_change_time"] = crm.now
            _enter_stage(crm, deal.id, stage.id)
    changed = records.update(crm, DEAL, deal, changes)
    if changed.person_id != deal.person_id:
        participants.replace_linked_person(crm, deal, changed)
    if changed.currency != deal.currency and deal.products_count:
        deal_value.recalculate(crm, changed)
    return records.refresh(crm, DEAL, id)


def delete(crm: UnitOfWork, ids: Iterable[int]) -> list[int]:
    """Deletes deals and returns their ids.

    Raises `NotFound` when one does not exist, and `Forbidden` when the actor may not delete deals; then none is
    deleted.
    """
    found = [records.get(crm, DEAL, id) for id in dict.fromkeys(ids)]
    access.require_permission(crm, "can_delete_deals")
    access.require_bulk_permission(crm, found)
    for deal in found:
        _delete(crm, deal, is_bulk=len(found) > 1)
    return [deal.id for deal in found]


def delete_where(crm: UnitOfWork, *criteria: sa.ColumnElement[bool]) -> None:
    """Deletes all deals that match the criteria, without an access check."""
    for deal in records.select(crm, DEAL, deals.c.is_deleted == sa.false(), *criteria):
        _delete(crm, deal, is_bulk=True)


def duplicate(crm: UnitOfWork, id: int) -> Deal:
    """Copies a deal with its participants, lines, discounts and installments. Raises `NotFound`.

    Activities, notes, files and followers are not copied.
    """
    deal = records.get(crm, DEAL, id)
    values: Values = {
        name: loads(getattr(deal, name)) if name in DEAL.json_columns else getattr(deal, name)
        for name in deal.__struct_fields__
        if name not in _NOT_COPIED
    }
    values |= {"creator_user_id": crm.actor.id, "add_time": crm.now, "update_time": crm.now}
    copy = insert(crm, values, participants.person_ids(crm, id), products_count=deal.products_count)
    deal_parts.duplicate(crm, deal.id, copy.id)
    return copy


def move_stage_deals(crm: UnitOfWork, stage_id: int, pipeline_id: int) -> None:
    """Moves the deals of a stage into the pipeline that the stage has moved to."""
    for deal in records.select(crm, DEAL, deals.c.stage_id == stage_id):
        records.update(crm, DEAL, deal, {"pipeline_id": pipeline_id}, is_bulk=True)


def return_to_stage(crm: UnitOfWork, deal: Deal, stage_ids: Sequence[int]) -> None:
    """Takes back the moves of a deal through stages, the first of which it is to be in again; checks nothing.

    As long as the log of its stages ends with these moves, they are removed from it; otherwise it enters the first one anew.
    """
    columns = deal_stages.c
    statement = sa.select(columns.id, columns.stage_id).where(columns.deal_id == deal.id)
    visits = crm.db.rows(statement.order_by(columns.id.desc()).limit(len(stage_ids)))
    if [stage_id for _, stage_id in visits] != [*reversed(stage_ids)]:
        _enter_stage(crm, deal.id, stage_ids[0])
        return
    crm.db.execute(sa.delete(deal_stages).where(columns.id.in_([id for id, _ in visits[:-1]])))
    crm.db.execute(sa.update(deal_stages).where(columns.id == visits[-1][0]).values(left_time=None))


def stage_seconds(crm: UnitOfWork, deal: Deal) -> dict[int, int]:
    """Returns the seconds that a deal has been in each stage so far, by stage id."""
    seconds: dict[int, int] = {}
    for stage_id, entered, left in crm.db.run(_SELECT_STAGE_VISITS, {"deal_id": deal.id}):
        stay = datetime.fromisoformat(left or deal.close_time or crm.now) - datetime.fromisoformat(entered)
        seconds[stage_id] = seconds.get(stage_id, 0) + max(int(stay.total_seconds()), 0)
    return seconds


@lazy_criteria
def criteria(
    crm: UnitOfWork,
    *,
    archived: bool = False,
    filter_id: int | None = None,
    ids: list[int] | None = None,
    owner_id: int | None = None,
    person_id: int | None = None,
    org_id: int | None = None,
    pipeline_id: int | None = None,
    stage_id: int | None = None,
    product_id: int | None = None,
    statuses: Iterable[str] | None = None,
    updated_since: datetime | None = None,
    updated_until: datetime | None = None,
) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria of a list of deals. With ``filter_id``, owner, links, statuses and ids are ignored."""
    found = [_ARCHIVED if archived else _NOT_ARCHIVED]
    if filter_id is not None:
        found += [_LIVE, *filters.criteria(crm, "deal", filter_id)]
    else:
        found.append(_status_criterion(crm, statuses))
        links = (
            (deals.c.owner_id, owner_id),
            (deals.c.person_id, person_id),
            (deals.c.org_id, org_id),
            (deals.c.pipeline_id, pipeline_id),
            (deals.c.stage_id, stage_id),
        )
        found += [column == value for column, value in links if value is not None]
        if ids is not None:
            found.append(deals.c.id.in_(ids))
        if product_id is not None:
            found.append(
                sa.exists().where(deal_products.c.product_id == product_id, deal_products.c.deal_id == deals.c.id)
            )
    return [*found, *pages.updated_between(DEAL, updated_since, updated_until)]


class DealListRow(NamedTuple):
    """A deal in a list: the versions of the deal, its person and its organization, and the ids of related records."""

    deal: RecordVersion
    person: RecordVersion | None
    organization: RecordVersion | None
    has_hidden_links: bool
    """Whether the actor may not see the person or the organization."""
    owner_id: int
    creator_user_id: int
    stage_id: int


_ROWS_DECODER = msgspec.msgpack.Decoder(tuple[list[DealListRow], bool])


class Order(NamedTuple):
    """The terms to order a list by, after which comes the id. ``cache_key`` is equal for the same terms of the same actor."""

    terms: tuple[sa.ColumnElement[object], ...]
    cache_key: str | None


def list_rows(
    crm: UnitOfWork, criteria: Criteria, page: pages.OffsetRequest, order: Order
) -> pages.OffsetPage[DealListRow]:
    """Returns a page of the matching deals that the actor may see, without reading the deals."""

    def find(start: int, size: int) -> tuple[list[DealListRow], bool]:
        query = _select_versions(access.visible(crm, PERSON), access.visible(crm, ORGANIZATION))
        rows, more = pages.select_rows_by_offset(crm, DEAL, query, criteria, order=order.terms, start=start, size=size)
        return [_to_list_row(*row) for row in rows], more

    size = pages.page_size(page.limit)
    found, more = page_cache.cached_slice(crm, criteria, order.cache_key, page.start, size, _ROWS_DECODER, find)
    return pages.OffsetPage(found, page.start, size, more)


def _to_list_row(
    id: int,
    revision: int,
    owner_id: int,
    creator_user_id: int,
    stage_id: int,
    person_id: int | None,
    person_revision: int | None,
    person_visible: int | None,
    org_id: int | None,
    org_revision: int | None,
    org_visible: int | None,
    next_activity_revision: int | None,
) -> DealListRow:
    return DealListRow(
        # The deal's own revision covers which records are shown in it.
        pack_version(id, revision, person_revision, person_visible, org_revision, org_visible, next_activity_revision),
        pack_version(person_id, person_revision, person_visible) if person_id else None,
        pack_version(org_id, org_revision, org_visible) if org_id else None,
        person_visible == 0 or org_visible == 0,
        owner_id,
        creator_user_id,
        stage_id,
    )


def _select_versions(
    person_visible: sa.ColumnElement[bool] | None, org_visible: sa.ColumnElement[bool] | None
) -> sa.Select[tuple[Any, ...]]:
    """Returns the query for list rows; the criteria tell whether the actor may see the person and the organization."""
    return (
        sa.select(
            deals.c.id,
            deals.c.revision,
            deals.c.owner_id,
            deals.c.creator_user_id,
            deals.c.stage_id,
            deals.c.person_id,
            persons.c.revision,
            _one_if(person_visible),
            deals.c.org_id,
            organizations.c.revision,
            _one_if(org_visible),
            activities.c.revision,
        )
        .outerjoin_from(deals, persons, persons.c.id == deals.c.person_id)
        .outerjoin(organizations, organizations.c.id == deals.c.org_id)
        .outerjoin(activities, activities.c.id == deals.c.next_activity_id)
    )


def _one_if(criterion: sa.ColumnElement[bool] | None) -> sa.ColumnElement[int]:
    return sa.literal_column("1") if criterion is None else sa.cast(criterion, sa.Integer)


# Composing these for every list would take longer than finding the deals.
_ARCHIVED, _NOT_ARCHIVED = deals.c.is_archived == sa.true(), deals.c.is_archived == sa.false()
_LIVE = deals.c.is_deleted == sa.false()


@functools.cache
def _live_with_statuses(statuses: tuple[str, ...]) -> sa.ColumnElement[bool]:
    return _LIVE & (deals.c.status == statuses[0] if len(statuses) == 1 else deals.c.status.in_(statuses))


def _status_criterion(crm: UnitOfWork, statuses: Iterable[str] | None) -> sa.ColumnElement[bool]:
    if statuses is None:
        return _LIVE
    wanted = tuple(sorted(set(statuses) - {"deleted"}))
    live = _live_with_statuses(wanted)
    if "deleted" not in statuses:
        return live
    recently_deleted = (deals.c.is_deleted == sa.true()) & (deals.c.delete_time >= add_days(crm.now, -DAYS_UNTIL_PURGE))
    return (live | recently_deleted) if wanted else recently_deleted


def _target_stage(crm: UnitOfWork, values: Values, deal: Deal) -> Stage | None:
    """Returns the stage for a deal: the one given or the first of a new pipeline; None to keep it. Raises `Invalid`."""
    stage_id, pipeline_id = values.get("stage_id"), values.get("pipeline_id")
    if stage_id is not None and stage_id == deal.stage_id:
        # A deal may stay in its stage, also when the pipeline is hidden from the actor.
        return crm.company_data.stages[deal.stage_id]
    if stage_id is None and pipeline_id in (None, deal.pipeline_id):
        return None
    return visible_pipelines.choose_stage(crm, stage_id, pipeline_id)


def _check_links(crm: UnitOfWork, values: Values) -> Person | None:
    """Raises `Invalid` for an owner, person, organization or currency that does not exist. Returns the person."""
    if "owner_id" in values:
        access.require_assignable_user(crm, values["owner_id"], "owner_id")
    if "currency" in values and values["currency"] not in crm.company_data.currency_codes:
        raise Invalid(f"Currency {values['currency']} is not known", "currency")
    person = records.require_linked(crm, PERSON, values.get("person_id"), "person_id")
    records.require_linked(crm, ORGANIZATION, values.get("org_id"), "org_id")
    return person


def _status_values(crm: UnitOfWork, values: Values, deal: Deal | None) -> Values:
    """Returns the times and reasons that follow from a status, and those given. Raises `Invalid` unless they fit it.

    Raises `Forbidden` when the actor may not set the times.
    """
    before = deal.status if deal else "open"
    status = values.get("status") or before
    if not isinstance(status, str) or status not in _TIMES_BY_STATUS:
        raise Invalid("A deal is created open, won or lost", "status")
    for name, fitting in (
        ("won_time", ("won",)),
        ("lost_time", ("lost",)),
        ("lost_reason", ("lost",)),
        ("close_time", ("won", "lost")),
    ):
        # Forms have an empty text for a reason that is not given.
        if values.get(name) not in (None, "") and status not in fitting:
            raise Invalid(f"can only be set when the status is {' or '.join(fitting)}", name)
    if any(values.get(name) not in (None, getattr(deal, name, None)) for name in _LOCAL_DATES):
        access.require_permission(crm, "can_edit_deals_closed_date")
    found: Values = {"status": status}
    if status != before or deal is None:
        found |= {"won_time": None, "lost_time": None, "close_time": None, "lost_reason": None}
        for name in _TIMES_BY_STATUS[status]:
            found[name] = crm.now
    for name in ("won_time", "lost_time"):
        if values.get(name) is not None:
            found |= {name: values[name], "close_time": values[name]}
    if values.get("close_time") is not None:
        found["close_time"] = values["close_time"]
    if "lost_reason" in values:
        found["lost_reason"] = values["lost_reason"]
    for name in _LOCAL_DATES:
        if deal is not None and name in values and name not in found:
            # Null counts as not given, because a closed deal keeps its times.
            found[name] = getattr(deal, name)
    if found.get("won_time") and (deal is None or deal.first_won_time is None):
        found["first_won_time"] = found["won_time"]
    for name, local in _LOCAL_DATES.items():
        if name in found:
            time = found[name]
            found[local] = local_date(time, crm.company_data.company.timezone) if isinstance(time, str) else None
    return found


def criteria_for_organization(
    crm: UnitOfWork, organization: Organization, statuses: Iterable[str] | None, *, only_own: bool
) -> Criteria:
    """Returns the criteria of an organization's deals.

    Unless ``only_own``, they include deals of its persons and deals that name it in a custom field.
    """
    id, column = organization.id, deals.c.org_id
    related: list[sa.ColumnElement[bool]] = [column == id]
    if not only_own:
        if "deleted" in (statuses or ()) or _has_deals_of_persons(organization):
            of_persons = deals.c.person_id.in_(sa.select(persons.c.id).where(persons.c.org_id == id))
            # Of each person, an index leads to the deals with no organization, and with another one.
            related += [of_persons & other for other in (column.is_(None), column < id, column > id)]
        fields = crm.company_data.custom_fields("deal").values()
        links = [field.key for field in fields if field.field_type == "org"]
        related += [field_indexes.value_equals(crm.dialect, deals, key, id) for key in links]
    return AnyOf(criteria(crm, statuses=statuses), related)


def _has_deals_of_persons(organization: Organization) -> bool:
    """Whether persons of an organization have deals, neither deleted nor archived, that are not its own."""
    return (
        organization.related_open_deals_count > organization.open_deals_count
        or organization.related_closed_deals_count > organization.closed_deals_count
    )


def criteria_for_person(crm: UnitOfWork, id: int, statuses: Iterable[str] | None) -> AnyOf:
    """Returns the criteria of a person's deals: its own, and those that it takes part in."""
    taking_part = Through(deals, deal_participants, "deal_id", deal_participants.c.person_id == id)
    return AnyOf(criteria(crm, statuses=statuses), [deals.c.person_id == id, taking_part])


def criteria_for_product(crm: UnitOfWork, id: int, statuses: Iterable[str] | None) -> AnyOf:
    """Returns the criteria of the deals that have a product in their lines; they are ordered by id."""
    lines = Through(deals, deal_products, "deal_id", deal_products.c.product_id == id, repeats=True)
    return AnyOf(criteria(crm, statuses=statuses), [lines])


def _archive_values(crm: UnitOfWork, values: Values, deal: Deal | None = None) -> Values:
    was_archived = deal.is_archived if deal else False
    is_archived = values.get("is_archived", was_archived)
    if not is_archived:
        if values.get("archive_time") is not None:
            raise Invalid("can only be set when the deal is archived", "archive_time")
        return {"is_archived": False, "archive_time": None}
    previous_time = deal.archive_time if deal else None
    return {"is_archived": True, "archive_time": values.get("archive_time") or previous_time or crm.now}


def _non_null_custom_fields(values: Values) -> Json:
    fields = values.get("custom_fields")
    assert isinstance(fields, dict)
    return {key: value for key, value in fields.items() if value is not None}


def _delete(crm: UnitOfWork, deal: Deal, *, is_bulk: bool = False) -> Deal:
    return records.delete(crm, DEAL, deal, is_bulk=is_bulk)


def _enter_stage(crm: UnitOfWork, deal_id: int, stage_id: int) -> None:
    crm.db.execute(
        sa.update(deal_stages)
        .where(deal_stages.c.deal_id == deal_id, deal_stages.c.left_time.is_(None))
        .values(left_time=crm.now)
    )
    crm.db.insert_later(deal_stages, {"deal_id": deal_id, "stage_id": stage_id, "entered_time": crm.now})
