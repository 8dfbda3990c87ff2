"""The fields that conditions can test: the SQL expression of each, and the comparison for its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.deals.model import DEAL
from dealwright.crm.fields import comparisons, system, types
from dealwright.crm.fields.comparisons import Comparison
from dealwright.crm.fields.comparisons.value_expressions import (
    ColumnValue,
    JsonArray,
    JsonPath,
    RelatedRows,
    ValueExpression,
)
from dealwright.crm.fields.system import leads as lead_fields
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel.record_types import RecordType, RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads.model import LEAD
from dealwright.crm.products.model import PRODUCT
from dealwright.crm.work.model import ACTIVITY, PROJECT
from dealwright.storage.tables import (
    activities,
    activity_participants,
    deal_products,
    deals,
    leads,
    organizations,
    persons,
    product_prices,
    products,
    project_links,
    projects,
)

RECORD_TYPES: Mapping[RecordTypeName, RecordType[Any]] = {
    kind.object: kind for kind in (DEAL, PERSON, ORGANIZATION, PRODUCT, ACTIVITY, LEAD, PROJECT)
}
"""The record types that conditions can be about."""


class FilterableField(NamedTuple):
    """A field that conditions can test."""

    field: Field
    expression: ValueExpression
    comparison: Comparison


def find_filterable_field(crm: UnitOfWork, object: RecordTypeName, field_id: int) -> FilterableField | None:
    """Returns the field of a record type with this id; None when there is none, or when it cannot be tested."""
    field = _fields(crm, object).get(field_id)
    expression = _value_expression(crm, object, field) if field else None
    if field is None or expression is None:
        return None
    # The API identifies leads by UUID.
    is_uuid = (object, field.key) == ("lead", "id")
    return FilterableField(field, expression, comparisons.ALL["lead"] if is_uuid else types.get_comparison(field))


def find_id_by_code(crm: UnitOfWork, object: RecordTypeName, code: str) -> int | None:
    """Returns the id of the field of a record type with this v1 key or v2 code; None when there is none."""
    for id, field in _fields(crm, object).items():
        if code in (field.key, system.to_v2_code(field.object, field.key)):
            return id
    return None


def find_code(crm: UnitOfWork, object: RecordTypeName, field_id: int) -> str | None:
    """Returns the code in v2 of the field of a record type with this id; None when there is none."""
    field = _fields(crm, object).get(field_id)
    return None if field is None else system.to_v2_code(field.object, field.key)


def is_filterable(crm: UnitOfWork, field: Field) -> bool:
    """Whether conditions can test a field."""
    return field.object in RECORD_TYPES and _value_expression(crm, field.object, field) is not None


def _value_expression(crm: UnitOfWork, object: RecordTypeName, field: Field) -> ValueExpression | None:
    columns = RECORD_TYPES[object].table.c
    if field.is_custom:
        return JsonPath(crm.dialect, columns.custom_fields, field.key)
    if special := _SPECIAL_EXPRESSIONS.get((object, field.key)):
        return special(crm)
    name = lead_fields.NAMES[field.key] if object == "lead" else system.to_v2_code(object, field.key)
    return ColumnValue(columns[name]) if name in columns else None


def _fields(crm: UnitOfWork, object: RecordTypeName) -> Mapping[int, Field]:
    """Returns the fields of a record type by id. Leads have some of those of deals."""
    owner: RecordTypeName = "deal" if object == "lead" else object
    return {
        field.id: field
        for field in crm.company_data.fields(owner).values()
        if object != "lead" or field.is_custom or field.key in lead_fields.NAMES
    }


def _weighted_value(crm: UnitOfWork) -> ValueExpression:
    """Returns the expression of a deal's value times its probability, or times that of its stage."""
    of_stages = {stage.id: stage.deal_probability for stage in crm.company_data.stages.values()}
    probability = sa.func.coalesce(deals.c.probability, sa.case(of_stages, value=deals.c.stage_id))
    return ColumnValue(deals.c.value * probability / 100.0, {"currency": deals.c.currency})


def _amount(column: sa.Column[Any]) -> Callable[[UnitOfWork], ValueExpression]:
    return lambda crm: ColumnValue(column, {"currency": column.table.c.currency})


