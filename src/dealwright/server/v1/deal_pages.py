"""Pages of deals, made of fragments that are remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from dealwright.contract.v1.deals import Deal
from dealwright.contract.v1.envelopes import Page, RelatedObjects
from dealwright.contract.values import Json
from dealwright.crm import access, deals
from dealwright.crm.criteria import Criteria
from dealwright.crm.deals import Pointer
from dealwright.crm.unit import Crm
from dealwright.server import fragments
from dealwright.server.v1 import envelopes
from dealwright.server.v1.references import References


def of(
    crm: Crm,
    criteria: Criteria,
    order: tuple[sa.ColumnElement[object], ...],
    start: int,
    limit: int | None,
    show: Callable[[list[int]], dict[int, Deal]],
) -> Page[Deal]:
    """A page of the deals that fit. ``show`` writes those of some ids."""
    found = deals.pointers(crm, criteria, order, start, limit)
    is_any_hidden = any(deal.person_seen == 0 or deal.org_seen == 0 for deal in found.items)
    sees_names = is_any_hidden and access.may(crm, "can_see_hidden_items_names")
    # Amounts are written in the actor's locale.
    form = ("v1 deal", crm.actor.locale, sees_names)
    data = fragments.shown(crm, form, list(map(_dependencies, found.items)), show)
    return {
        "success": True,
        "data": data or None,
        "additional_data": {"pagination": envelopes.pagination(found)},
        "related_objects": _related(crm, found.items, sees_names),
    }


def _dependencies(deal: Pointer) -> fragments.Pointer:
    """What a deal's JSON depends on; which records are shown in it, its own revision tells."""
    return (
        deal.id,
        deal.revision,
        deal.person_revision,
        deal.person_seen,
        deal.org_revision,
        deal.org_seen,
        deal.next_activity_revision,
    )


def _related(crm: Crm, found: Sequence[Pointer], sees_names: bool) -> RelatedObjects:
    users = [id for deal in found for id in (deal.owner_id, deal.creator_user_id)]
    related = References(crm, users=users, stages=[deal.stage_id for deal in found]).related()
    persons = {
        deal.person_id: (deal.person_id, deal.person_revision, deal.person_seen) for deal in found if deal.person_id
    }
    organizations = {deal.org_id: (deal.org_id, deal.org_revision, deal.org_seen) for deal in found if deal.org_id}

    def show_persons(ids: list[int]) -> dict[int, Json]:
        references = References(crm, persons=ids)
        return {id: references.related_person(id) for id in ids}

    def show_organizations(ids: list[int]) -> dict[int, Json]:
        references = References(crm, organizations=ids)
        return {id: references.related_organization(id) for id in ids}

    if persons:
        form = ("v1 related person", sees_names)
        shown = fragments.shown(crm, form, list(persons.values()), show_persons)
        related["person"] = {str(id): one for id, one in zip(persons, shown, strict=True)}
    if organizations:
        form = ("v1 related organization", sees_names)
        shown = fragments.shown(crm, form, list(organizations.values()), show_organizations)
        related["organization"] = {str(id): one for id, one in zip(organizations, shown, strict=True)}
    return related
