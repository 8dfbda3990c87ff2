"""Reads the ``sort`` parameter of v1 lists: ``field ASC, other_field DESC``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from dealwright.crm.errors import Invalid
from dealwright.crm.fields import definitions, types
from dealwright.crm.fields.comparisons.value_expressions import ColumnValue, JsonPath
from dealwright.crm.filters import filterable_fields
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel import access
from dealwright.crm.kernel.ordering import sort_term, then_by_id
from dealwright.crm.kernel.record_types import Record, RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork

R = TypeVar("R", bound=Record)

DIRECTIONS = ("asc", "desc")
MAX_TERMS = 20

Order = tuple[sa.ColumnElement[object], ...]
SortExpression = Callable[[UnitOfWork], sa.ColumnElement[Any]]
SortNames = Mapping[str, str | SortExpression]
"""The columns and expressions to sort by under names of the wire, where these are neither columns nor fields."""


class _FieldPart(NamedTuple):
    """A field, and the part of its values that has a key of its own in v1."""

    field: Field
    part: types.Part | None


def parse_sort(
    crm: UnitOfWork,
    kind: RecordType[R],
    sort: str | None,
    names: SortNames | None = None,
    *,
    sortable: Collection[str] | None = None,
) -> Order:
    """Returns the terms to order a list by; none when ``sort`` is empty.

    Lists are sorted by ``names``, by columns and by fields, custom ones and parts of values included; with
    ``sortable`` by these columns only. Ascending, records without a value come first; texts are compared without regard
    to case. Records with equal values are ordered by id, in the direction of the last term. Raises `Invalid` for anything else, for a direction other than ASC and DESC, and for too many terms.
    """
    parts = [part.split() for part in (sort or "").split(",") if part.strip()]
    if len(parts) > MAX_TERMS:
        raise Invalid(f"There may be at most {MAX_TERMS} fields to sort by", "sort")
    terms = [_term(crm, kind, part, names or {}, sortable) for part in parts]
    return then_by_id(terms, kind.table.c.id, _direction(parts[-1])) if parts else ()


def linked_value(kind: RecordType[Any], name: str, link: sa.Column[Any]) -> SortExpression:
    """Returns the expression of a column of the record that ``link`` references; null for one that the actor does not see."""
    columns = kind.table.c

    def expression(crm: UnitOfWork) -> sa.ColumnElement[Any]:
        visible = access.visible(crm, kind)
        criteria = [kind.key == link] if visible is None else [kind.key == link, visible]
        column = sa.func.lower(columns[name]) if name in kind.text_columns else columns[name]
        return sa.select(column).where(*criteria).correlate(link.table).scalar_subquery()

    return expression


def _term(
    crm: UnitOfWork, kind: RecordType[R], words: list[str], names: SortNames, sortable: Collection[str] | None
) -> sa.ColumnElement[object]:
    field, direction = words[0], _direction(words)
    name = names.get(field, field)
    if sortable is not None and name not in sortable:
        raise _invalid(field)
    if direction not in DIRECTIONS or len(words) > 2:
        raise Invalid(f"'{' '.join(words)}' is not a field with ASC or DESC", "sort")
    if not isinstance(name, str):
        return sort_term(name(crm), direction)
    if name in kind.table.c and name not in kind.json_columns:
        return _column_term(kind, name, direction)
    expression = _field_expression(crm, kind, name)
    if expression is not None:
        return sort_term(expression, direction)
    if name not in kind.table.c:
        raise _invalid(field)
    return _column_term(kind, name, direction)


def _direction(words: Sequence[str]) -> str:
    return words[1].lower() if len(words) > 1 else "asc"


@functools.lru_cache(maxsize=1000)
def _column_term(kind: RecordType[R], name: str, direction: str) -> sa.ColumnElement[object]:
    return sort_term(kind.table.c[name], direction)


def _field_expression(crm: UnitOfWork, kind: RecordType[R], name: str) -> sa.ColumnElement[Any] | None:
    """Returns the expression of the values of a field, or of a part of them; None when there is no such field."""
    if kind.object not in filterable_fields.RECORD_TYPES:
        return None
    found = crm.company_data.get_or_compute(f"v1 sort:{kind.object}", lambda: _field_parts(crm, kind)).get(name)
    filterable = found and filterable_fields.find_filterable_field(crm, kind.object, found.field.id)
    if not found or not filterable or not isinstance(filterable.expression, ColumnValue | JsonPath):
        # A field of several values has no place in an order.
        return None
    expression = filterable.expression.part(found.part.key) if found.part else filterable.expression
    if _is_number(found.part.field_type if found.part else found.field.field_type):
        return expression.number()
    return expression.text()


def _field_parts(crm: UnitOfWork, kind: RecordType[R]) -> Mapping[str, _FieldPart]:
    """Returns the fields of a record type and the parts of their values, by their keys in v1."""
    found: dict[str, _FieldPart] = {}
    for field in definitions.list_fields(crm, kind.object):
        parts = {part.key: part for part in definitions.parts(field)}
        found[field.key] = _FieldPart(field, parts.pop("value", None))
        found |= {f"{field.key}_{key}": _FieldPart(field, part) for key, part in parts.items()}
    return found


def _is_number(field_type: str) -> bool:
    if field_type in types.TYPES:
        return types.TYPES[field_type].json_type == "number"
    return field_type == "int"


def _invalid(field: str) -> Invalid:
    return Invalid(f"'{field}' is not a field to sort by", "sort")
