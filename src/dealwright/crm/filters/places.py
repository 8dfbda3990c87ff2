"""Where each field of a record lies, and how it is compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.fields import comparisons, system, types
from dealwright.crm.fields.comparisons import Comparison
from dealwright.crm.fields.comparisons.places import Column, Inside, Linked, Members, Place
from dealwright.crm.fields.system import leads as lead_fields
from dealwright.crm.kinds import Kind, Object
from dealwright.crm.model.activities import ACTIVITY
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.leads import LEAD
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.model.products import PRODUCT
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm
from dealwright.storage.tables import (
    activities,
    activity_participants,
    deals,
    leads,
    organizations,
    persons,
    product_prices,
    products,
)

KINDS: Mapping[Object, Kind[Any]] = {
    kind.object: kind for kind in (DEAL, PERSON, ORGANIZATION, PRODUCT, ACTIVITY, LEAD)
}
"""The kinds of records that conditions can be about."""


class Testable(NamedTuple):
    """A field that conditions can test."""

    field: Field
    place: Place
    comparison: Comparison


def testable(crm: Crm, object: Object, field_id: int) -> Testable | None:
    """The field of a kind of record with an id; None when it has none, or none that can be tested."""
    field = _fields(crm, object).get(field_id)
    place = _place(crm, object, field) if field else None
    if field is None or place is None:
        return None
    # Everybody knows a lead by its UUID.
    is_uuid = (object, field.key) == ("lead", "id")
    return Testable(field, place, comparisons.ALL["lead"] if is_uuid else types.comparison(field))


def is_testable(crm: Crm, field: Field) -> bool:
    """Whether conditions can test a field."""
    return field.object in KINDS and _place(crm, field.object, field) is not None


def _place(crm: Crm, object: Object, field: Field) -> Place | None:
    columns = KINDS[object].table.c
    if field.is_custom:
        return Inside(crm.dialect, columns.custom_fields, field.key)
    if special := _SPECIAL.get((object, field.key)):
        return special(crm)
    name = lead_fields.NAMES[field.key] if object == "lead" else system.code(object, field.key)
    return Column(columns[name]) if name in columns else None


def _fields(crm: Crm, object: Object) -> Mapping[int, Field]:
    """The fields that a kind of record has, by id. Leads have some of those of deals."""
    owner: Object = "deal" if object == "lead" else object
    return {
        field.id: field
        for field in crm.settings.fields(owner).values()
        if object != "lead" or field.is_custom or field.key in lead_fields.NAMES
    }


def _weighted_value(crm: Crm) -> Place:
    """The value of a deal times its probability, or that of its stage."""
    of_stages = {stage.id: stage.deal_probability for stage in crm.settings.stages.values()}
    probability = sa.func.coalesce(deals.c.probability, sa.case(of_stages, value=deals.c.stage_id))
    return Column(deals.c.value * probability / 100.0, {"currency": deals.c.currency})


def _amount(column: sa.Column[Any]) -> Callable[[Crm], Place]:
    return lambda crm: Column(column, {"currency": column.table.c.currency})


def _inside(column: sa.Column[Any]) -> Callable[[Crm], Place]:
    return lambda crm: Inside(crm.dialect, column)


def _values(column: sa.Column[Any]) -> Callable[[Crm], Place]:
    """E-mail addresses, phone numbers: a list of objects that each have a ``value``."""
    return lambda crm: Members(crm.dialect, column, key="value")


def _price(column: sa.Column[Any]) -> Callable[[Crm], Place]:
    return lambda crm: Linked(column, product_prices.c.product_id == products.c.id)


_SPECIAL: Mapping[tuple[Object, str], Callable[[Crm], Place]] = {
    ("deal", "value"): _amount(deals.c.value),
    ("deal", "acv"): _amount(deals.c.acv),
    ("deal", "arr"): _amount(deals.c.arr),
    ("deal", "mrr"): _amount(deals.c.mrr),
    ("deal", "weighted_value"): _weighted_value,
    ("deal", "label"): _inside(deals.c.label_ids),
    ("person", "email"): _values(persons.c.emails),
    ("person", "phone"): _values(persons.c.phones),
    ("person", "im"): _values(persons.c.im),
    ("person", "postal_address"): _inside(persons.c.postal_address),
    ("person", "label"): _inside(persons.c.label_ids),
    ("organization", "address"): _inside(organizations.c.address),
    ("organization", "label"): _inside(organizations.c.label_ids),
    ("product", "active_flag"): lambda crm: Column(sa.not_(products.c.is_deleted)),
    ("product", "unit_price"): _price(product_prices.c.price),
    ("product", "cost"): _price(product_prices.c.cost),
    ("product", "overhead_cost"): _price(product_prices.c.direct_cost),
    ("activity", "location"): _inside(activities.c.location),
    ("activity", "attendees"): lambda crm: Members(crm.dialect, activities.c.attendees),
    ("activity", "participants"): lambda crm: Linked(
        activity_participants.c.person_id, activity_participants.c.activity_id == activities.c.id
    ),
    ("lead", "id"): lambda crm: Column(leads.c.uuid),
    ("lead", "value"): _amount(leads.c.value),
}
"""The fields that lie elsewhere than in the column of their name."""
