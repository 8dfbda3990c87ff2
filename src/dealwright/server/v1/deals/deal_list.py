"""Pages of deals, made of cached fragments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat

from dealwright.contract.v1.deals.deals import Deal
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.values import Json
from dealwright.crm.deals import deals
from dealwright.crm.kernel import access
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.pages import OffsetRequest
from dealwright.crm.kernel.record_versions import RecordVersion
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server import fragment_cache
from dealwright.server.v1 import envelopes
from dealwright.server.v1.embedded_records import EmbeddedRecords


def list_page(
    crm: UnitOfWork,
    criteria: Criteria,
    page: OffsetRequest,
    order: deals.Order,
    show: Callable[[list[int]], dict[int, Deal]],
) -> Page[Deal]:
    """Returns a page of the deals that meet ``criteria``. ``show`` returns the deals of some ids, by id."""
    found = deals.list_rows(crm, criteria, page, order)
    # Column by column, because this runs for every page, over many rows.
    deal_versions, persons, organizations, hidden_flags, owners, creators, stages = (
        zip(*found.items, strict=True) if found.items else repeat((), 7)
    )
    sees_names = any(hidden_flags) and access.has_permission(crm, "can_see_hidden_items_names")
    # Amounts are written in the actor's locale.
    variant = ("v1 deal", crm.actor.locale, sees_names)
    data = fragment_cache.render_many(crm, variant, deal_versions, show)
    related = EmbeddedRecords(crm, users=sorted({*owners, *creators}), stages={*stages}).related()
    if person_versions := [pointer for pointer in dict.fromkeys(persons) if pointer]:
        related["person"] = _persons(crm, person_versions, sees_names)
    if organization_versions := [pointer for pointer in dict.fromkeys(organizations) if pointer]:
        related["organization"] = _organizations(crm, organization_versions, sees_names)
    return {
        "success": True,
        "data": data or None,
        "additional_data": {"pagination": envelopes.pagination(found)},
        "related_objects": related,
    }


def _persons(crm: UnitOfWork, versions: Sequence[RecordVersion], sees_names: bool) -> dict[str, Json]:
    def show(ids: list[int]) -> dict[int, Json]:
        references = EmbeddedRecords(crm, persons=ids)
        return {id: references.related_person(id) for id in ids}

    return fragment_cache.render_by_id(crm, ("v1 related person", sees_names), versions, show)


def _organizations(crm: UnitOfWork, versions: Sequence[RecordVersion], sees_names: bool) -> dict[str, Json]:
    def show(ids: list[int]) -> dict[int, Json]:
        references = EmbeddedRecords(crm, organizations=ids)
        return {id: references.related_organization(id) for id in ids}

    return fragment_cache.render_by_id(crm, ("v1 related organization", sees_names), versions, show)
