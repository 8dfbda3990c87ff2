"""The types that a custom field may have, by name: how their values are read, kept, shown and logged."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright.crm.fields import comparisons, system
from dealwright.crm.fields.comparisons import Comparison, PresenceComparison
from dealwright.crm.fields.types.addresses import AddressType
from dealwright.crm.fields.types.choices import EnumType, SetType, VisibleToType
from dealwright.crm.fields.types.kind import FieldType, Part
from dealwright.crm.fields.types.links import OrgType, PeopleType, UserType
from dealwright.crm.fields.types.numbers import DoubleType, MonetaryType
from dealwright.crm.fields.types.texts import LONG, SHORT, TextType
from dealwright.crm.fields.types.times import DateRangeType, DateType, TimeRangeType, TimeType
from dealwright.crm.settings import Field

__all__ = ["TYPES", "FieldType", "Part", "comparison", "parts"]

TYPES: Mapping[str, FieldType] = {
    "varchar": TextType("text", SHORT),
    "varchar_auto": TextType("autocomplete", SHORT),
    "text": TextType("large text", LONG),
    "phone": TextType("phone", SHORT),
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

_COMPARISONS_OF_SYSTEM: Mapping[str, Comparison] = {
    "int": comparisons.ALL["int"],
    "boolean": comparisons.ALL["boolean"],
    "varchar_options": comparisons.ALL["varchar"],
    "billing_frequency": comparisons.ALL["enum"],
    "price_list": comparisons.ALL["double"],
    "status": comparisons.ALL["status"],
    "stage": comparisons.ALL["stage"],
    "deal": comparisons.ALL["deal"],
    "lead": comparisons.ALL["lead"],
    "project": comparisons.ALL["project"],
    "picture": PresenceComparison("picture"),
    "json": PresenceComparison("json"),
}
"""How values of the types are compared that only fields of the system have."""


def comparison(field: Field) -> Comparison:
    """How filters compare the values of a field."""
    definition = system.find(field.object, field.key)
    if definition and definition.compared_as:
        return comparisons.ALL[definition.compared_as]
    if field.field_type in TYPES:
        return TYPES[field.field_type].comparison
    return _COMPARISONS_OF_SYSTEM[field.field_type]


def parts(field_type: str) -> tuple[Part, ...]:
    """The parts that values of a type have; none also for types that only fields of the system have."""
    return TYPES[field_type].parts if field_type in TYPES else ()