def _never_set(type: type[sa.types.TypeEngine[Any]]) -> Callable[[UnitOfWork], ValueExpression]:
    """Returns a function that makes the expression of a field that no record has a value of, as nothing sets one yet."""
    return lambda crm: ColumnValue(sa.cast(sa.null(), type))


def _total_of_lines(column: sa.Column[Any]) -> Callable[[UnitOfWork], ValueExpression]:
    """Returns a function that makes the expression of a total of a deal's enabled lines; null when there are none."""
    enabled = (deal_products.c.deal_id == deals.c.id) & (deal_products.c.is_enabled == sa.true())
    total = sa.select(sa.func.sum(column)).where(enabled).correlate(deals).scalar_subquery()
    return lambda crm: ColumnValue(total)


def _json_path(column: sa.Column[Any]) -> Callable[[UnitOfWork], ValueExpression]:
    return lambda crm: JsonPath(crm.dialect, column)


def _json_array(column: sa.Column[Any]) -> Callable[[UnitOfWork], ValueExpression]:
    """Returns a function that makes the expression of a list of objects with a ``value``, such as phone numbers."""
    return lambda crm: JsonArray(crm.dialect, column, key="value")


def _related_prices(column: sa.Column[Any]) -> Callable[[UnitOfWork], ValueExpression]:
    return lambda crm: RelatedRows(column, product_prices.c.product_id == products.c.id)


def _project_links(column: sa.Column[Any]) -> Callable[[UnitOfWork], ValueExpression]:
    return lambda crm: RelatedRows(column, (project_links.c.project_id == projects.c.id) & column.is_not(None))


_SPECIAL_EXPRESSIONS: Mapping[tuple[RecordTypeName, str], Callable[[UnitOfWork], ValueExpression]] = {
    ("deal", "value"): _amount(deals.c.value),
    ("deal", "acv"): _amount(deals.c.acv),
    ("deal", "arr"): _amount(deals.c.arr),
    ("deal", "mrr"): _amount(deals.c.mrr),
    ("deal", "weighted_value"): _weighted_value,
    ("deal", "label"): _json_path(deals.c.label_ids),
    ("deal", "product_quantity"): _total_of_lines(deal_products.c.quantity),
    ("deal", "product_amount"): _total_of_lines(deal_products.c.sum),
    ("deal", "product_name"): lambda crm: RelatedRows(deal_products.c.name, deal_products.c.deal_id == deals.c.id),
    ("deal", "score"): _never_set(sa.Double),
    ("deal", "sequence_enrollment"): _never_set(sa.Boolean),
    ("person", "email"): _json_array(persons.c.emails),
    ("person", "phone"): _json_array(persons.c.phones),
    ("person", "im"): _json_array(persons.c.im),
    ("person", "postal_address"): _json_path(persons.c.postal_address),
    ("person", "label_ids"): _json_path(persons.c.label_ids),
    ("organization", "address"): _json_path(organizations.c.address),
    ("organization", "label_ids"): _json_path(organizations.c.label_ids),
    ("product", "active_flag"): lambda crm: ColumnValue(sa.not_(products.c.is_deleted)),
    ("product", "unit_price"): _related_prices(product_prices.c.price),
    ("product", "cost"): _related_prices(product_prices.c.cost),
    ("product", "overhead_cost"): _related_prices(product_prices.c.direct_cost),
    ("activity", "location"): _json_path(activities.c.location),
    ("activity", "attendees"): lambda crm: JsonArray(crm.dialect, activities.c.attendees),
    ("activity", "participants"): lambda crm: RelatedRows(
        activity_participants.c.person_id, activity_participants.c.activity_id == activities.c.id
    ),
    ("project", "deal_ids"): _project_links(project_links.c.deal_id),
    ("project", "person_ids"): _project_links(project_links.c.person_id),
    ("project", "org_ids"): _project_links(project_links.c.org_id),
    ("project", "labels"): _json_path(projects.c.label_ids),
    ("lead", "id"): lambda crm: ColumnValue(leads.c.uuid),
    ("lead", "value"): _amount(leads.c.value),
}
"""The expressions of fields whose values are not in the column of the field's name."""
