"""Pages of deals, made of fragments that are remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat

import sqlalchemy as sa

from dealwright.contract.v1.deals import Deal
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.values import Json
from dealwright.crm import access, deals
from dealwright.crm.criteria import Criteria
from dealwright.crm.pointers import Pointer
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
    found = deals.listed(crm, criteria, order, start, limit)
    # Column by column, because there are many rows, and this is done for every page.
    itself, persons, organizations, hides, owners, creators, stages = (
        zip(*found.items, strict=True) if found.items else repeat((), 7)
    )
    sees_names = any(hides) and access.may(crm, "can_see_hidden_items_names")
    # Amounts are written in the actor's locale.
    form = ("v1 deal", crm.actor.locale, sees_names)
    data = fragments.shown(crm, form, itself, show)
    related = References(crm, users=sorted({*owners, *creators}), stages={*stages}).related()
    if each_person := [pointer for pointer in dict.fromkeys(persons) if pointer]:
        related["person"] = _persons(crm, each_person, sees_names)
    if each_organization := [pointer for pointer in dict.fromkeys(organizations) if pointer]:
        related["organization"] = _organizations(crm, each_organization, sees_names)
    return {
        "success": True,
        "data": data or None,
        "additional_data": {"pagination": envelopes.pagination(found)},
        "related_objects": related,
    }


def _persons(crm: Crm, pointers: Sequence[Pointer], sees_names: bool) -> dict[str, Json]:
    def show(ids: list[int]) -> dict[int, Json]:
        references = References(crm, persons=ids)
        return {id: references.related_person(id) for id in ids}

    return fragments.shown_by_id(crm, ("v1 related person", sees_names), pointers, show)


def _organizations(crm: Crm, pointers: Sequence[Pointer], sees_names: bool) -> dict[str, Json]:
    def show(ids: list[int]) -> dict[int, Json]:
        references = References(crm, organizations=ids)
        return {id: references.related_organization(id) for id in ids}

    return fragments.shown_by_id(crm, ("v1 related organization", sees_names), pointers, show)
