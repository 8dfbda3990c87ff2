"""The types that a custom field may have, by name: how values are parsed, stored, shown and logged."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright.crm.fields import comparisons, system
from dealwright.crm.fields.comparisons import Comparison, PresenceComparison
from dealwright.crm.fields.comparisons.links import BOARD, PHASE
from dealwright.crm.fields.types.addresses import AddressType
from dealwright.crm.fields.types.choices import EnumType, SetType, VisibleToType
from dealwright.crm.fields.types.field_type import FieldType, Part
from dealwright.crm.fields.types.links import OrgType, PeopleType, UserType
from dealwright.crm.fields.types.numbers import DoubleType, MonetaryType
from dealwright.crm.fields.types.texts import MAX_LONG_TEXT_LENGTH, MAX_SHORT_TEXT_LENGTH, TextType
from dealwright.crm.fields.types.times import DateRangeType, DateType, TimeRangeType, TimeType
from dealwright.crm.integration.model import Field

__all__ = ["TYPES", "FieldType", "Part", "get_comparison", "parts"]

TYPES: Mapping[str, FieldType] = {
    "varchar": TextType("text", MAX_SHORT_TEXT_LENGTH),
    "varchar_auto": TextType("autocomplete", MAX_SHORT_TEXT_LENGTH),
    "text": TextType("large text", MAX_LONG_TEXT_LENGTH),
    "phone": TextType("phone", MAX_SHORT_TEXT_LENGTH),
    "double": DoubleType(),
    "monetary": MonetaryType(),
    "enum": EnumType(),
    "set": SetType(),
    "user": UserType(),
    "org": OrgType(),
    "people": PeopleType(),
    "date": DateType(),
    "daterange": DateRangeType(),
    "time": TimeType(),
    "timerange": TimeRangeType(),
    "address": AddressType(),
    "visible_to": VisibleToType(),
}

_SYSTEM_COMPARISONS: Mapping[str, Comparison] = {
    "int": comparisons.ALL["int"],
    "boolean": comparisons.ALL["boolean"],
    "varchar_options": comparisons.ALL["varchar"],
    "billing_frequency": comparisons.ALL["enum"],
    "price_list": comparisons.ALL["double"],
    "status": comparisons.ALL["status"],
    "stage": comparisons.ALL["stage"],
    "deal": comparisons.ALL["deal"],
    "deals": comparisons.ALL["deal"],
    "lead": comparisons.ALL["lead"],
    "project": comparisons.ALL["project"],
    "projects_board": BOARD,
    "projects_phase": PHASE,
    "picture": PresenceComparison("picture"),
    "json": PresenceComparison("json"),
}
"""The comparisons for the types that only system fields have."""


def get_comparison(field: Field) -> Comparison:
    """Returns the comparison that filters use for the values of a field."""
    definition = system.find(field.object, field.key)
    if definition and definition.comparison_name:
        return comparisons.ALL[definition.comparison_name]
    if field.field_type in TYPES:
        return TYPES[field.field_type].comparison
    return _SYSTEM_COMPARISONS[field.field_type]


def parts(field_type: str) -> tuple[Part, ...]:
    """Returns the parts that values of a type have; none for types that only system fields have."""
    return TYPES[field_type].parts if field_type in TYPES else ()
