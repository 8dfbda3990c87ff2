"""The types that a custom field may have, by name: how their values are read, kept, shown and logged."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright.crm.fields.types.addresses import AddressType
from dealwright.crm.fields.types.choices import EnumType, SetType, VisibleToType
from dealwright.crm.fields.types.kind import FieldType, Part
from dealwright.crm.fields.types.links import OrgType, PeopleType, UserType
from dealwright.crm.fields.types.numbers import DoubleType, MonetaryType
from dealwright.crm.fields.types.texts import LONG, SHORT, TextType
from dealwright.crm.fields.types.times import DateRangeType, DateType, TimeRangeType, TimeType

__all__ = ["TYPES", "FieldType", "Part", "parts"]

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


def parts(field_type: str) -> tuple[Part, ...]:
    """The parts that values of a type have; none also for types that only fields of the system have."""
    return TYPES[field_type].parts if field_type in TYPES else ()
