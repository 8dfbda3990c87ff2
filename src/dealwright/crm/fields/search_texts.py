"""The custom fields that searches look into, and the texts in their values."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright._json import Json
from dealwright.crm.fields.types import TYPES, FieldType
from dealwright.crm.kernel.company_data import CompanyData
from dealwright.crm.kernel.record_types import RecordTypeName


def searchable_types(company_data: CompanyData, object: RecordTypeName) -> Mapping[str, FieldType]:
    """Returns the types of the searchable custom fields of a record type, by key."""
    # Leads have the custom fields of deals.
    owner: RecordTypeName = "deal" if object == "lead" else object
    return company_data.get_or_compute(
        f"searched:{owner}",
        lambda: {
            key: TYPES[field.field_type]
            for key, field in company_data.custom_fields(owner).items()
            if TYPES[field.field_type].searchable
        },
    )


def phone_keys(company_data: CompanyData, object: RecordTypeName) -> tuple[str, ...]:
    """Returns the keys of the custom fields of a record type that hold phone numbers."""
    return company_data.get_or_compute(
        f"phones:{object}",
        lambda: tuple(key for key, type in searchable_types(company_data, object).items() if type is TYPES["phone"]),
    )


def searchable_texts(company_data: CompanyData, object: RecordTypeName, values: Mapping[str, Json]) -> dict[str, str]:
    """Returns the searchable texts in the stored custom fields of a record, by key, in the order of the fields."""
    found: dict[str, str] = {}
    for key, type in searchable_types(company_data, object).items():
        if key in values and (text := type.to_texts(values[key])["value"]):
            found[key] = text
    return found
